/**
 * Why a name makes its value a secret.
 * `credential`: a long random value, of which the end may be shown. `opaque`: a value of which nothing may be shown.
 * `counted`: a credential if it is text; as a number it counts something (`prompt_tokens: 512`).
 */
export type Sensitivity = 'credential' | 'opaque' | 'counted';

/** Parts of names, lower case and without separators. */
const OPAQUE_PARTS = [
  'password',
  'passwd',
  'pwd',
  'passphrase',
  'passcode',
  'secret',
  'cookie',
  'privatekey',
  'credential',
  'sessionid',
  'cardnumber',
  'connectionstring',
];
const OPAQUE_NAMES = new Set(['auth', 'pass', 'pin', 'pan', 'cvv', 'cvc', 'cvv2', 'otp', 'sid', 'jsessionid', 'phpsessid', 'dsn']);
const CREDENTIAL_PARTS = [
  'authorization',
  'apikey',
  'token',
  'accesskey',
  'signingkey',
  'encryptionkey',
  'xauth',
  'authkey',
  'jwt',
  'signature',
  'assertion',
];

/** Names that hold a part of the above but name no secret. */
const HARMLESS_NAMES = new Set(['tokentype', 'tokendefinitionid', 'signatureversion', 'signaturemethod']);
const COUNTS = /tokens|token(?:count|limit|usage|budget)/;

/**
 * What a member, header, parameter or cookie of this name holds: null for nothing secret. Case, separators and percent-encoding of the name
 * do not matter: `X-API-Key`, `apiKey`, `api%5Fkey` are one.
 */
export function sensitivityOf(name: string): Sensitivity | null {
  if (name.length > KNOWN_LENGTH) return findSensitivity(name);
  const known = knownNames.get(name);
  if (known !== undefined) return known;
  const found = findSensitivity(name);
  if (knownNames.size >= KNOWN_NAMES) knownNames.clear();
  knownNames.set(name, found);
  return found;
}

/** Names of late: events of one type have the same ones. */
const knownNames = new Map<string, Sensitivity | null>();
const KNOWN_NAMES = 5_000;
const KNOWN_LENGTH = 64;

function findSensitivity(name: string): Sensitivity | null {
  const plain = decodeEscapes(name)
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '');
  if (HARMLESS_NAMES.has(plain)) return null;
  if (OPAQUE_NAMES.has(plain) || OPAQUE_PARTS.some((part) => plain.includes(part))) return 'opaque';
  if (!CREDENTIAL_PARTS.some((part) => plain.includes(part))) return null;
  return COUNTS.test(plain) ? 'counted' : 'credential';
}

/** Percent-encoded parts of a text decoded once, where they are well-formed UTF-8. */
export function decodeEscapes(text: string): string {
  if (!text.includes('%')) return text;
  return text.replace(/(?:%[0-9A-Fa-f]{2})+/g, (escapes) => {
    try {
      return decodeURIComponent(escapes);
    } catch {
      return escapes;
    }
  });
}
