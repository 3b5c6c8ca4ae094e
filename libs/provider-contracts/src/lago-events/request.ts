import { DomainError, EVENT_LIMITS, type ErrorDetail, type UsageEvent } from '@tallymark/domain';
import { z } from 'zod';
import { LAGO_BATCH_LIMIT, LAGO_EVENT_SOURCE } from './canonical.js';
import { lagoTimestampOfTime, timeOfLagoTimestamp } from './timestamp.js';

/** Mandatory text: absent, null or blank is `value_is_mandatory`; another type or over the limit is `value_is_invalid`. */
const attribute = z
  .string({ error: (issue) => (issue.input === undefined || issue.input === null ? 'value_is_mandatory' : 'value_is_invalid') })
  .regex(/\S/, { error: 'value_is_mandatory' })
  .max(EVENT_LIMITS.attributeLength, { error: 'value_is_invalid' });

/** One event as Lago's clients send it. The messages are the family's error codes. */
export const lagoEventSchema = z.object({
  transaction_id: attribute,
  external_subscription_id: attribute,
  code: attribute,
  timestamp: z
    .union([z.number(), z.string()], { error: 'invalid_format' })
    .refine((timestamp) => timeOfLagoTimestamp(timestamp) !== null, { error: 'invalid_format' })
    .nullish(),
  properties: z.record(z.string(), z.unknown(), { error: 'value_is_invalid' }).nullish(),
  precise_total_amount_cents: z.string({ error: 'value_is_invalid' }).nullish(),
});
/** See {@link lagoEventSchema}. */
export type LagoEvent = z.infer<typeof lagoEventSchema>;

/** Body of `POST /api/v1/events`. */
export const lagoEventBodySchema = z.object({ event: lagoEventSchema });
/** Body of `POST /api/v1/events/batch`. */
export const lagoEventBatchSchema = z.object({
  events: z
    .array(lagoEventSchema, { error: 'value_is_invalid' })
    .min(1, { error: 'no_events' })
    .max(LAGO_BATCH_LIMIT, { error: 'too_many_events' }),
});

/**
 * Whether a parsed JSON body speaks this dialect: an object with the member `event` or `events` and without `specversion`.
 * A CloudEvents body is a list, or an object that always bears `specversion`, so the two can't be confused on a shared route.
 */
export function isLagoEventBody(body: unknown): boolean {
  return (
    typeof body === 'object' && body !== null && !Array.isArray(body) && ('event' in body || 'events' in body) && !('specversion' in body)
  );
}

/**
 * The events of a body for which {@link isLagoEventBody} holds, in order. A batch is refused as a whole when one event of it is bad.
 *
 * `precise_total_amount_cents` becomes a member of the event's data. An event without `timestamp` gets the time null.
 *
 * @throws DomainError `unprocessable`, with one detail per bad field: pointer and the family's code.
 */
export function parseLagoEvents(body: unknown): UsageEvent[] {
  if (!isLagoEventBody(body))
    throw unprocessable([
      { pointer: '/event', code: 'value_is_mandatory', message: 'expected an object with the member "event" or "events"' },
    ]);
  const isBatch = 'events' in (body as object);
  const result = isBatch
    ? lagoEventBatchSchema.transform((batch) => batch.events).safeParse(body)
    : lagoEventBodySchema.transform((single) => [single.event]).safeParse(body);
  if (!result.success) throw unprocessable(result.error.issues.map(detailOfIssue));
  return result.data.map(eventOfLago);
}

/**
 * The body of `POST /api/v1/events` for one event, as JSON text, so that numbers in its data keep all digits.
 *
 * @throws RangeError when the event's data is no JSON object: `properties` can carry nothing else.
 */
export function buildLagoEvent(event: UsageEvent): string {
  return `{"event":${lagoEventJson(event)}}`;
}

/** The body of `POST /api/v1/events/batch`. @throws RangeError for no events, more than 100, or data that is no object. */
export function buildLagoEventBatch(events: readonly UsageEvent[]): string {
  if (events.length === 0 || events.length > LAGO_BATCH_LIMIT) {
    throw new RangeError(`${events.length} events in a batch; expected 1 to ${LAGO_BATCH_LIMIT}`);
  }
  return `{"events":[${events.map(lagoEventJson).join(',')}]}`;
}

function eventOfLago(event: LagoEvent): UsageEvent {
  const amount = event.precise_total_amount_cents ?? undefined;
  const properties = event.properties ?? undefined;
  const data = amount === undefined ? properties : { ...properties, precise_total_amount_cents: amount };
  return {
    id: event.transaction_id,
    source: LAGO_EVENT_SOURCE,
    type: event.code,
    subject: event.external_subscription_id,
    time: event.timestamp === undefined || event.timestamp === null ? null : timeOfLagoTimestamp(event.timestamp),
    dataJson: data === undefined ? null : JSON.stringify(data),
  };
}

function lagoEventJson(event: UsageEvent): string {
  const members = [
    ['transaction_id', JSON.stringify(event.id)],
    ['external_subscription_id', JSON.stringify(event.subject)],
    ['code', JSON.stringify(event.type)],
    ['timestamp', event.time === null ? undefined : JSON.stringify(lagoTimestampOfTime(event.time))],
    ['precise_total_amount_cents', preciseAmountJson(event)],
    ['properties', event.dataJson ?? undefined],
  ];
  return `{${members.flatMap(([name, json]) => (json === undefined ? [] : [`"${name}":${json}`])).join(',')}}`;
}

/** The amount stays in the properties too, where it does no harm. */
function preciseAmountJson(event: UsageEvent): string | undefined {
  if (event.dataJson === null) return undefined;
  const data: unknown = JSON.parse(event.dataJson);
  if (typeof data !== 'object' || data === null || Array.isArray(data)) {
    throw new RangeError(`data of event ${JSON.stringify(event.id)} is ${event.dataJson}; expected a JSON object`);
  }
  const amount: unknown = (data as Record<string, unknown>)['precise_total_amount_cents'];
  return typeof amount === 'string' ? JSON.stringify(amount) : undefined;
}

function detailOfIssue(issue: z.core.$ZodIssue): ErrorDetail {
  const pointer = issue.path.map((step) => `/${String(step)}`).join('');
  return { pointer, code: codeOfIssue(issue), message: `${pointer}: ${codeOfIssue(issue)}` };
}

/** Every schema above names its code; what zod words itself (an `event` that is no object) is an invalid value. */
function codeOfIssue(issue: z.core.$ZodIssue): string {
  return /^[a-z_]+$/.test(issue.message) ? issue.message : 'value_is_invalid';
}

function unprocessable(details: readonly ErrorDetail[]): DomainError {
  return new DomainError('unprocessable', `the event is not valid: ${details.map((detail) => detail.message).join('; ')}`, { details });
}
