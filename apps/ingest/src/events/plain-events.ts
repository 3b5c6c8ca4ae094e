import { isUtf8 } from 'node:buffer';
import type { EventEncoder, EventRows } from '@tallymark/persistence';
import {
  type CloudEventOptions,
  type EventHeaders,
  type EventRequestKind,
  eventRequestKind,
  isTextAt,
  type PlainEvent,
  readPlainEvents,
} from '@tallymark/provider-contracts';

/** The parts of a request that say what events it carries, its body as it came. */
export interface BytesRequest {
  readonly contentType: string | undefined;
  /** By their names in small letters, as Node gives them. */
  readonly headers: EventHeaders;
  readonly body: Buffer;
}

export interface PlainEncoding extends CloudEventOptions {
  readonly encoder: EventEncoder;
  readonly organizationId: string;
  /** Types of events whose data have their secrets masked, which takes a value. */
  readonly redactedTypes: ReadonlySet<string>;
}

/** The events of a request as rows, checked; undefined when one of them is not plain or is to be redacted, so that the ordinary way has to look at the request. */
export function encodePlainEvents({ contentType, headers, body }: BytesRequest, encoding: PlainEncoding): EventRows | undefined {
  const { encoder, organizationId, redactedTypes } = encoding;
  const kind = kindOf(contentType, headers);
  if (kind === 'binary' || kind === 'unsupported' || !isUtf8(body)) return undefined;
  const isRedacted = createTypeCheck(body, redactedTypes);
  encoder.clear();
  const isPlain = readPlainEvents(body, kind, encoding, (event) => {
    if (isRedacted(event)) return false;
    encoder.addPlain(organizationId, body, event);
    return true;
  });
  return isPlain ? encoder.take() : undefined;
}

/** Of the last content type without event headers: clients send one, again and again, and to parse it costs as much as a fifth of an event. */
let lastContentType: string | undefined;
let lastKind: EventRequestKind = 'unsupported';

function kindOf(contentType: string | undefined, headers: EventHeaders): EventRequestKind {
  if (headers['ce-specversion'] !== undefined) return eventRequestKind(contentType, { hasEventHeaders: true });
  if (contentType !== lastContentType) {
    lastKind = eventRequestKind(contentType);
    lastContentType = contentType;
  }
  return lastKind;
}

/** Whether an event's type is one of these. Remembers the last type that is none, which is that of most events of a request. */
function createTypeCheck(body: Buffer, types: ReadonlySet<string>): (event: PlainEvent) => boolean {
  let last = '';
  return ({ typeStart, typeEnd }) => {
    if (typeEnd - typeStart === last.length && isTextAt(body, typeStart, last)) return false;
    const type = body.toString('latin1', typeStart, typeEnd);
    if (types.has(type)) return true;
    last = type;
    return false;
  };
}
