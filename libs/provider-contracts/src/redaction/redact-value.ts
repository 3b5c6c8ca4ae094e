import { isCardNumber } from './card-number.js';
import { MASK, maskSecret } from './mask.js';
import { redactText } from './redact-text.js';
import type { Sensitivity } from './sensitive-name.js';
import { sensitivityOf } from './sensitive-name.js';

/** What stands for a value that is nested deeper than 64 levels, which no body that is worth keeping is. */
export const TOO_DEEP = '[nested too deep]';

const MAX_DEPTH = 64;
/** Members whose value is a name, in lists such as `[{name: 'authorization', value: '…'}]`. */
const NAME_MEMBERS = ['name', 'key', 'header', 'field', 'param'];
const VALUE_MEMBERS = new Set(['value', 'values', 'content', 'val']);
const SINGLE_WORD = /^[\w.%-]{2,64}$/;

/**
 * A JSON value with every secret masked: those whose member is named like one, at any depth and with all that lies below; those that follow
 * their name in a list, or stand beside it as `{name, value}`; and those that {@link redactText} finds in a string. Its shape stays.
 */
export function redactValue(value: unknown): unknown {
  return redactNode(value, null, 0, 0);
}

/** JSON text with its secrets masked; the text as it came when there are none, or when it is not JSON. */
export function redactJson(text: string, encodings: number): string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return text;
  }
  const redacted = JSON.stringify(redactNode(value, null, 0, encodings));
  return redacted === JSON.stringify(value) ? text : redacted;
}

function redactNode(value: unknown, inherited: Sensitivity | null, depth: number, encodings: number): unknown {
  if (typeof value === 'string') return inherited === null ? redactText(value, encodings) : maskSecret(value, inherited);
  if (typeof value === 'number') return isSecretNumber(value, inherited) ? MASK : value;
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= MAX_DEPTH) return TOO_DEEP;
  return Array.isArray(value) ? redactList(value, inherited, depth, encodings) : redactObject(value, inherited, depth, encodings);
}

function isSecretNumber(value: number, inherited: Sensitivity | null): boolean {
  return inherited === 'opaque' || inherited === 'credential' || isCardNumber(String(value));
}

function redactList(list: readonly unknown[], inherited: Sensitivity | null, depth: number, encodings: number): unknown[] {
  let named: Sensitivity | null = null;
  return list.map((element) => {
    const redacted = redactNode(element, inherited ?? named, depth + 1, encodings);
    // In [name, value, name, value, …] a value names nothing.
    named = named === null && typeof element === 'string' && SINGLE_WORD.test(element) ? sensitivityOf(element) : null;
    return redacted;
  });
}

function redactObject(object: object, inherited: Sensitivity | null, depth: number, encodings: number): object {
  const entries = Object.entries(object);
  const named = sensitivityOfNameMember(entries);
  return Object.fromEntries(
    entries.map(([name, member]) => {
      const own = sensitivityOf(name) ?? (VALUE_MEMBERS.has(name.toLowerCase()) ? named : null);
      return [redactText(name, encodings), redactNode(member, own ?? inherited, depth + 1, encodings)];
    }),
  );
}

function sensitivityOfNameMember(entries: readonly (readonly [string, unknown])[]): Sensitivity | null {
  for (const [name, member] of entries) {
    const sensitivity = typeof member === 'string' && NAME_MEMBERS.includes(name.toLowerCase()) ? sensitivityOf(member) : null;
    if (sensitivity !== null) return sensitivity;
  }
  return null;
}
