/** The protection space that a 401 names. */
export const GNIP_REALM = 'Usage API';

/** The security scheme, as OpenAPI writes it: the user is a person's e-mail address. */
export const GNIP_AUTH = { type: 'http', scheme: 'basic' } as const;

/** What a Basic `Authorization` header holds. */
export interface BasicCredentials {
  readonly user: string;
  /** May hold colons. */
  readonly password: string;
}

/** Reads a Basic `Authorization` header (RFC 7617, UTF-8). Null when it is absent, of another scheme or malformed. */
export function parseBasicCredentials(authorization: string | undefined): BasicCredentials | null {
  const encoded = /^basic +([A-Za-z0-9+/]+={0,2})$/i.exec(authorization ?? '')?.[1];
  const text = encoded === undefined ? null : decodeBase64(encoded);
  // A user can't hold a colon, a password can: split at the first.
  const colon = text?.indexOf(':') ?? -1;
  return text === null || colon < 0 ? null : { user: text.slice(0, colon), password: text.slice(colon + 1) };
}

/** The Basic `Authorization` header of these credentials. @throws RangeError when the user holds a colon, which the scheme can't carry. */
export function buildBasicAuthorization({ user, password }: BasicCredentials): string {
  if (user.includes(':')) throw new RangeError(`user ${JSON.stringify(user)} holds a colon; a Basic user must not`);
  const bytes = new TextEncoder().encode(`${user}:${password}`);
  return `Basic ${btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))}`;
}

function decodeBase64(encoded: string): string | null {
  try {
    const bytes = Uint8Array.from(atob(encoded), (character) => character.charCodeAt(0));
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}
