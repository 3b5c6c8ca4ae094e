import type { IncomingHttpHeaders } from 'node:http';
import type { AuthScheme } from './access.js';

/** A credential as a request carries it, not yet checked. */
export interface Presented {
  readonly scheme: AuthScheme;
  readonly secret: string;
  /** User name of HTTP Basic. */
  readonly user?: string;
}

/** Reads the credential in the first of the allowed schemes that the request uses; undefined when it uses none of them. */
export function readPresented(headers: IncomingHttpHeaders, allowed: readonly AuthScheme[]): Presented | undefined {
  for (const scheme of allowed) {
    const presented = READERS[scheme](headers);
    if (presented !== undefined) return presented;
  }
  return undefined;
}

const READERS: Readonly<Record<AuthScheme, (headers: IncomingHttpHeaders) => Presented | undefined>> = {
  bearer: ({ authorization }) => {
    const secret = /^Bearer +([^\s]+) *$/i.exec(authorization ?? '')?.[1];
    return secret === undefined ? undefined : { scheme: 'bearer', secret };
  },
  'x-api-key': (headers) => {
    const secret = headers['x-api-key'];
    return typeof secret === 'string' && secret !== '' ? { scheme: 'x-api-key', secret } : undefined;
  },
  basic: ({ authorization }) => {
    const encoded = /^Basic +([A-Za-z0-9+/=_-]+) *$/i.exec(authorization ?? '')?.[1];
    if (encoded === undefined) return undefined;
    // RFC 7617: the user name holds no colon; the password may.
    const [, user, secret] = /^([^:]*):(.*)$/s.exec(Buffer.from(encoded, 'base64').toString('utf8')) ?? [];
    return user === undefined || secret === undefined ? { scheme: 'basic', user: '', secret: '' } : { scheme: 'basic', user, secret };
  },
};

/** `WWW-Authenticate` (RFC 9110 section 11.6.1) of the allowed schemes. `error` is said of a bearer token that was refused (RFC 6750). */
export function challengeOf(allowed: readonly AuthScheme[], error?: string): string {
  const suffix = error === undefined ? '' : `, ${error}`;
  const challenges: Readonly<Record<AuthScheme, string>> = {
    bearer: `Bearer realm="tallymark"${suffix}`,
    'x-api-key': 'X-API-Key realm="tallymark"',
    basic: 'Basic realm="tallymark", charset="UTF-8"',
  };
  return allowed.map((scheme) => challenges[scheme]).join(', ');
}

/** How to send a credential, for people. */
export function instructionOf(allowed: readonly AuthScheme[]): string {
  const ways: Readonly<Record<AuthScheme, string>> = {
    bearer: '"Authorization: Bearer <API key>"',
    'x-api-key': '"X-API-Key: <API key>"',
    basic: '"Authorization: Basic <base64 of the key\'s name, a colon and the key>"',
  };
  return allowed.map((scheme) => ways[scheme]).join(' or ');
}
