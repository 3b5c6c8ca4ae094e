import { EVENT_LIMITS } from '@tallymark/domain';

/** How deep arrays and objects may nest in `data`; `{}` is one deep. */
export const MAX_DATA_DEPTH = 32;

/** How long the text of one number may be: the widest double written out has 309 digits. */
export const MAX_NUMBER_LENGTH = 400;

/** Why JSON text can't be kept. PostgreSQL's jsonb holds neither NUL nor half a surrogate pair, and its numbers have an end. */
export const UNSTORABLE = {
  too_large: `expected at most ${EVENT_LIMITS.dataBytes} bytes of UTF-8`,
  too_deep: `expected at most ${MAX_DATA_DEPTH} levels of arrays and objects`,
  nul_character: 'holds the character U+0000, which cannot be kept; expected text without it',
  lone_surrogate: 'holds half of a UTF-16 surrogate pair, which is no character; expected well-formed Unicode',
  number_out_of_range: `expected a number within the range of a double (±1.8e308, or at least 5e-324), written in at most ${MAX_NUMBER_LENGTH} characters`,
} as const satisfies Record<string, string>;

/** See {@link UNSTORABLE}. */
export type UnstorableCode = keyof typeof UNSTORABLE;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const LOWER_U = 0x75;

/**
 * The first reason why well-formed JSON text can't be kept, or null when it can. One pass over the text, so that it costs
 * the same whatever the data look like.
 */
export function unstorableText(text: string): UnstorableCode | null {
  if (isLongerThan(text, EVENT_LIMITS.dataBytes)) return 'too_large';
  let depth = 0;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit === QUOTE) {
      const end = skipString(text, index + 1);
      if (typeof end === 'string') return end;
      index = end;
    } else if (unit === 0x7b || unit === 0x5b) {
      depth += 1;
      if (depth > MAX_DATA_DEPTH) return 'too_deep';
    } else if (unit === 0x7d || unit === 0x5d) {
      depth -= 1;
    } else if (unit === 0x2d || isDigit(unit)) {
      const end = skipNumber(text, index);
      if (end < 0) return 'number_out_of_range';
      index = end - 1;
    }
  }
  return null;
}

/** Index of the closing quote of a string whose first character is at `start`, or what makes the string unstorable. */
function skipString(text: string, start: number): number | UnstorableCode {
  let index = start;
  while (index < text.length) {
    const unit = text.charCodeAt(index);
    if (unit === QUOTE) return index;
    if (unit === BACKSLASH && text.charCodeAt(index + 1) === LOWER_U) {
      const escaped = escapedUnit(text, index);
      if (escaped === 0) return 'nul_character';
      if (isLowSurrogate(escaped) || (isHighSurrogate(escaped) && !isLowSurrogate(escapedUnit(text, index + 6)))) return 'lone_surrogate';
      index += isHighSurrogate(escaped) ? 12 : 6;
    } else if (unit === BACKSLASH) {
      index += 2;
    } else if (isHighSurrogate(unit)) {
      if (!isLowSurrogate(text.charCodeAt(index + 1))) return 'lone_surrogate';
      index += 2;
    } else if (isLowSurrogate(unit)) {
      return 'lone_surrogate';
    } else {
      index += 1;
    }
  }
  return index;
}

/** The UTF-16 unit of an escape such as `\u00e9` at `index`; NaN when there is none. */
function escapedUnit(text: string, index: number): number {
  if (text.charCodeAt(index) !== BACKSLASH || text.charCodeAt(index + 1) !== LOWER_U) return Number.NaN;
  return Number.parseInt(text.slice(index + 2, index + 6), 16);
}

/** Index after the number that starts at `start`; -1 when it is out of range. */
function skipNumber(text: string, start: number): number {
  let end = start + 1;
  let hasExponent = false;
  while (end < text.length) {
    const unit = text.charCodeAt(end);
    if (unit === 0x65 || unit === 0x45) hasExponent = true;
    else if (!isDigit(unit) && unit !== 0x2e && unit !== 0x2b && unit !== 0x2d) break;
    end += 1;
  }
  // Short and without an exponent, a number cannot leave the range.
  return (hasExponent || end - start > 300) && !isInRange(text.slice(start, end)) ? -1 : end;
}

function isInRange(literal: string): boolean {
  if (literal.length > MAX_NUMBER_LENGTH) return false;
  const value = Number(literal);
  return Number.isFinite(value) && (value !== 0 || !/^-?[0.]*[1-9]/.test(literal));
}

/** Whether text takes more than `bytes` bytes in UTF-8. Counts only where the length alone does not tell. */
function isLongerThan(text: string, bytes: number): boolean {
  if (text.length > bytes) return true;
  if (text.length * 3 <= bytes) return false;
  let count = 0;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    // The two halves of a pair make four bytes together.
    count += unit < 0x80 ? 1 : unit < 0x800 || isHighSurrogate(unit) || isLowSurrogate(unit) ? 2 : 3;
  }
  return count > bytes;
}

function isDigit(unit: number): boolean {
  return unit >= 0x30 && unit <= 0x39;
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}
