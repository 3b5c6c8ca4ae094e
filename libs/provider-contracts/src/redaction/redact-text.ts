import { maskCardNumbers } from './card-number.js';
import { MASK, maskSecret, maskToken } from './mask.js';
import { redactJson } from './redact-value.js';
import { decodeEscapes, sensitivityOf } from './sensitive-name.js';

/** How many encodings may lie around a secret: JSON in a URL in base64 is three. */
const MAX_ENCODINGS = 5;

/** Secrets by their own form, whatever name they stand under. Our own keys first; then the prefixes of others that are common in logs. */
const SECRET_FORMS = [
  /(?<![A-Za-z0-9])(?:tm|sk|rk|whsec|gh[pousr]|github_pat|glpat|npm)_[A-Za-z0-9_]{8,}/gi,
  /(?<![A-Za-z0-9])(?:sk|rk|glpat|xox[abeprs])-[A-Za-z0-9_-]{16,}/gi,
  /(?<![A-Za-z0-9])(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])/g,
  // A JSON Web Token: its header and payload are JSON objects, and "eyJ" is base64 of "{" and a quote.
  /eyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]{5,}(?:\.[A-Za-z0-9_-]*)*/g,
];
const PRIVATE_KEY = /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g;
const BEARER = /(?<![A-Za-z0-9])(bearer)(?:\s|\+|%20)+([A-Za-z0-9._~+/=-]{8,})/gi;
const BASIC = /(?<![A-Za-z0-9])(basic)(?:\s|\+|%20)+([A-Za-z0-9+/_-]{4,}={0,2})/gi;
/** `https://user:password@host` */
const USER_INFO = /([a-z][a-z0-9+.-]*:\/\/[^\s:/?#@]*):([^\s/?#@]+)@/gi;
/** A header in text, whose value goes on to the end of the line. */
const HEADER_LINE = /(?<![A-Za-z0-9])((?:proxy-)?authorization|(?:set-)?cookie)(\s*[:=]\s*)([^\r\n"'\\]+)/gi;
/** `name=value`, `name: value`, `"name":"value"`, also with escaped quotes, as in JSON within a log line, and cut off before the closing one. */
const ASSIGNMENT =
  /(?<![\w.%[\]-])([\w.%[\]-]{2,200})(\\*["']?\s*[:=]\s*)(?:"((?:[^"\\]|\\.)*)|'((?:[^'\\]|\\.)*)|(\\+["'][^"'\\]*)|((?:(?:bearer|basic|token|digest)\s+)?[^\s&;,"'<>{}()\\]+))/gi;
/** Text of URL-safe characters with percent-encoded ones among them. */
const ENCODED_RUN = /[\w.~!*()+-]*%[0-9A-Fa-f]{2}[\w.~!*()%+-]*/g;
const BASE64_RUN = /[A-Za-z0-9+/_-]{16,}={0,2}/g;

/**
 * Text with every secret masked that can be told by its form (keys of known prefixes, JSON Web Tokens, private keys, card numbers, `Bearer …`)
 * or by the name before it (`password=…`), also where the text, or a part of it, is JSON, percent-encoded or base64.
 */
export function redactText(text: string, encodings = 0): string {
  if (text.length < 4) return text;
  const json = /^\s*["[{]/.test(text) && encodings < MAX_ENCODINGS ? redactJson(text, encodings + 1) : text;
  const named = maskAssignments(json.replace(PRIVATE_KEY, MASK));
  const decoded = encodings < MAX_ENCODINGS ? redactEncodedParts(named, encodings + 1) : named;
  return maskForms(decoded);
}

function maskAssignments(text: string): string {
  return text
    .replace(USER_INFO, (_match, before: string) => `${before}:${MASK}@`)
    .replace(HEADER_LINE, (_match, name: string, separator: string, value: string) => `${name}${separator}${maskSecret(value, sensitivityOf(name) ?? 'opaque')}`)
    .replace(ASSIGNMENT, maskAssignment);
}

function maskAssignment(match: string, name: string, separator: string, double?: string, single?: string, escaped?: string, bare?: string): string {
  const sensitivity = sensitivityOf(name);
  if (sensitivity === null) return match;
  const before = `${name}${separator}`;
  if (double !== undefined) return `${before}"${maskSecret(double, sensitivity)}`;
  if (single !== undefined) return `${before}'${maskSecret(single, sensitivity)}`;
  if (escaped !== undefined) {
    const quotes = /^\\+["']/.exec(escaped)?.[0] ?? '';
    return `${before}${quotes}${maskSecret(escaped.slice(quotes.length), sensitivity)}`;
  }
  if (bare === undefined || (sensitivity === 'counted' && /^\d+(?:\.\d+)?$/.test(bare)) || /^(?:true|false|null)$/.test(bare)) return match;
  return `${before}${maskSecret(bare, sensitivity)}`;
}

function redactEncodedParts(text: string, encodings: number): string {
  const unescaped = text.includes('%')
    ? text.replace(ENCODED_RUN, (run) => {
        const decoded = decodeEscapes(run);
        if (decoded === run) return run;
        const redacted = redactText(decoded, encodings);
        return redacted === decoded ? run : encodeURIComponent(redacted.toWellFormed());
      })
    : text;
  return unescaped.replace(BASE64_RUN, (run) => {
    const decoded = decodeBase64(run);
    return decoded === null || redactText(decoded, encodings) === decoded ? run : MASK;
  });
}

function maskForms(text: string): string {
  let masked = text
    .replace(BEARER, (_match, scheme: string, token: string) => `${scheme} ${maskToken(token)}`)
    .replace(BASIC, (match, scheme: string, credential: string) => (decodeBase64(credential)?.includes(':') === true ? `${scheme} ${MASK}` : match));
  for (const form of SECRET_FORMS) masked = masked.replace(form, maskToken);
  return maskCardNumbers(masked);
}

/** The text that base64 (or its URL-safe variant) stands for; null when it is no printable text. */
function decodeBase64(run: string): string | null {
  const standard = run.replace(/=+$/, '').replaceAll('-', '+').replaceAll('_', '/');
  if (standard.length % 4 === 1) return null;
  const decoded = atob(standard);
  return /^[\t\n\r\x20-\x7e]+$/.test(decoded) ? decoded : null;
}
