import { DomainError, EVENT_LIMITS, type ErrorDetail } from '@tallymark/domain';
import {
  type CloudEventOptions,
  type CloudEventResult,
  type EventHeaders,
  createCloudEventParser,
  eventRequestKind,
  hasEventHeaders,
  readBinaryMode,
  unsupportedContentType,
  withoutSource,
} from '@tallymark/provider-contracts';
import { type JsonDocument, parseJson, plainAttributes } from './lossless-json.js';

/** An event as it came, checked. */
export interface ReceivedEvent {
  readonly result: CloudEventResult;
  /** Its attributes as far as they are text, for a sender who looks for it among the refused. */
  readonly attributes: {
    readonly id: string | null;
    readonly source: string | null;
    readonly subject: string | null;
    readonly type: string | null;
  };
}

/** The parts of a request that say what events it carries. */
export interface EventRequest {
  readonly contentType: string | undefined;
  readonly headers: EventHeaders;
  readonly body: string;
}

/**
 * Reads the events of a request, each checked by itself.
 *
 * @throws DomainError `unsupported_media_type`, `invalid_request` when the body as a whole can't be read, `payload_too_large` for more than 1,000 events.
 */
export function readEvents(request: EventRequest, options: CloudEventOptions): ReceivedEvent[] {
  const kind = eventRequestKind(request.contentType, { hasEventHeaders: hasEventHeaders(request.headers) });
  if (kind === 'unsupported') throw new DomainError('unsupported_media_type', unsupportedContentType(request.contentType));
  if (kind === 'binary') return [readBinaryEvent(request, options)];

  const document = parseBody(request.body);
  const isArray = Array.isArray(document.value);
  if (kind === 'single' && isArray)
    throw wrongShape('an array', 'one event as an object; send batches as application/cloudevents-batch+json');
  if (kind === 'batch' && !isArray) throw wrongShape('no array', 'an array of events; send one event as application/cloudevents+json');
  const values = isArray ? (document.value as unknown[]) : [document.value];
  if (values.length === 0) throw new DomainError('invalid_request', 'the body is an empty array; expected at least one event');
  if (values.length > EVENT_LIMITS.eventsPerRequest) {
    throw new DomainError('payload_too_large', `the body holds ${values.length} events; expected at most ${EVENT_LIMITS.eventsPerRequest}`);
  }
  const parse = createCloudEventParser(options);
  return values.map((value) => {
    const event = plainAttributes(value);
    return received(parse(event, dataText(event, document)), event);
  });
}

function readBinaryEvent(request: EventRequest, options: CloudEventOptions): ReceivedEvent {
  const message = readBinaryMode(request.headers, request.body);
  if (!message.ok) return { result: message, attributes: { id: null, source: null, subject: null, type: null } };
  return received(createCloudEventParser(options)(message.value, message.dataJson), message.value);
}

function received(result: CloudEventResult, value: unknown): ReceivedEvent {
  return { result, attributes: result.ok ? result.event : attributesOf(value) };
}

/** The body of a request, parsed. @throws DomainError `invalid_request` when it is no JSON */
export function parseBody(body: string): JsonDocument {
  if (body.trim() === '') throw new DomainError('invalid_request', 'the body is empty; expected an event, or an array of events, as JSON');
  try {
    return parseJson(body);
  } catch (error) {
    const reason = withoutSource(error instanceof Error ? error.message : String(error));
    throw new DomainError('invalid_request', `the body is not JSON: ${reason}`, {
      details: [{ pointer: '', code: 'invalid_json', message: reason }],
    });
  }
}

function wrongShape(received: string, expected: string): DomainError {
  const details: ErrorDetail[] = [{ pointer: '', code: 'invalid_type', message: `the body is ${received}; expected ${expected}` }];
  return new DomainError('invalid_request', details[0]!.message, { details });
}

function dataText(event: unknown, document: JsonDocument): string | null {
  const data = typeof event === 'object' && event !== null ? (event as Record<string, unknown>)['data'] : undefined;
  return data === undefined || data === null ? null : document.textOf(data);
}

function attributesOf(event: unknown): ReceivedEvent['attributes'] {
  const members = (typeof event === 'object' && event !== null ? event : {}) as Record<string, unknown>;
  const text = (name: string): string | null => {
    const value = members[name];
    // PostgreSQL's text holds no NUL; what is refused for one is still to be found.
    return typeof value === 'string' ? value.slice(0, EVENT_LIMITS.attributeLength).toWellFormed().replaceAll('\0', '\uFFFD') : null;
  };
  return { id: text('id'), source: text('source'), subject: text('subject'), type: text('type') };
}
