import { MAX_DATA_DEPTH } from './json-text.js';
import type { UnstorableCode } from './json-text.js';

/** Where in a value something is that can't be kept. */
export interface Unstorable {
  /** JSON pointer from the value: `/items/0/name`. A member whose name is at fault is named itself. */
  readonly pointer: string;
  readonly code: UnstorableCode;
}

const LONE_SURROGATE = /\p{Cs}/u;

/**
 * The first thing in a parsed JSON value that can't be kept, and where it is, or null. The slow counterpart of
 * `unstorableText`, for error messages and for the schema; it cannot see what parsing hides (bytes, a number that became 0).
 */
export function findUnstorable(value: unknown, pointer = '', depth = 1): Unstorable | null {
  if (typeof value === 'string') return checkText(value, pointer);
  if (typeof value === 'number') return Number.isFinite(value) ? null : { pointer, code: 'number_out_of_range' };
  if (typeof value !== 'object' || value === null) return null;
  if (depth > MAX_DATA_DEPTH) return { pointer, code: 'too_deep' };
  const names = Array.isArray(value) ? null : Object.keys(value);
  const entries: [string, unknown][] = Object.entries(value);
  for (const [name, member] of entries) {
    const memberPointer = `${pointer}/${escapePointer(name)}`;
    const found = (names === null ? null : checkText(name, memberPointer)) ?? findUnstorable(member, memberPointer, depth + 1);
    if (found !== null) return found;
  }
  return null;
}

/** One segment of a JSON pointer (RFC 6901): `a/b~c` → `a~1b~0c`. */
export function escapePointer(segment: string): string {
  return segment.replaceAll('~', '~0').replaceAll('/', '~1');
}

function checkText(text: string, pointer: string): Unstorable | null {
  if (text.includes('\u0000')) return { pointer, code: 'nul_character' };
  return LONE_SURROGATE.test(text) ? { pointer, code: 'lone_surrogate' } : null;
}
