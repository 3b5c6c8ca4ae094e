import { decodeBase64 } from './base64.js';
import { isCardNumber } from './card-number.js';
import { MASK, maskSecret } from './mask.js';
import { maskNamedValues, maskSecretForms } from './mask-text.js';
import type { Sensitivity } from './sensitive-name.js';
import { decodeEscapes, sensitivityOf } from './sensitive-name.js';

/** What stands for a value that is nested deeper than 64 levels, which no body that is worth keeping is. */
export const TOO_DEEP = '[nested too deep]';

const MAX_DEPTH = 64;
/** How many encodings may lie around a secret: JSON in a URL in base64 is three. */
const MAX_ENCODINGS = 5;

/** Members whose value is a name, in lists such as `[{name: 'authorization', value: '…'}]`. */
const NAME_MEMBERS = new Set(['name', 'key', 'header', 'field', 'param']);
const VALUE_MEMBERS = new Set(['value', 'values', 'content', 'val']);
const SINGLE_WORD = /^[\w.%[\]-]{2,64}$/;
/** Text of URL-safe characters with percent-encoded ones among them. */
const ENCODED_RUN = /(?<![\w.~!*()+%-])[\w.~!*()+-]*%[0-9A-Fa-f]{2}[\w.~!*()%+-]*/g;
const BASE64_RUN = /[A-Za-z0-9+/_-]{12,}={0,2}/g;

/**
 * A JSON value with every secret masked: those whose member is named like one, at any depth and with all that lies below; those that follow
 * their name in a list, or stand beside it as `{name, value}`; and those that {@link redactText} finds in a string. Its shape stays.
 */
export function redactValue(value: unknown): unknown {
  return redactNode(value, null, 0, 0);
}

/**
 * Text with every secret masked that can be told by its form (keys of known prefixes, JSON Web Tokens, private keys, card numbers, `Bearer …`)
 * or by the name before it (`password=…`), also where the text, or a part of it, is JSON, percent-encoded or base64.
 */
export function redactText(text: string): string {
  return redactEncoded(text, 0);
}

/** Short texts in which no secret was found of late: methods, paths, names of members, which are the same in event after event. */
const harmlessTexts = new Set<string>();
const HARMLESS_TEXTS = 10_000;
const HARMLESS_LENGTH = 64;

function redactEncoded(text: string, encodings: number): string {
  if (text.length < 4) return text;
  if (encodings > 0 || text.length > HARMLESS_LENGTH) return lookForSecrets(text, encodings);
  if (harmlessTexts.has(text)) return text;
  const redacted = lookForSecrets(text, encodings);
  // What held a secret is not remembered.
  if (redacted !== text) return redacted;
  if (harmlessTexts.size >= HARMLESS_TEXTS) harmlessTexts.clear();
  harmlessTexts.add(text);
  return text;
}

function lookForSecrets(text: string, encodings: number): string {
  const json = encodings < MAX_ENCODINGS ? redactJson(text, encodings + 1) : null;
  // Inside JSON every string was looked at by itself; what remains is what parsing may have changed, such as the last digits of a long number.
  if (json !== null) return maskSecretForms(json);
  const named = maskNamedValues(text);
  return maskSecretForms(encodings < MAX_ENCODINGS ? redactParts(named, encodings + 1) : named);
}

/** JSON text with its secrets masked, as it came when there are none; null when it is not JSON of an object, a list or a string. */
function redactJson(text: string, encodings: number): string | null {
  if (!/^\s*["[{]/.test(text)) return null;
  try {
    const value: unknown = JSON.parse(text);
    const redacted = JSON.stringify(redactNode(value, null, 0, encodings));
    return redacted === JSON.stringify(value) ? text : redacted;
  } catch {
    // No JSON, or nested so deeply that it can't be written: then it is looked at as text.
    return null;
  }
}

/** The parts of a text that are percent-encoded or base64, redacted in their plain form. */
function redactParts(text: string, encodings: number): string {
  const unescaped = text.includes('%') ? text.replace(ENCODED_RUN, (run) => redactEscapes(run, encodings)) : text;
  return unescaped.replace(BASE64_RUN, (run) =>
    // A slash is of the alphabet, but may as well separate the parts of a path.
    holdsSecret(run, encodings)
      ? MASK
      : run.includes('/')
        ? run
            .split('/')
            .map((part) => (holdsSecret(part, encodings) ? MASK : part))
            .join('/')
        : run,
  );
}

function redactEscapes(run: string, encodings: number): string {
  const decoded = decodeEscapes(run);
  const redacted = decoded === run ? decoded : redactEncoded(decoded, encodings);
  return redacted === decoded ? run : encodeURIComponent(redacted.toWellFormed());
}

function holdsSecret(base64: string, encodings: number): boolean {
  const decoded = base64.length < 12 ? null : decodeBase64(base64);
  return decoded !== null && redactEncoded(decoded, encodings) !== decoded;
}

function redactNode(value: unknown, inherited: Sensitivity | null, depth: number, encodings: number): unknown {
  if (typeof value === 'string') return inherited === null ? redactEncoded(value, encodings) : maskSecret(value, inherited);
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
      return [redactEncoded(name, encodings), redactNode(member, own ?? inherited, depth + 1, encodings)];
    }),
  );
}

function sensitivityOfNameMember(entries: readonly (readonly [string, unknown])[]): Sensitivity | null {
  for (const [name, member] of entries) {
    const sensitivity = typeof member === 'string' && NAME_MEMBERS.has(name.toLowerCase()) ? sensitivityOf(member) : null;
    if (sensitivity !== null) return sensitivity;
  }
  return null;
}
