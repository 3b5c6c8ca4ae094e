import type { IncomingMessage } from 'node:http';
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import type { Bindings, ChildLoggerOptions } from 'pino';
import { pathOf } from '../http/request-path.js';
import { traceOf } from './trace-context.js';

/** Probes come every few seconds and tell nothing. */
const QUIET_PATHS = new Set(['/livez', '/readyz', '/metrics']);

/** What is logged of a request when it is over: never its query, headers or body. */
export interface CompletedRequest {
  readonly method: string;
  readonly path: string;
  /** Template; null where no route was found. */
  readonly route: string | null;
  readonly clientAddress: string;
  readonly status: number;
  readonly durationMs: number;
}

/** Echoes the request's id, and logs one line per request when it is over. */
export function addRequestLog(instance: FastifyInstance): void {
  instance.addHook('onRequest', async (request, reply) => {
    void reply.header('x-request-id', request.id);
  });
  instance.addHook('onResponse', async (request, reply) => {
    const path = pathOf(request.url);
    if (!tellsOf(request.log, path)) return;
    logRequest(request.log, {
      method: request.method,
      path,
      route: request.routeOptions.url ?? null,
      clientAddress: request.ip,
      status: reply.statusCode,
      durationMs: reply.elapsedTime,
    });
  });
}

/** Whether the log takes a line about a request to this path: what is in it costs more than to ask. */
export function tellsOf(log: FastifyBaseLogger & { isLevelEnabled?: (level: string) => boolean }, path: string): boolean {
  return log.isLevelEnabled?.(levelOf(path)) ?? true;
}

export function logRequest(log: FastifyBaseLogger, { method, path, route, clientAddress, status, durationMs }: CompletedRequest): void {
  log[levelOf(path)](
    { method, path, route, client_address: clientAddress, status, duration_ms: Math.round(durationMs * 1_000) / 1_000 },
    'request completed',
  );
}

function levelOf(path: string): 'debug' | 'info' {
  return QUIET_PATHS.has(path) ? 'debug' : 'info';
}

/** The logger of one request: every line names the request and its place in the trace. */
export function createRequestLogger(
  logger: FastifyBaseLogger,
  message: IncomingMessage,
  requestId: string,
  options?: ChildLoggerOptions,
): FastifyBaseLogger {
  const { traceId, spanId, parentSpanId } = traceOf(message);
  const parent: Bindings = parentSpanId === null ? {} : { parent_span_id: parentSpanId };
  return logger.child({ request_id: requestId, trace_id: traceId, span_id: spanId, ...parent }, options);
}
