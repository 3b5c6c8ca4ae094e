import type { ErrorDetail, UsageEvent } from '@tallymark/domain';
import { redactText, withoutSource } from '@tallymark/provider-contracts';
import type { ReceivedEvent } from './read-events.js';
import { redactDataJson } from './redact-data.js';

/**
 * A received event as it may be kept and spoken of: the data of an event of these types have their secrets masked, whatever its sender has done
 * about them, and the errors of a refused one, of whatever type, show none.
 */
export function redactReceived(received: ReceivedEvent, types: ReadonlySet<string>): ReceivedEvent {
  const { result } = received;
  if (!result.ok) return { ...received, result: { ok: false, errors: result.errors.map(redactError) } };
  const event = redactEvent(result.event, types);
  return event === result.event ? received : { ...received, result: { ok: true, event } };
}

/** An event as it may be kept: itself, or when it is of these types with the secrets in its data masked. */
export function redactEvent(event: UsageEvent, types: ReadonlySet<string>): UsageEvent {
  return event.dataJson === null || !types.has(event.type) ? event : { ...event, dataJson: redactDataJson(event.dataJson) };
}

/** What makes an event findable is kept as it came: a sender who looks for an event asks by it. */
const IDENTITY = /^\/(?:id|source|type|subject|specversion|time)$/;

/**
 * Errors quote what was received. Of data, and of members that may have been meant as data, they may not: a quotation is cut where it is long,
 * and half a secret can't be told by its form.
 */
function redactError(error: ErrorDetail): ErrorDetail {
  const { pointer } = error;
  if (pointer !== undefined && IDENTITY.test(pointer)) return error;
  const message = redactText(withoutQuotation(withoutSource(error.message)));
  return { ...error, ...(pointer === undefined ? {} : { pointer: redactText(pointer) }), message };
}

/** `data is ["a"]; expected an object` → `data is something else; expected an object`. */
function withoutQuotation(message: string): string {
  return message.replace(/^([^"[{]*? is )["[{][^]*(; expected )/, '$1something else$2');
}
