import { afterEach, describe, expect, it } from '@jest/globals';
import { type Fixture, createFixture, gate } from '../../test/fixture-service.js';
import type { ReadinessCheck } from '../service-options.js';
import { Lifecycle } from './lifecycle.js';
import { createLogger } from './logger.js';
import { Counter, metricsRegistry } from './metrics.js';

let fixture: Fixture;
afterEach(() => fixture.app.close());

const logged = (): Record<string, unknown>[] => fixture.lines.map((line) => JSON.parse(line) as Record<string, unknown>);
const get = (url: string, headers: Record<string, string> = {}): ReturnType<Fixture['app']['inject']> =>
  fixture.app.inject({ method: 'GET', url, headers });

describe('logs', () => {
  it('have one line per request, with its trace, and neither query nor headers', async () => {
    fixture = await createFixture();
    await get('/platform/v1/things/view?customer=canary-1', {
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      'x-request-id': 'request-1',
      authorization: 'Bearer canary-2',
      cookie: 'session=canary-3',
    });
    const lines = logged().filter(({ msg }) => msg === 'request completed');
    expect(lines).toEqual([
      {
        level: 'info',
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
        service: 'fixture',
        version: '1.2.3',
        request_id: 'request-1',
        trace_id: '0af7651916cd43dd8448eb211c80319c',
        span_id: expect.stringMatching(/^[\da-f]{16}$/),
        parent_span_id: 'b7ad6b7169203331',
        method: 'GET',
        path: '/platform/v1/things/view',
        route: '/platform/v1/things/view',
        client_address: '127.0.0.1',
        status: 200,
        duration_ms: expect.any(Number),
        msg: 'request completed',
      },
    ]);
    expect(fixture.lines.join('')).not.toContain('canary');
  });

  it('are silent about probes', async () => {
    fixture = await createFixture();
    const before = fixture.lines.length;
    await Promise.all([get('/livez'), get('/readyz'), get('/metrics')]);
    expect(fixture.lines.length).toBe(before);
  });

  it('never hold a key, not even inside a message', async () => {
    fixture = await createFixture();
    await get('/platform/v1/things/failures/leaky');
    expect(fixture.lines.join('')).toContain('refused [redacted]');
    expect(fixture.lines.join('')).not.toContain('tm_live_0');
  });

  it('redact the headers of whatever is logged', async () => {
    fixture = await createFixture();
    const lines: string[] = [];
    const logger = createLogger({ name: 'x', version: '1', level: 'info', destination: { write: (line) => void lines.push(line) } });
    const headers = { authorization: 'Bearer canary', cookie: 'canary', 'x-api-key': 'canary', 'set-cookie': 'canary', accept: 'kept' };
    logger.info({ headers });
    logger.info({ req: { headers } });
    logger.info({ upstream: { headers } });
    expect(lines.join('')).not.toContain('canary');
    expect(lines.filter((line) => line.includes('kept'))).toHaveLength(3);
  });

  it('name the request during which a part of the application wrote', async () => {
    fixture = await createFixture();
    await get('/platform/v1/things/slow', { 'x-request-id': 'request-2' });
    expect(logged()).toContainEqual(
      expect.objectContaining({ context: 'Slow', msg: 'waiting', request_id: 'request-2', trace_id: expect.any(String) }),
    );
  });
});

describe('metrics', () => {
  it('measure requests by the route’s template, and hold those of the process and the application', async () => {
    fixture = await createFixture();
    new Counter({ name: 'events_stored_total', help: 'Events', registers: [metricsRegistry(fixture.app)] }).inc(3);
    await get('/metrics/usage/accounts/acme.json');
    await get('/nothing/here');
    const { body, headers } = await get('/metrics');
    expect(headers['content-type']).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(body).toContain('http_request_duration_seconds_count{method="GET",route="/metrics/usage/accounts/:account",status="401"} 1');
    expect(body).toContain('http_request_duration_seconds_count{method="GET",route="none",status="404"} 1');
    expect(body).toContain('events_stored_total 3');
    expect(body).toContain('process_cpu_seconds_total');
    expect(body).not.toContain('acme');
  });
});

describe('readiness', () => {
  const well: ReadinessCheck = { name: 'database', check: async () => undefined };
  const broken: ReadinessCheck = {
    name: 'migrations',
    check: () => Promise.reject(new Error('password authentication failed for user "secret-user"')),
  };
  const stuck: ReadinessCheck = { name: 'lag', timeoutMs: 1, check: () => new Promise<void>(() => undefined) };

  it.each([
    ['nothing is checked', [], 200, { status: 'ok', checks: {} }],
    ['all is well', [well], 200, { status: 'ok', checks: { database: 'ok' } }],
    ['one check fails', [well, broken], 503, { status: 'unavailable', checks: { database: 'ok', migrations: 'failed' } }],
    ['one check hangs', [well, stuck], 503, { status: 'unavailable', checks: { database: 'ok', lag: 'timed_out' } }],
  ])('when %s', async (_, readiness, status, body) => {
    fixture = await createFixture({ readiness });
    const response = await get('/readyz');
    expect([response.statusCode, response.json()]).toEqual([status, body]);
    expect(response.headers['cache-control']).toBe('no-store');
    expect((await get('/livez')).json()).toEqual({ status: 'ok' });
  });

  it('gives a check the application, and tells the log why it failed', async () => {
    fixture = await createFixture({
      readiness: [broken, { name: 'parts', check: async ({ app, signal }) => void [app.get(Lifecycle), signal.throwIfAborted()] }],
    });
    expect((await get('/readyz')).json()).toMatchObject({ checks: { parts: 'ok' } });
    expect(logged()).toContainEqual(
      expect.objectContaining({
        level: 'warn',
        check: 'migrations',
        err: expect.objectContaining({ message: expect.stringContaining('secret-user') }),
      }),
    );
  });

  it('ends with draining: what runs is finished, what is new is refused in the form of its path', async () => {
    fixture = await createFixture();
    let open = (): void => undefined;
    gate.opened = new Promise((resolve) => (open = resolve));
    const entered = new Promise<void>((resolve) => (gate.entered = resolve));
    const running = get('/platform/v1/things/slow');
    await entered;
    fixture.app.get(Lifecycle).drain();
    const [ready, live, late, contract] = await Promise.all([
      get('/readyz'),
      get('/livez'),
      get('/platform/v1/things/view'),
      get('/metrics/usage/accounts/acme.json'),
    ]);
    expect([ready.statusCode, ready.json()]).toEqual([503, { status: 'draining', checks: {} }]);
    expect(live.statusCode).toBe(200);
    expect([late.statusCode, late.headers['retry-after'], late.headers['connection']]).toEqual([503, '1', 'close']);
    expect(late.json()).toMatchObject({ code: 'unavailable' });
    expect([contract.statusCode, contract.json()]).toMatchObject([503, { error: { message: expect.any(String) } }]);
    const order: string[] = [];
    const idle = fixture.app
      .get(Lifecycle)
      .idle()
      .then(() => order.push('idle'));
    void running.then(() => order.push('answered'));
    await get('/livez');
    expect(order).toEqual([]);
    open();
    await idle;
    expect((await running).json()).toEqual({ done: true });
  });
});
