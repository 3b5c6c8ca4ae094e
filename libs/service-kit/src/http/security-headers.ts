import type { FastifyInstance } from 'fastify';

/** Answers of an API hold data alone: nothing in them may load, run or be framed. */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cache-control': 'no-store',
};

/** Sets each header that the route did not set itself, at the last moment, on errors as on answers. */
export function addSecurityHeaders(instance: FastifyInstance): void {
  instance.addHook('onSend', async (_, reply, payload) => {
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) {
      if (!reply.hasHeader(name) && !reply.raw.hasHeader(name)) void reply.header(name, value);
    }
    return payload;
  });
}
