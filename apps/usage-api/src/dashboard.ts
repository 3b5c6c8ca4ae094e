import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';

/** Everything comes from here; styles set by scripts pass through the CSSOM, which the policy does not touch. */
const PAGE_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'";

/** Serves the built dashboard at `/`. Its assets have names with hashes, so only the page itself is asked for anew. */
export async function serveDashboard(instance: FastifyInstance, directory: string): Promise<void> {
  await instance.register(fastifyStatic, {
    root: directory,
    wildcard: false,
    cacheControl: false,
    setHeaders: (reply, path) => {
      void reply.header('content-security-policy', PAGE_POLICY);
      void reply.header('cache-control', path.endsWith('.html') ? 'no-cache' : 'public, max-age=31536000, immutable');
    },
  });
}
