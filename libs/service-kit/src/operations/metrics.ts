import type { INestApplicationContext } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';

export { Counter, Gauge, Histogram, Registry };

/** Seconds. From a cached read to a slow report. */
const DURATION_BUCKETS = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** The service's registry, to which applications add their own: `new Counter({ …, registers: [metricsRegistry(app)] })`. No tenant labels. */
export function metricsRegistry(app: INestApplicationContext): Registry {
  return app.get(Registry);
}

/** A registry with the metrics of the process. */
export function createRegistry(): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return registry;
}

/** Connections of a database pool, and requests that wait for one. */
export interface PoolStatus {
  readonly total: number;
  readonly idle: number;
  readonly waiting: number;
}

/** Shows a database pool as it is when the metrics are read. */
export function addPoolMetrics(registry: Registry, readStatus: () => PoolStatus): void {
  new Gauge({
    name: 'database_pool_connections',
    help: 'Connections of the pool, and requests that wait for one',
    labelNames: ['state'],
    registers: [registry],
    collect() {
      const { total, idle, waiting } = readStatus();
      this.set({ state: 'busy' }, total - idle);
      this.set({ state: 'idle' }, idle);
      this.set({ state: 'waiting' }, waiting);
    },
  });
}

/** Durations of requests, by method, template of the route and status. */
export type RequestDurations = Histogram<'method' | 'route' | 'status'>;

/** Serves `/metrics`, and measures every request by the template of its route, so that ids make no series of their own. */
export function addMetrics(instance: FastifyInstance, registry: Registry): RequestDurations {
  const duration: RequestDurations = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from the request line to the end of the answer',
    labelNames: ['method', 'route', 'status'],
    buckets: DURATION_BUCKETS,
    registers: [registry],
  });
  instance.addHook('onResponse', async (request, reply) => {
    duration.observe(
      { method: request.method, route: request.routeOptions.url ?? 'none', status: String(reply.statusCode) },
      reply.elapsedTime / 1_000,
    );
  });
  instance.get('/metrics', async (_, reply) => reply.type(registry.contentType).send(await registry.metrics()));
  return duration;
}
