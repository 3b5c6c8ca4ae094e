/** The least that {@link capJson} can cap to: room for the marker at every level. */
export const MIN_CAP_BYTES = 256;

/** Bytes that are kept free for a marker, its quotes and comma included. */
const MARKER_BYTES = 48;

/**
 * A JSON value that takes at most `maxBytes` bytes as JSON in UTF-8: the value itself where it fits, else its beginning. Long strings are cut,
 * lists and objects end early; where something is missing a marker says how much, as text or as a member: `[truncated: 120 more elements]`.
 * Always a valid JSON value of the same kind.
 *
 * @throws RangeError when `maxBytes` is under {@link MIN_CAP_BYTES}.
 */
export function capJson(value: unknown, maxBytes: number): unknown {
  if (!(maxBytes >= MIN_CAP_BYTES)) throw new RangeError(`not a cap: ${maxBytes} bytes; expected at least ${MIN_CAP_BYTES}`);
  return capNode(value, maxBytes);
}

/** Bytes of a value as JSON in UTF-8. */
export function jsonBytes(value: unknown): number {
  return utf8Bytes(JSON.stringify(value) ?? 'null');
}

function capNode(value: unknown, budget: number): unknown {
  if (jsonBytes(value) <= budget) return value;
  if (typeof value === 'string') return capText(value, budget);
  if (Array.isArray(value)) return capList(value, budget);
  if (typeof value === 'object' && value !== null) return capObject(value, budget);
  return marker('1 value');
}

function capText(text: string, budget: number): string {
  const room = budget - MARKER_BYTES;
  let end = 0;
  let bytes = 2;
  for (const character of text) {
    bytes += jsonBytes(character) - 2;
    if (bytes > room) break;
    end += character.length;
  }
  return `${text.slice(0, end)}${marker(`${text.length - end} more characters`)}`;
}

function capList(list: readonly unknown[], budget: number): unknown[] {
  const kept: unknown[] = [];
  let free = budget - 2 - MARKER_BYTES;
  for (const element of list) {
    const bytes = jsonBytes(element) + 1;
    if (bytes > free) {
      if (free > 2 * MARKER_BYTES) kept.push(capNode(element, free - 1));
      break;
    }
    kept.push(element);
    free -= bytes;
  }
  return kept.length === list.length ? kept : [...kept, marker(`${list.length - kept.length} more elements`)];
}

function capObject(object: object, budget: number): object {
  const entries = Object.entries(object);
  const kept: [string, unknown][] = [];
  let free = budget - 2 - MARKER_BYTES;
  for (const [name, member] of entries) {
    const nameBytes = jsonBytes(name) + 2;
    const bytes = nameBytes + jsonBytes(member);
    if (bytes > free) {
      if (free - nameBytes > 2 * MARKER_BYTES) kept.push([name, capNode(member, free - nameBytes)]);
      break;
    }
    kept.push([name, member]);
    free -= bytes;
  }
  const missing = entries.length - kept.length;
  return Object.fromEntries(missing === 0 ? kept : [...kept, ['[truncated]', `${missing} more members`]]);
}

function marker(what: string): string {
  return `[truncated: ${what}]`;
}

function utf8Bytes(text: string): number {
  let bytes = text.length;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    // A surrogate pair is four bytes for two units; JSON.stringify escapes lone ones.
    if (unit >= 0x80) bytes += unit < 0x800 || (unit >= 0xd800 && unit <= 0xdfff) ? 1 : 2;
  }
  return bytes;
}
