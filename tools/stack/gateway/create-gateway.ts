import type { IncomingHttpHeaders } from 'node:http';
import type { IncomingHttpHeaders as Http2Headers } from 'node:http2';
import type { Readable } from 'node:stream';
import proxy from '@fastify/http-proxy';
import { lingerOverBody } from '@tallymark/service-kit/linger';
import Fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { codeOf } from '../stack-error.js';
import { renderDocsIndex } from './docs-index.js';
import { forwardHeaders } from './forwarded-headers.js';
import { BodyTooLargeError, limitBody } from './limit-body.js';
import { renderFailure } from './render-failure.js';
import { requestIdOf } from './request-id.js';
import { type Destination, routeRequest, SERVICE_NAMES, type ServiceName } from './routes.js';

/** What the gateway needs to know. */
export interface GatewayOptions {
  /** Such as `http://127.0.0.1:8081`. */
  readonly upstreams: Readonly<Record<ServiceName, string>>;
  /** Logs as JSON lines on standard output. Default false. */
  readonly log?: boolean;
}

/** A little more than ingest takes, so that ingest is who refuses, and says why. */
const BODY_LIMIT_BYTES = 6_000_000;
const UPSTREAM_TIMEOUT_MS = 60_000;
const RETRY_DELAY_MS = 150;
const READY_TIMEOUT_MS = 3_000;

/**
 * The one address of the platform: passes each request to its service as it is (bodies and answers as streams, compressed or not), and answers
 * itself for `/docs`, `/livez` and `/readyz`.
 */
export async function createGateway(options: GatewayOptions): Promise<FastifyInstance> {
  const gateway = Fastify({
    logger: options.log === true ? { level: 'warn', base: { service: 'gateway' } } : false,
    genReqId: requestIdOf,
    trustProxy: false,
    // Paths go on as they came; what they mean is for the services to say.
    routerOptions: { ignoreTrailingSlash: false, caseSensitive: true, maxParamLength: 10_000 },
    frameworkErrors: (error, request, reply) => sendFailure(request, reply, { status: error.statusCode ?? 400, message: error.message }),
    forceCloseConnections: 'idle',
    bodyLimit: BODY_LIMIT_BYTES,
  });

  gateway.addHook('preParsing', async (request, _reply, payload: Readable) => {
    const length = Number(request.headers['content-length'] ?? 0);
    if (length > BODY_LIMIT_BYTES) throw new BodyTooLargeError(`the body has ${length} bytes; expected ${BODY_LIMIT_BYTES} at most`);
    // Never the caller's own stream: a service that goes away would take the caller's connection with it.
    return length > 0 || request.headers['transfer-encoding'] !== undefined ? limitBody(payload, BODY_LIMIT_BYTES) : payload;
  });
  // An answer before the request has ended: its caller does not read yet, and would be cut off while it sends.
  gateway.addHook('onSend', (request, reply, payload, done) => {
    if (lingerOverBody(request.raw)) void reply.removeHeader('connection');
    done(null, payload);
  });
  gateway.setErrorHandler<FastifyError>((error, request, reply) =>
    sendFailure(request, reply, { status: statusOf(error), message: error.message }),
  );

  gateway.get('/livez', async () => ({ status: 'ok' }));
  gateway.get('/readyz', async (_request, reply) => {
    const checks = await Promise.all(SERVICE_NAMES.map(async (name) => [name, await isReady(options.upstreams[name])] as const));
    const ready = checks.every(([, isUp]) => isUp);
    return reply.code(ready ? 200 : 503).send({
      status: ready ? 'ok' : 'unavailable',
      checks: Object.fromEntries(checks.map(([name, isUp]) => [name, isUp ? 'ok' : 'failed'])),
    });
  });
  gateway.get('/docs', async (_request, reply) => reply.type('text/html; charset=utf-8').send(renderDocsIndex()));
  gateway.get('/docs/', async (_request, reply) => reply.redirect('/docs', 308));
  for (const name of SERVICE_NAMES) gateway.get(`/docs/${name}`, async (_request, reply) => reply.redirect(`/docs/${name}/`, 308));

  await gateway.register(proxy, {
    upstream: '',
    replyOptions: { getUpstream: (request) => options.upstreams[destinationOf(request.raw).service] },
    undici: {
      connections: 64,
      pipelining: 1,
      headersTimeout: UPSTREAM_TIMEOUT_MS,
      bodyTimeout: UPSTREAM_TIMEOUT_MS,
      keepAliveTimeout: 4_000,
    },
    disableRequestLogging: true,
    destroyAgent: true,
    handler: (request, reply) => {
      const destination = destinationOf(request.raw);
      return reply.from(destination.path, {
        getUpstream: () => options.upstreams[destination.service],
        rewriteRequestHeaders: (_request, headers) =>
          forwardHeaders(headers, { method: request.method, address: request.ip, host: request.headers.host ?? '', requestId: request.id }),
        rewriteHeaders: dropConnectionHeaders,
        // A refused connection reached nobody, so asking again is safe; a service that was killed is back in a moment.
        retryDelay: ({ err, attempt }) =>
          attempt === 0 && isIdempotent(request.method) && codeOf(err) === 'ECONNREFUSED' ? RETRY_DELAY_MS : null,
        onError: (_reply, { error }) => sendUpstreamFailure(request, reply, destination.service, error),
      });
    },
  });
  return gateway;
}

/** How a service keeps its connection to us is nothing to our caller. */
function dropConnectionHeaders(headers: IncomingHttpHeaders | Http2Headers): IncomingHttpHeaders | Http2Headers {
  const { connection: _connection, 'keep-alive': _keepAlive, ...kept } = headers;
  return kept;
}

function destinationOf(request: { readonly method?: string | undefined; readonly url?: string | undefined }): Destination {
  return routeRequest(request.method ?? 'GET', pathOf(request.url ?? '/'));
}

function pathOf(url: string): string {
  return url.split('?', 1)[0]!;
}

function isIdempotent(method: string): boolean {
  return method === 'GET' || method === 'HEAD';
}

async function isReady(upstream: string): Promise<boolean> {
  try {
    const response = await fetch(`${upstream}/readyz`, { signal: AbortSignal.timeout(READY_TIMEOUT_MS) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}

function statusOf(error: { readonly statusCode?: number | undefined }): number {
  return error.statusCode !== undefined && error.statusCode >= 400 ? error.statusCode : 500;
}

function sendUpstreamFailure(request: FastifyRequest, reply: FastifyReply, service: ServiceName, error: Error): void {
  const cause = error.cause;
  if (cause instanceof BodyTooLargeError) {
    sendFailure(request, reply, { status: 413, message: cause.message });
    return;
  }
  request.log.warn({ service, err: cause ?? error }, 'no answer from the service');
  sendFailure(request, reply, { status: 503, message: `${service} does not answer; expected to be back in a moment` });
}

function sendFailure(request: FastifyRequest, reply: FastifyReply, failure: { readonly status: number; readonly message: string }): void {
  const rendered = renderFailure(failure, { path: pathOf(request.url), id: request.id, now: new Date() });
  // Serialised here: Fastify would add a charset to a type of its own serialising.
  void reply
    .code(rendered.status)
    .headers({ ...rendered.headers, 'x-request-id': request.id })
    .send(Buffer.from(JSON.stringify(rendered.body)));
}
