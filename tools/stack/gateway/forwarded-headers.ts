import type { IncomingHttpHeaders } from 'node:http';

/** Headers by which a caller could pretend to come from somewhere else or to be somebody else. */
const UNTRUSTED = /^(?:forwarded|x-forwarded-.*|x-real-ip|x-original-.*|x-rewrite-url|x-tenant-id|x-user-id|x-organization-id)$/;
/** Headers between two neighbours (RFC 9110, 7.6.1), and `expect`, which Node has answered by now. */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
  'expect',
]);

/** What the gateway knows about a request itself. */
export interface Caller {
  readonly method: string;
  readonly address: string;
  /** The `Host` header. */
  readonly host: string;
  readonly requestId: string;
}

/** The headers that a service gets. `headers` are the caller's, with names in lower case and `host` already the service's. */
export function forwardHeaders(headers: IncomingHttpHeaders, caller: Caller): IncomingHttpHeaders {
  // A GET's body is never read, so its length would be a promise that nobody keeps.
  const isBodiless = caller.method === 'GET' || caller.method === 'HEAD';
  const kept = Object.entries(headers).filter(
    ([name]) => !UNTRUSTED.test(name) && !HOP_BY_HOP.has(name) && !(isBodiless && name === 'content-length'),
  );
  return {
    ...Object.fromEntries(kept),
    'x-forwarded-for': caller.address,
    'x-forwarded-host': caller.host,
    'x-forwarded-proto': 'http',
    'x-request-id': caller.requestId,
  };
}
