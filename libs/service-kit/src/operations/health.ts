import type { INestApplicationContext } from '@nestjs/common';
import { DomainError } from '@tallymark/domain';
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import { pathOf } from '../http/request-path.js';
import type { ReadinessCheck } from '../service-options.js';
import type { Lifecycle } from './lifecycle.js';
import { onceGone } from './once-gone.js';

const DEFAULT_TIMEOUT_MS = 2_000;
const ALWAYS_SERVED = new Set(['/livez', '/readyz', '/metrics']);

type Verdict = 'ok' | 'failed' | 'timed_out';

/** Serves `/livez` (the process answers) and `/readyz` (it should get requests), and refuses new requests while draining. */
export function addHealth(
  instance: FastifyInstance,
  lifecycle: Lifecycle,
  checks: readonly ReadinessCheck[],
  app: () => INestApplicationContext,
): void {
  instance.addHook('onRequest', async (request, reply) => {
    lifecycle.enter(request);
    // A client that went away gets no answer, so Fastify tells of none.
    const leave = (): void => {
      callOff();
      lifecycle.leave(request);
    };
    const callOff = onceGone(request.raw.socket, leave);
    reply.raw.once('close', leave);
    if (!lifecycle.isDraining) return;
    void reply.header('connection', 'close');
    if (!ALWAYS_SERVED.has(pathOf(request.url)))
      throw new DomainError('unavailable', 'the service is shutting down; another instance will answer', { retryAfterSeconds: 1 });
  });
  instance.addHook('onResponse', async (request) => lifecycle.leave(request));
  instance.get('/livez', async () => ({ status: 'ok' }));
  instance.get('/readyz', async (request, reply) => {
    if (lifecycle.isDraining) return reply.code(503).send({ status: 'draining', checks: {} });
    const verdicts = await Promise.all(checks.map(async (check) => [check.name, await runCheck(check, app(), request.log)] as const));
    const isReady = verdicts.every(([, verdict]) => verdict === 'ok');
    return reply.code(isReady ? 200 : 503).send({ status: isReady ? 'ok' : 'unavailable', checks: Object.fromEntries(verdicts) });
  });
}

/** The reason of a failure is for the log alone: it may name hosts and users. */
async function runCheck(check: ReadinessCheck, app: INestApplicationContext, log: FastifyBaseLogger): Promise<Verdict> {
  const controller = new AbortController();
  const { signal } = controller;
  const timer = setTimeout(() => controller.abort(), check.timeoutMs ?? DEFAULT_TIMEOUT_MS);
  const timeOut = new Promise<Verdict>((resolve) => signal.addEventListener('abort', () => resolve('timed_out')));
  try {
    return await Promise.race([check.check({ app, signal }).then((): Verdict => 'ok'), timeOut]);
  } catch (error) {
    log.warn({ err: error, check: check.name }, 'readiness check failed');
    return 'failed';
  } finally {
    clearTimeout(timer);
  }
}
