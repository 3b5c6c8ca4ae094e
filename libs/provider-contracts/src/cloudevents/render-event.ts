import type { UsageEvent } from '@tallymark/domain';

/**
 * One event in structured mode, as JSON text: the reverse of parsing. Text and not an object, so that no number in `data` loses a digit.
 * Content type: `application/cloudevents+json`.
 */
export function renderCloudEvent(event: UsageEvent): string {
  const { id, source, type, subject, time, dataJson } = event;
  const attributes = { specversion: '1.0', id, source, type, subject, ...(time === null ? {} : { time }) };
  if (dataJson === null) return JSON.stringify(attributes);
  return `${JSON.stringify({ ...attributes, datacontenttype: 'application/json' }).slice(0, -1)},"data":${dataJson}}`;
}

/** Several events in one body. Content type: `application/cloudevents-batch+json`. */
export function renderCloudEventBatch(events: readonly UsageEvent[]): string {
  return `[${events.map(renderCloudEvent).join(',')}]`;
}
