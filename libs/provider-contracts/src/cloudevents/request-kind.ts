import { isJsonMediaType, isUtf8, parseMediaType } from './media-type.js';

/**
 * How a request carries its events.
 * `single`: one event in structured mode. `batch`: an array of them. `single-or-batch`: plain JSON, so the body tells.
 * `binary`: attributes in `ce-` headers, `data` in the body. `unsupported`: none that we read, answered with 415.
 */
export type EventRequestKind = 'single' | 'batch' | 'single-or-batch' | 'binary' | 'unsupported';

/** The content types of requests that carry events, for `Accept-Post` and for the error message. */
export const EVENT_CONTENT_TYPES = ['application/cloudevents+json', 'application/cloudevents-batch+json', 'application/json'] as const;

/**
 * How a request carries its events, by its content type: the media type is parsed, parameters are ignored, a charset other than UTF-8
 * is not supported. With `hasEventHeaders` (a `ce-specversion` header came along) any content type that is not a CloudEvents one means
 * binary mode, as the HTTP binding says; whether its data is JSON is checked with the event.
 */
export function eventRequestKind(contentType: string | undefined, options: { readonly hasEventHeaders?: boolean } = {}): EventRequestKind {
  const hasEventHeaders = options.hasEventHeaders ?? false;
  if (contentType === undefined || contentType.trim() === '') return hasEventHeaders ? 'binary' : 'unsupported';
  const mediaType = parseMediaType(contentType);
  if (mediaType === null || !isUtf8(mediaType)) return 'unsupported';
  if (mediaType.type === 'application' && mediaType.subtype === 'cloudevents+json') return 'single';
  if (mediaType.type === 'application' && mediaType.subtype === 'cloudevents-batch+json') return 'batch';
  if (mediaType.type === 'application' && /^cloudevents(?:-batch)?\b/.test(mediaType.subtype)) return 'unsupported';
  if (hasEventHeaders) return isJsonMediaType(mediaType) ? 'binary' : 'unsupported';
  return mediaType.type === 'application' && mediaType.subtype === 'json' ? 'single-or-batch' : 'unsupported';
}

/** The sentence for a 415: what came and what would do. */
export function unsupportedContentType(contentType: string | undefined): string {
  const received = contentType === undefined ? 'absent' : JSON.stringify(contentType);
  return `content type is ${received}; expected ${EVENT_CONTENT_TYPES.join(', ')}, in UTF-8`;
}
