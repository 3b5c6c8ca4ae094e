import type { FastifyInstance } from 'fastify';
import { pathOf } from '../http/request-path.js';

/** Probes come every few seconds and tell nothing. */
const QUIET_PATHS = new Set(['/livez', '/readyz', '/metrics']);

/** Echoes the request's id, and logs one line per request when it is over: never its query, headers or body. */
export function addRequestLog(instance: FastifyInstance): void {
  instance.addHook('onRequest', async (request, reply) => {
    void reply.header('x-request-id', request.id);
  });
  instance.addHook('onResponse', async (request, reply) => {
    const path = pathOf(request.url);
    const level = QUIET_PATHS.has(path) ? 'debug' : 'info';
    request.log[level](
      {
        method: request.method,
        path,
        route: request.routeOptions.url ?? null,
        client_address: request.ip,
        status: reply.statusCode,
        duration_ms: Math.round(reply.elapsedTime * 1_000) / 1_000,
      },
      'request completed',
    );
  });
}
