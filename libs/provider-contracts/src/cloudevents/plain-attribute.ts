import { EVENT_LIMITS } from '@tallymark/domain';
import { isTextAt, NOT_PLAIN } from './plain-json.js';

const SPACE = 0x20;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const LAST_PRINTABLE = 0x7e;

/**
 * Where the text of an attribute ends that is printable ASCII without escapes, which nearly all are.
 *
 * @param start after the opening quote
 * @returns the index of the closing quote, or `NOT_PLAIN`, also for an empty text and one that is too long.
 */
export function endOfPlainAttribute(bytes: Uint8Array, start: number): number {
  let at = start;
  for (;;) {
    const byte = bytes[at]!;
    if (byte === QUOTE) break;
    // Written so that the end of the bytes, which is undefined, ends the loop too.
    if (!(byte >= SPACE && byte <= LAST_PRINTABLE) || byte === BACKSLASH) return NOT_PLAIN;
    at += 1;
  }
  return at > start && at - start <= EVENT_LIMITS.attributeLength ? at : NOT_PLAIN;
}

/** Characters that may stand anywhere in a URI reference that has no scheme. */
const PATH_BYTES = new Uint8Array(0x100);
for (const character of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._~/-') PATH_BYTES[character.charCodeAt(0)] = 1;
const SCHEMES = ['https://', 'http://', 'urn:'] as const;

/** {@link endOfPlainAttribute} of a source: the form of a URI reference that is quick to tell. */
export function endOfPlainSource(bytes: Uint8Array, start: number): number {
  const end = endOfPlainAttribute(bytes, start);
  if (end < 0) return NOT_PLAIN;
  const scheme = SCHEMES.find((text) => isTextAt(bytes, start, text)) ?? '';
  const path = start + scheme.length;
  for (let at = path; at < end; at++) if (PATH_BYTES[bytes[at]!] !== 1) return NOT_PLAIN;
  return end > path ? end : NOT_PLAIN;
}
