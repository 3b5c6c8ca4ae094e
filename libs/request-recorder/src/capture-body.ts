import type { CapturedResponse } from './exchange.js';

/** Types whose bodies are text for people or programs; all others are told by their size alone. */
const TEXT_TYPE = /^(?:text\/|application\/(?:[\w.+-]+\+)?(?:json|xml)\b|application\/(?:x-www-form-urlencoded|javascript|graphql)\b)/i;
const JSON_TYPE = /^application\/(?:[\w.+-]+\+)?json\b/i;

/**
 * A parsed request body as a JSON value, a copy that shares nothing with the request: `{}` where there was none, and a short text in its place where it
 * is no JSON or longer than `maxBytes`. A body is captured whole or not at all, since secrets are only found in whole values.
 */
export function captureBody(body: unknown, maxBytes: number): unknown {
  if (body === undefined || body === null) return {};
  if (body instanceof Uint8Array) return binaryMarker(body.byteLength);
  if (typeof body === 'object' && 'pipe' in body) return '[stream]';
  const text = stringify(body);
  if (text === undefined) return '[no JSON]';
  const bytes = Buffer.byteLength(text);
  return bytes > maxBytes ? tooLongMarker(bytes) : (JSON.parse(text) as unknown);
}

/** An answer's body as a JSON value: parsed where it is JSON, a string where it is other text, else a short text in its place. */
export function captureResponse({ contentType = '', contentEncoding, bytes, body }: CapturedResponse): unknown {
  if (bytes === 0) return {};
  if (contentEncoding !== undefined && contentEncoding !== 'identity') return `[not captured: ${bytes} bytes, ${contentEncoding}]`;
  if (!TEXT_TYPE.test(contentType)) return binaryMarker(bytes);
  if (body === null) return tooLongMarker(bytes);
  const text = body.toString('utf8');
  return JSON_TYPE.test(contentType) ? parseOrText(text) : text;
}

function stringify(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    // A cycle, or a number that JSON does not know.
    return undefined;
  }
}

function parseOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function binaryMarker(bytes: number): string {
  return `[binary: ${bytes} bytes]`;
}

function tooLongMarker(bytes: number): string {
  return `[not captured: ${bytes} bytes]`;
}
