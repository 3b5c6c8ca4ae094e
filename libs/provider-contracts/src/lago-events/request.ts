import { DomainError, EVENT_LIMITS, type ErrorDetail, type UsageEvent } from '@tallymark/domain';
import { z } from 'zod';
import { kindOf } from '../cloudevents/attributes.js';
import { createCloudEventParser } from '../cloudevents/parse-event.js';
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
export const lagoEventBatchSchema = z.object({ events: z.array(lagoEventSchema).min(1).max(LAGO_BATCH_LIMIT) });

/** The list of a batch; each of its events is checked by {@link lagoEventSchema}. */
const batchSchema = z
  .array(z.unknown(), { error: 'value_is_invalid' })
  .min(1, { error: 'no_events' })
  .max(LAGO_BATCH_LIMIT, { error: 'too_many_events' });

/** What the checks of a request's events depend on. */
export interface LagoEventOptions {
  /** When the request came in. An event may be at most `EVENT_LIMITS.futureSkewSeconds` ahead of it. */
  readonly receivedAt: Date;
  /** Start of the kept history, inclusive: an event's time may not be before it. */
  readonly oldest: Date;
  /** The JSON text of a part of the body. To be given where numbers were parsed into something that keeps all digits. */
  readonly textOf?: (part: unknown) => string;
}

/**
 * Whether a parsed JSON body speaks this dialect: an object with the member `event` or `events` and without `specversion`.
 * A CloudEvents body is a list, or an object that always bears `specversion`, so the two can't be confused on a shared route.
 */
export function isLagoEventBody(body: unknown): body is { readonly event: unknown } | { readonly events: unknown } {
  return (
    typeof body === 'object' && body !== null && !Array.isArray(body) && ('event' in body || 'events' in body) && !('specversion' in body)
  );
}

/**
 * The events of a body for which {@link isLagoEventBody} holds, in order. A batch is refused as a whole when one event of it is bad, or there twice.
 * Beside Lago's own rules stand those of every event of ours: limits, characters that can be kept, and the span of time.
 *
 * `precise_total_amount_cents` becomes a member of the event's data. An event without `timestamp` gets the time null.
 *
 * @throws DomainError `unprocessable`, with one detail per bad field: pointer and the family's code.
 */
export function parseLagoEvents(body: unknown, options: LagoEventOptions): UsageEvent[] {
  const details: ErrorDetail[] = [];
  const events = listOf(body, details).flatMap(({ value, pointer }) => {
    const result = parseLagoEvent(value, options);
    if (result.ok) return [result.event];
    details.push(...result.errors.map((error) => ({ ...error, pointer: `${pointer}${error.pointer ?? ''}` })));
    return [];
  });
  if (details.length === 0) details.push(...repeatedIn(events));
  if (details.length > 0) {
    const message = details.map(({ pointer, code }) => `${pointer ?? ''} ${code}`).join('; ');
    throw new DomainError('unprocessable', `no valid Lago event: ${message}`, { details });
  }
  return events;
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

/** The later of two events of one batch that are the same transaction of the same subscription. */
function repeatedIn(events: readonly UsageEvent[]): ErrorDetail[] {
  const seen = new Set<string>();
  return events.flatMap(({ subject, id }, index) => {
    const identity = JSON.stringify([subject, id]);
    if (!seen.has(identity)) {
      seen.add(identity);
      return [];
    }
    return [
      { pointer: `/events/${index}/transaction_id`, code: 'value_already_exist', message: 'an earlier event of the batch is the same' },
    ];
  });
}

/** The events of the body, and where they stand in it. */
function listOf(body: unknown, details: ErrorDetail[]): { value: unknown; pointer: string }[] {
  if (!isLagoEventBody(body)) {
    details.push({ pointer: '/event', code: 'value_is_mandatory', message: 'expected an object with the member "event" or "events"' });
    return [];
  }
  if (!('events' in body)) return [{ value: body.event, pointer: '/event' }];
  const list = batchSchema.safeParse(body.events);
  if (list.success) return list.data.map((value, index) => ({ value, pointer: `/events/${index}` }));
  details.push(...list.error.issues.map(({ message }) => ({ pointer: '/events', code: message, message })));
  return [];
}

type LagoEventResult = { readonly ok: true; readonly event: UsageEvent } | { readonly ok: false; readonly errors: readonly ErrorDetail[] };

function parseLagoEvent(value: unknown, { textOf = JSON.stringify, ...options }: LagoEventOptions): LagoEventResult {
  const checked = lagoEventSchema.safeParse(withPlainTimestamp(value, textOf));
  if (!checked.success) return { ok: false, errors: checked.error.issues.map(detailOfIssue) };
  const { transaction_id, external_subscription_id, code, timestamp, precise_total_amount_cents: amount } = checked.data;
  // The properties as they came: the schema's copy would leave out a member named __proto__.
  const properties = (value as LagoEvent).properties ?? null;
  const data = typeof amount === 'string' ? { ...properties, precise_total_amount_cents: amount } : properties;
  const result = createCloudEventParser({ ...options, specversion: 'optional' })(
    {
      id: transaction_id,
      source: LAGO_EVENT_SOURCE,
      type: code,
      subject: external_subscription_id,
      time: timestamp === undefined || timestamp === null ? null : timeOfLagoTimestamp(timestamp),
      data,
    },
    data === null ? null : textOf(data),
  );
  return result.ok ? result : { ok: false, errors: result.errors.map(detailOfEventError) };
}

/** A timestamp as text has all its digits, also where the parser made something other than a number of it. */
function withPlainTimestamp(value: unknown, textOf: (part: unknown) => string): unknown {
  if (typeof value !== 'object' || value === null || !('timestamp' in value)) return value;
  const { timestamp } = value;
  return typeof timestamp === 'object' && timestamp !== null ? { ...value, timestamp: textOf(timestamp) } : value;
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
    throw new RangeError(`data of event ${JSON.stringify(event.id)} is ${kindOf(data)}; expected a JSON object`);
  }
  const amount: unknown = (data as Record<string, unknown>)['precise_total_amount_cents'];
  return typeof amount === 'string' ? JSON.stringify(amount) : undefined;
}

/** The schema names its code as the message; what zod words itself (an event that is no object) is an invalid value. */
function detailOfIssue({ path, message }: z.core.$ZodIssue): ErrorDetail {
  const pointer = path.map((step) => `/${String(step)}`).join('');
  return { pointer, code: /^[a-z_]+$/.test(message) ? message : 'value_is_invalid', message };
}

const FIELDS: Readonly<Record<string, string>> = {
  id: 'transaction_id',
  type: 'code',
  subject: 'external_subscription_id',
  time: 'timestamp',
  data: 'properties',
};

/** An error of an event of ours, at the member it came from. Errors of time keep their code, for Lago has none. */
function detailOfEventError({ pointer = '', code, message }: ErrorDetail): ErrorDetail {
  const [, attributeName = ''] = pointer.split('/');
  return {
    pointer: `/${FIELDS[attributeName] ?? attributeName}`,
    code: code.startsWith('event_time_') ? code : 'value_is_invalid',
    message,
  };
}
