import { decodeBase64 } from './base64.js';
import { maskCardNumbers } from './card-number.js';
import { MASK, maskSecret, maskToken } from './mask.js';
import { sensitivityOf } from './sensitive-name.js';

// Every expression below runs in time linear in the text, whatever a caller sends: where a run of characters could be entered at each of
// them, a look-behind lets it be entered at its first alone.

/** Keys by their prefix. Our own first; then those of others that are common in logs. */
const KEY_FORMS = [
  /(?<![A-Za-z0-9])(?:tm|sk|rk|whsec|gh[pousr]|github_pat|glpat|npm)_[A-Za-z0-9_]{8,}/gi,
  /(?<![A-Za-z0-9])(?:sk|rk|glpat|xox[abeprs])-[A-Za-z0-9_-]{16,}/gi,
  /(?<![A-Za-z0-9])(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])/g,
  /(?<![A-Za-z0-9])AIza[A-Za-z0-9_-]{35}/g,
];
/** Parts joined by dots, as in a JSON Web Token, whose first part begins with base64 of an object's beginning. */
const DOTTED = /(?<![A-Za-z0-9_.-])[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)+/g;
const JWT_START = 'eyJ';
const PRIVATE_KEY = /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g;
const BEARER = /(?<![A-Za-z0-9])(bearer)(?:\s|\+|%20)+([A-Za-z0-9._~+/=-]{8,})/gi;
const BASIC = /(?<![A-Za-z0-9])(basic)(?:\s|\+|%20)+([A-Za-z0-9+/_-]{4,}={0,2})/gi;
/** `https://user:password@host` */
const USER_INFO = /(?<![a-z0-9+.-])([a-z][a-z0-9+.-]*:\/\/[^\s:/?#@]*):([^\s/?#@]+)@/gi;
/** A header in text, whose value goes on to the end of the line. */
const HEADER_LINE = /(?<![A-Za-z0-9])((?:proxy-)?authorization|(?:set-)?cookie)(\s*[:=]\s*)([^\r\n]+)/gi;
/** What stands before a value: `name=`, `name: `, `"name":`, also with escaped quotes, as in JSON within a log line. */
const NAME = /(?<![\w.%[\]-])([\w.%[\]-]{2,200})(\\*["']?\s*[:=]\s*)/g;
/** A value: quoted, cut off before its closing quote perhaps; in escaped quotes; or bare, to the next space, `&`, `<` or `>`. */
const VALUE = /"(?:[^"\\]|\\.)*|'(?:[^'\\]|\\.)*|\\+["'][^"'\\]*|(?:(?:bearer|basic|token|digest)\s+)?[^\s&<>]+/iy;
const OPENING = /^\\*["']/;
const NUMBER = /^\d+(?:\.\d+)?(?=$|[\s,;}\])&])/;
const CONSTANT = /^(?:true|false|null)(?=$|[\s,;}\])&])/;

/** Text with the values of sensitive names masked: `password=…`, `Authorization: …`, `"token":"…"`, `https://user:…@host`. For text that is not JSON. */
export function maskNamedValues(text: string): string {
  const headersMasked = text
    .replace(USER_INFO, (_match, before: string) => `${before}:${MASK}@`)
    .replace(
      HEADER_LINE,
      (_match, name: string, separator: string, value: string) =>
        `${name}${separator}${maskSecret(value, sensitivityOf(name) ?? 'opaque')}`,
    );
  return maskAssignments(headersMasked);
}

/** Text with every secret masked that its own form tells: keys of known prefixes, JSON Web Tokens, private keys, `Bearer …`, card numbers. */
export function maskSecretForms(text: string): string {
  let masked = text
    .replace(PRIVATE_KEY, MASK)
    .replace(BEARER, (_match, scheme: string, token: string) => `${scheme} ${maskToken(token)}`)
    .replace(BASIC, (match, scheme: string, credential: string) =>
      decodeBase64(credential)?.includes(':') === true ? `${scheme} ${MASK}` : match,
    )
    .replace(DOTTED, maskWebToken);
  for (const form of KEY_FORMS) masked = masked.replace(form, maskToken);
  return maskCardNumbers(masked);
}

function maskAssignments(text: string): string {
  let masked = '';
  let done = 0;
  NAME.lastIndex = 0;
  for (let match = NAME.exec(text); match !== null; match = NAME.exec(text)) {
    const sensitivity = sensitivityOf(match[1] ?? '');
    const start = NAME.lastIndex;
    VALUE.lastIndex = start;
    const value = sensitivity === null ? undefined : VALUE.exec(text)?.[0];
    if (sensitivity === null || value === undefined || CONSTANT.test(value) || (sensitivity === 'counted' && NUMBER.test(value))) continue;
    const opening = OPENING.exec(value)?.[0] ?? '';
    masked += `${text.slice(done, start)}${opening}${maskSecret(value.slice(opening.length), sensitivity)}`;
    done = start + value.length;
    NAME.lastIndex = done;
  }
  return masked + text.slice(done);
}

function maskWebToken(dotted: string): string {
  const start = dotted.indexOf(JWT_START);
  return start < 0 || dotted.indexOf('.', start) < 0 ? dotted : `${dotted.slice(0, start)}${maskToken(dotted.slice(start))}`;
}
