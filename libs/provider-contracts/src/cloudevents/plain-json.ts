import { MAX_DATA_DEPTH } from './json-text.js';

const SPACE = 0x20;
const QUOTE = 0x22;
const COMMA = 0x2c;
const MINUS = 0x2d;
const DOT = 0x2e;
const ZERO = 0x30;
const COLON = 0x3a;
const OPEN_ARRAY = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** Not plain: the reader gives up, and the text is left to the parser that reads all of JSON. */
export const NOT_PLAIN = -1;

/** A number that a double holds to the digit has at most so many characters. */
const LONGEST_NUMBER = 15;

/**
 * Where a JSON object of data ends, read from its bytes without making a value of it: the fast path for what nearly all data are. Plain data are
 * those whose text, its spaces left out, is what parsing and writing it again would give: no number that is long, has an exponent or ends in zeros
 * behind its point, no member whose name begins with a digit, since such are written in another order, and no escape but those that have no other form. Such data can be kept as they came.
 *
 * @param bytes of well-formed UTF-8
 * @param start where the object begins
 * @returns the index after it, or {@link NOT_PLAIN}, which says nothing about whether it is JSON.
 */
export function endOfPlainObject(bytes: Uint8Array, start: number): number {
  return bytes[start] === OPEN_OBJECT ? endOfObject(bytes, start + 1, 1) : NOT_PLAIN;
}

/** The index of the first byte from `start` on that is no white space. */
export function skipSpace(bytes: Uint8Array, start: number): number {
  let at = start;
  for (let byte = bytes[at]; byte === SPACE || byte === 0x0a || byte === 0x0d || byte === 0x09; byte = bytes[at]) at += 1;
  return at;
}

/** Whether these bytes are that ASCII text. */
export function isTextAt(bytes: Uint8Array, start: number, text: string): boolean {
  for (let index = 0; index < text.length; index++) if (bytes[start + index] !== text.charCodeAt(index)) return false;
  return true;
}

/** @param start after the brace */
function endOfObject(bytes: Uint8Array, start: number, depth: number): number {
  if (depth > MAX_DATA_DEPTH) return NOT_PLAIN;
  let at = skipSpace(bytes, start);
  if (bytes[at] === CLOSE_OBJECT) return at + 1;
  for (;;) {
    if (bytes[at] !== QUOTE || isDigit(bytes[at + 1]!)) return NOT_PLAIN;
    at = endOfString(bytes, at + 1);
    if (at < 0) return NOT_PLAIN;
    at = skipSpace(bytes, at);
    if (bytes[at] !== COLON) return NOT_PLAIN;
    at = endOfValue(bytes, skipSpace(bytes, at + 1), depth);
    if (at < 0) return NOT_PLAIN;
    at = skipSpace(bytes, at);
    const byte = bytes[at];
    if (byte === CLOSE_OBJECT) return at + 1;
    if (byte !== COMMA) return NOT_PLAIN;
    at = skipSpace(bytes, at + 1);
  }
}

/** @param start after the bracket */
function endOfArray(bytes: Uint8Array, start: number, depth: number): number {
  if (depth > MAX_DATA_DEPTH) return NOT_PLAIN;
  let at = skipSpace(bytes, start);
  if (bytes[at] === CLOSE_ARRAY) return at + 1;
  for (;;) {
    at = endOfValue(bytes, at, depth);
    if (at < 0) return NOT_PLAIN;
    at = skipSpace(bytes, at);
    const byte = bytes[at];
    if (byte === CLOSE_ARRAY) return at + 1;
    if (byte !== COMMA) return NOT_PLAIN;
    at = skipSpace(bytes, at + 1);
  }
}

function endOfValue(bytes: Uint8Array, start: number, depth: number): number {
  const byte = bytes[start]!;
  if (byte === QUOTE) return endOfString(bytes, start + 1);
  if (byte === MINUS || isDigit(byte)) return endOfNumber(bytes, start);
  if (byte === OPEN_OBJECT) return endOfObject(bytes, start + 1, depth + 1);
  if (byte === OPEN_ARRAY) return endOfArray(bytes, start + 1, depth + 1);
  if (isTextAt(bytes, start, 'true') || isTextAt(bytes, start, 'null')) return start + 4;
  return isTextAt(bytes, start, 'false') ? start + 5 : NOT_PLAIN;
}

/** @param start after the quote */
function endOfString(bytes: Uint8Array, start: number): number {
  for (let at = start; at < bytes.length; at++) {
    const byte = bytes[at]!;
    if (byte === QUOTE) return at + 1;
    if (byte < SPACE) return NOT_PLAIN;
    if (byte === BACKSLASH) {
      at += 1;
      if (!isOnlyEscape(bytes[at]!)) return NOT_PLAIN;
    }
  }
  return NOT_PLAIN;
}

/** Whether the character behind a backslash makes the one form in which JSON text is written for what it stands for: one of `"\bfnrt`. */
function isOnlyEscape(byte: number): boolean {
  return byte === QUOTE || byte === BACKSLASH || byte === 0x62 || byte === 0x66 || byte === 0x6e || byte === 0x72 || byte === 0x74;
}

function endOfNumber(bytes: Uint8Array, start: number): number {
  let at = bytes[start] === MINUS ? start + 1 : start;
  const first = bytes[at]!;
  if (!isDigit(first)) return NOT_PLAIN;
  at = first === ZERO ? at + 1 : endOfDigits(bytes, at);
  if (bytes[at] === DOT) {
    const end = endOfDigits(bytes, at + 1);
    if (end === at + 1 || bytes[end - 1] === ZERO) return NOT_PLAIN;
    // Below a millionth, numbers are written with an exponent.
    if (first === ZERO && isTextAt(bytes, at + 1, '000000')) return NOT_PLAIN;
    at = end;
  } else if (first === ZERO && at - start === 2) {
    return NOT_PLAIN; // -0 would be written as 0
  }
  const next = bytes[at]!;
  return at - start > LONGEST_NUMBER || isDigit(next) || next === 0x65 || next === 0x45 ? NOT_PLAIN : at;
}

function endOfDigits(bytes: Uint8Array, start: number): number {
  let at = start;
  while (isDigit(bytes[at]!)) at += 1;
  return at;
}

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= 0x39;
}
