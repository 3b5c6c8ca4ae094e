import type { Sensitivity } from './sensitive-name.js';

/** What stands for a secret. */
export const MASK = '****';

/** How long a secret must be for its last three characters to be shown: they are then less than a fifth of it. */
const SHOWN_FROM_LENGTH = 16;
/** Schemes whose credential is one random token. */
const TOKEN_SCHEME = /^(bearer|token|apikey)(?:\s|\+|%20)+(.+)$/is;
/** Schemes whose credential is structured, so that its end may be the end of a password. */
const OTHER_SCHEME = /^(basic|digest|negotiate|ntlm|hmac|hawk|aws4-hmac-sha256)(?:\s|\+|%20)+./is;
const MASKED = /^(?:[A-Za-z0-9-]+ )?\*{4}[A-Za-z0-9_-]{0,3}$/;

/**
 * A secret as it may be kept: `Bearer IncYP…vff3n` → `Bearer ****f3n`. A known scheme stays, and of a long random token the last three
 * characters, by which its owner recognises it. Of a short or structured one nothing stays. What is masked already stays as it is.
 */
export function maskSecret(text: string, sensitivity: Sensitivity): string {
  if (text === '' || MASKED.test(text)) return text;
  if (sensitivity === 'opaque') return MASK;
  const [, scheme, token] = TOKEN_SCHEME.exec(text) ?? [];
  if (scheme !== undefined && token !== undefined) return `${scheme} ${maskToken(token)}`;
  const [, otherScheme] = OTHER_SCHEME.exec(text) ?? [];
  return otherScheme === undefined ? maskToken(text) : `${otherScheme} ${MASK}`;
}

/** A random token: its end, where it is long and one word. */
export function maskToken(token: string): string {
  if (MASKED.test(token)) return token;
  return token.length >= SHOWN_FROM_LENGTH && /^\S*[A-Za-z0-9_-]{3}$/.test(token) ? `${MASK}${token.slice(-3)}` : MASK;
}
