import { isDeepStrictEqual } from 'node:util';
import { DomainError, EVENT_LIMITS, type ErrorDetail, type UsageEvent } from '@tallymark/domain';
import { type CloudEventParser, MAX_DATA_DEPTH, createCloudEventParser, redactValue } from '@tallymark/provider-contracts';
import { CORRECTION_LIMITS } from './limits.js';
import type { CreateCorrection } from './schemas.js';

/** What the checks depend on beside the body. */
export interface CorrectionContext {
  readonly now: Date;
  /** Start of the kept history, inclusive. */
  readonly oldest: Date;
  /** Types of the events whose data may hold secrets of requests. */
  readonly redactedTypes: ReadonlySet<string>;
}

const MAX_DETAILS = 100;

/**
 * Holds the events of a correction to what is asked of events that are sent, and those of a backfill to its window, subjects and types.
 *
 * @throws DomainError `unprocessable` with every fault, up to 100.
 */
export function checkCorrection(body: CreateCorrection, context: CorrectionContext): void {
  const errors = body.kind === 'amend' ? checkAmend(body, context) : body.kind === 'backfill' ? checkBackfill(body, context) : [];
  if (errors.length === 0) return;
  const [{ pointer, message }] = errors as [ErrorDetail];
  throw new DomainError('unprocessable', `${pointer}: ${message}`, { details: errors.slice(0, MAX_DETAILS) });
}

function checkAmend(body: Extract<CreateCorrection, { kind: 'amend' }>, context: CorrectionContext): ErrorDetail[] {
  const { event, replacement } = body;
  const read = parserOf(context)(
    { specversion: '1.0', id: event.id, source: event.source, subject: event.subject, type: 'amended', ...replacement },
    dataText(replacement.data),
  );
  if (!read.ok) return read.errors.map((error) => ({ ...error, pointer: `/replacement${error.pointer ?? ''}` }));
  // Without a type in the request the event's own is not known here, and counts as one that may hold secrets.
  const mayHoldSecrets = replacement.type === undefined ? context.redactedTypes.size > 0 : context.redactedTypes.has(replacement.type);
  return mayHoldSecrets && holdsSecret(replacement.data) ? [secretFault('/replacement/data')] : [];
}

function checkBackfill(body: Extract<CreateCorrection, { kind: 'backfill' }>, context: CorrectionContext): ErrorDetail[] {
  if (body.subjects === undefined && body.types === undefined)
    return [{ pointer: '/subjects', code: 'required', message: 'received neither subjects nor types; expected at least one of them' }];
  const parse = parserOf(context);
  const scope = { from: micros(body.window.from), to: micros(body.window.to), subjects: setOf(body.subjects), types: setOf(body.types) };
  const seen = new Map<string, number>();
  return body.events.flatMap((value, index) => {
    const read = parse(value, dataText(value['data']));
    if (!read.ok) return read.errors.map((error) => ({ ...error, pointer: `/events/${index}${error.pointer ?? ''}` }));
    const { event } = read;
    const faults = scopeFaults(event, scope);
    if (context.redactedTypes.has(event.type) && holdsSecret(value['data'])) faults.push(secretFault('/data'));
    const name = JSON.stringify([event.subject, event.source, event.id]);
    const first = seen.get(name);
    if (first !== undefined)
      faults.push({
        pointer: '/id',
        code: 'repeated',
        message: `the event at ${first} has the same subject, source and id; expected each once`,
      });
    else seen.set(name, index);
    return faults.map((fault) => ({ ...fault, pointer: `/events/${index}${fault.pointer}` }));
  });
}

interface Scope {
  readonly from: string;
  readonly to: string;
  readonly subjects: ReadonlySet<string> | null;
  readonly types: ReadonlySet<string> | null;
}

function scopeFaults(event: UsageEvent, scope: Scope): (ErrorDetail & { pointer: string })[] {
  const faults: (ErrorDetail & { pointer: string })[] = [];
  const outside = (pointer: string, message: string): void => void faults.push({ pointer, code: 'out_of_scope', message });
  if (event.time === null)
    faults.push({ pointer: '/time', code: 'required', message: 'received no time; expected one, which says where in the window it lies' });
  else if (event.time < scope.from || event.time >= scope.to)
    outside('/time', `received ${event.time}; expected one in the window, ${scope.from} up to ${scope.to}`);
  if (scope.subjects?.has(event.subject) === false)
    outside('/subject', `received ${JSON.stringify(event.subject)}; expected one of the subjects that are replaced`);
  if (scope.types?.has(event.type) === false)
    outside('/type', `received ${JSON.stringify(event.type)}; expected one of the types that are replaced`);
  return faults;
}

function parserOf({ now, oldest }: CorrectionContext): CloudEventParser {
  return createCloudEventParser({ receivedAt: now, oldest, specversion: 'optional' });
}

/** Event times have microseconds and sort as text; the window's have milliseconds. */
function micros(timestamp: string): string {
  return timestamp.replace('Z', '000Z');
}

function setOf(values: readonly string[] | undefined): ReadonlySet<string> | null {
  return values === undefined ? null : new Set(values);
}

/** For the parser's limits. A number that JavaScript can't hold reads as one that is out of range, and what the stack can't hold as nested too deeply. */
function dataText(data: unknown): string | null {
  if (data === undefined || data === null) return null;
  try {
    return JSON.stringify(data, (_, value: unknown) => (value === Infinity || value === -Infinity ? OUT_OF_RANGE : value)).replaceAll(
      `"${OUT_OF_RANGE}"`,
      '1e999',
    );
  } catch (error) {
    if (error instanceof RangeError) return TOO_DEEP;
    throw error;
  }
}

const OUT_OF_RANGE = '\uE000out of range\uE000';
const TOO_DEEP = `${'{"":'.repeat(MAX_DATA_DEPTH)}{}${'}'.repeat(MAX_DATA_DEPTH)}`;

function holdsSecret(data: unknown): boolean {
  return data !== undefined && data !== null && !isDeepStrictEqual(redactValue(data), data);
}

function secretFault(pointer: string): ErrorDetail & { pointer: string } {
  return {
    pointer,
    code: 'holds_secret',
    message:
      'the data hold what looks like a secret or a card number; expected it masked, as events that tell of requests are kept. ' +
      'An amendment of another type of event names the type',
  };
}

/** How the limits read in a description. */
export const LIMITS_TEXT = `Up to ${CORRECTION_LIMITS.events} events and ${CORRECTION_LIMITS.requestBytes} bytes in a request, ${EVENT_LIMITS.dataBytes} bytes of data in an event; windows of any length.`;
