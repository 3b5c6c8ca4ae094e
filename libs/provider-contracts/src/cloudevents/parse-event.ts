import { normalizeEventTime } from '@tallymark/date-window';
import type { ErrorCode, ErrorDetail, UsageEvent } from '@tallymark/domain';
import { EVENT_LIMITS } from '@tallymark/domain';
import { URI, checkExtension, checkRequiredText, isUriReference, kindOf, quote } from './attributes.js';
import { unstorableData } from './data.js';
import { isJsonMediaType, isUtf8, parseMediaType } from './media-type.js';

const JSON_OBJECT = /^\s*\{/;

/** What the checks of one request's events depend on. */
export interface CloudEventOptions {
  /** When the request came in. An event may be at most `EVENT_LIMITS.futureSkewSeconds` ahead of it. */
  readonly receivedAt: Date;
  /** Start of the kept history, inclusive: an event's time may not be before it. */
  readonly oldest: Date;
  /** `optional`: an absent specversion counts as "1.0", as in the OpenMeter dialect. Default `required`. */
  readonly specversion?: 'required' | 'optional';
}

/** An event as it will be kept, or everything that is wrong with it. */
export type CloudEventResult =
  | { readonly ok: true; readonly event: UsageEvent }
  | {
      readonly ok: false;
      /** At least one; pointers start at the event. */
      readonly errors: readonly ErrorDetail[];
    };

/** Checks one event. `value`: the event as parsed JSON; `dataJson`: the text of its `data` member, null when it has none. */
export type CloudEventParser = (value: unknown, dataJson: string | null) => CloudEventResult;

/**
 * A parser for the events of one request: CloudEvents 1.0 with JSON data, a required subject, and our limits (`EVENT_LIMITS`).
 *
 * Written by hand because it runs for every event; {@link cloudEventSchema} says the same as a schema, and a property test holds the two
 * together. Identity of the event that comes out is (organization, subject, source, id); extension attributes are checked and not kept.
 */
export function createCloudEventParser(options: CloudEventOptions): CloudEventParser {
  const latestMs = options.receivedAt.getTime() + EVENT_LIMITS.futureSkewSeconds * 1_000;
  const bounds: TimeBounds = {
    receivedAt: options.receivedAt,
    latest: toMicroseconds(new Date(latestMs)),
    oldest: toMicroseconds(options.oldest),
  };
  const isSpecversionRequired = options.specversion !== 'optional';

  return (value, dataJson) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      return { ok: false, errors: [{ pointer: '', code: 'invalid_type', message: `event is ${kindOf(value)}; expected an object` }] };
    }
    const event = value as Readonly<Record<string, unknown>>;
    const errors: ErrorDetail[] = [];
    checkRequiredText('id', event['id'], errors);
    checkSource(event['source'], errors);
    checkRequiredText('type', event['type'], errors);
    checkRequiredText('subject', event['subject'], errors);
    checkSpecversion(event['specversion'], isSpecversionRequired, errors);
    const time = readTime(event['time'], bounds, errors);
    const keptDataJson = readData(event['data'], dataJson, errors);
    for (const name in event) checkOther(name, event[name], errors);
    if (errors.length > 0) return { ok: false, errors };
    const { id, source, type, subject } = event as unknown as UsageEvent;
    return { ok: true, event: { id, source, type, subject, time, dataJson: keptDataJson } };
  };
}

/** Checks one event: {@link createCloudEventParser} for callers that have just one. */
export function parseCloudEvent(value: unknown, dataJson: string | null, options: CloudEventOptions): CloudEventResult {
  return createCloudEventParser(options)(value, dataJson);
}

/** The one code that stands for all errors of a refused event: a code of time when nothing else is wrong, else `invalid_event`. */
export function eventErrorCode(
  errors: readonly ErrorDetail[],
): Extract<ErrorCode, 'invalid_event' | 'event_time_in_future' | 'event_time_too_old'> {
  const code = errors.length === 1 ? errors[0]?.code : undefined;
  return code === 'event_time_in_future' || code === 'event_time_too_old' ? code : 'invalid_event';
}

interface TimeBounds {
  readonly receivedAt: Date;
  /** Both in the form that `normalizeEventTime` gives, which sorts as text. */
  readonly latest: string;
  readonly oldest: string;
}

function toMicroseconds(instant: Date): string {
  return instant.toISOString().replace('Z', '000Z');
}

function checkSource(value: unknown, errors: ErrorDetail[]): void {
  if (!checkRequiredText('source', value, errors) || isUriReference(value)) return;
  const message = `source is ${quote(value)}; expected a URI reference (RFC 3986), such as "/checkout" or "urn:service:checkout"; other characters percent-encoded`;
  errors.push({ pointer: '/source', code: 'invalid_format', message });
}

function checkSpecversion(value: unknown, isRequired: boolean, errors: ErrorDetail[]): void {
  if (value === '1.0') return;
  const isAbsent = value === undefined || value === null;
  if (isAbsent && !isRequired) return;
  errors.push({
    pointer: '/specversion',
    code: isAbsent ? 'required' : 'unsupported',
    message: `specversion is ${quote(value)}; expected "1.0"`,
  });
}

function readTime(value: unknown, bounds: TimeBounds, errors: ErrorDetail[]): string | null {
  if (value === undefined || value === null) return null;
  const time = typeof value === 'string' ? tryNormalize(value) : null;
  if (time === null) {
    const message = `time is ${quote(value)}; expected an RFC 3339 date-time with offset, such as "2026-11-21T10:00:00Z"`;
    errors.push({ pointer: '/time', code: typeof value === 'string' ? 'invalid_format' : 'invalid_type', message });
  } else if (time > bounds.latest) {
    const aheadSeconds = Math.ceil((Date.parse(time) - bounds.receivedAt.getTime()) / 1_000);
    const message =
      `time is ${quote(value)}, ${aheadSeconds} s ahead of ${bounds.receivedAt.toISOString()}, when it was received; ` +
      `expected at most ${EVENT_LIMITS.futureSkewSeconds} s. Hint: check the sender's clock, and that a local time bears its offset instead of Z`;
    errors.push({ pointer: '/time', code: 'event_time_in_future', message });
  } else if (time < bounds.oldest) {
    const message = `time is ${quote(value)}; expected one not before ${bounds.oldest}, where the kept history begins`;
    errors.push({ pointer: '/time', code: 'event_time_too_old', message });
  }
  return time;
}

function tryNormalize(text: string): string | null {
  try {
    return normalizeEventTime(text);
  } catch {
    return null;
  }
}

function readData(data: unknown, dataJson: string | null, errors: ErrorDetail[]): string | null {
  if (data === undefined || data === null) return null;
  // The text has the last word: a lossless JSON parser hands over numbers as objects.
  if (typeof data !== 'object' || Array.isArray(data) || (dataJson !== null && !JSON_OBJECT.test(dataJson))) {
    errors.push({
      pointer: '/data',
      code: 'invalid_type',
      message: `data is ${kindOfData(data, dataJson)}; expected a JSON object, null or nothing`,
    });
    return null;
  }
  if (dataJson === null)
    throw new TypeError('the event has data, but its JSON text was not passed along; expected the text as it was sent');
  const error = unstorableData(data, dataJson);
  if (error !== null) errors.push(error);
  return dataJson;
}

/** What came as data, never quoted. A lossless parser hands over a number as an object. */
function kindOfData(data: NonNullable<unknown>, dataJson: string | null): string {
  return typeof data === 'object' && !Array.isArray(data) && dataJson !== null ? 'a number' : kindOf(data);
}

/** Checks the attributes that are optional, and those that CloudEvents does not know. */
function checkOther(name: string, value: unknown, errors: ErrorDetail[]): void {
  switch (name) {
    case 'id':
    case 'source':
    case 'type':
    case 'subject':
    case 'specversion':
    case 'time':
    case 'data':
      return;
    case 'datacontenttype':
      if (!isJsonContentType(value)) {
        const message = `datacontenttype is ${quote(value)}; expected "application/json" in UTF-8, a type that ends in "+json", or nothing`;
        errors.push({ pointer: '/datacontenttype', code: 'unsupported', message });
      }
      return;
    case 'dataschema':
      if (value !== null && value !== undefined && !(typeof value === 'string' && URI.test(value))) {
        const message = `dataschema is ${quote(value)}; expected an absolute URI (RFC 3986)`;
        errors.push({ pointer: '/dataschema', code: 'invalid_format', message });
      }
      return;
    case 'data_base64':
      if (value !== null && value !== undefined) {
        errors.push({
          pointer: '/data_base64',
          code: 'unsupported',
          message: 'data_base64 is present; expected the data as a JSON object in "data"',
        });
      }
      return;
    default:
      checkExtension(name, value, errors);
  }
}

/** Whether a `datacontenttype` says that data are JSON; an absent one does. */
export function isJsonContentType(value: unknown): boolean {
  if (value === 'application/json' || value === undefined || value === null) return true;
  const mediaType = typeof value === 'string' ? parseMediaType(value) : null;
  return mediaType !== null && isJsonMediaType(mediaType) && isUtf8(mediaType);
}
