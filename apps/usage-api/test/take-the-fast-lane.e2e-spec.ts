import { Agent, request as startRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { type TestDatabase, UsageWorld, addApiKey, startTestDatabase } from '@tallymark/testing';
import { START_TIMEOUT_MS } from './support/catalogue-app.js';
import { startContractApp } from './support/contract-app.js';

const NOW = new Date('2026-03-12T09:00:00Z');
const PROJECT = '7d2f4c1e-58a3-4b6f-9f0e-3a1c5b8d2e64';
const CROSSMINT = '/api/v1-alpha1/projects';
const WALLETS = 'dimension=monthly_active_wallets&startDate=2026-03';
const LAGO = '/api/v1/analytics/usage?time_granularity=monthly';
const GNIP = '/metrics/usage/accounts';
/** Matches no answer, and is of no interest to the fast lane. */
const ORDINARY = { 'if-none-match': '"another"' };

type Headers = Readonly<Record<string, string>>;

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}

describe('the contracts in the fast lane', () => {
  let database: TestDatabase;
  let world: UsageWorld;
  let app: NestFastifyApplication;
  let port: number;
  let key: string;
  let organizationKey: string;
  let blindKey: string;
  const agent = new Agent({ keepAlive: true });

  beforeAll(async () => {
    database = await startTestDatabase({ now: NOW });
    world = await UsageWorld.create(database, NOW);
    const groupBy = { publisher: '$.publisher', product: '$.product', endpoint: '$.endpoint', label: '$.label' };
    await world.addMeter('api_calls');
    await world.addMeter('monthly_active_wallets', {
      eventType: 'wallet.active',
      aggregation: 'unique_count',
      valueProperty: '$.walletId',
    });
    await world.addMeter('streamed', { eventType: 'stream', aggregation: 'unique_count', valueProperty: '$.id', groupBy });
    const customerId = await world.addCustomer(PROJECT);
    await world.subscribe({ customerId, charges: [{ metric: 'api_calls' }], startedAt: '2026-02-01T00:00:00Z' });
    await world.use([
      { subject: PROJECT, time: '2026-03-02T10:00:00Z', data: { path: '/ünï?q=1', method: 'GET', status: 200 } },
      { subject: PROJECT, time: '2026-03-03T10:00:00Z', type: 'wallet.active', data: { walletId: 'w' } },
      { subject: PROJECT, time: '2026-03-04T10:00:00Z', type: 'stream', data: { id: 's', publisher: 'p', product: 'q', endpoint: 'e' } },
    ]);
    key = await addApiKey(world.owner, world.organizationId, { customerId, scopes: ['usage:read', 'projects:usage.read'] });
    organizationKey = await addApiKey(world.owner, world.organizationId, { scopes: ['usage:read', 'analytic:read'] });
    blindKey = await addApiKey(world.owner, world.organizationId, { customerId, scopes: ['events:read'] });
    await world.owner.query(`UPDATE api_key SET name = 'reader'`);
    app = await startContractApp(database, () => NOW, { GNIP_REQUESTS_PER_MINUTE: '1000' });
    await app.listen(0, '127.0.0.1');
    port = (app.getHttpServer().address() as AddressInfo).port;
  }, START_TIMEOUT_MS);
  afterAll(async () => {
    agent.destroy();
    await app.close();
    await database.stop();
  });

  const bearer = (secret: string): Headers => ({ authorization: `Bearer ${secret}` });
  const basic = (secret: string, user = 'reader'): Headers => ({
    authorization: `Basic ${Buffer.from(`${user}:${secret}`).toString('base64')}`,
  });
  const get = (path: string, headers: Headers): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const sent = startRequest({ agent, port, path, headers: { 'x-request-id': 'request-1', ...headers } }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('end', () => {
          const { date: _, ...rest } = answer.headers;
          resolve({ status: answer.statusCode!, headers: rest as Headers, body: Buffer.concat(chunks).toString('utf8') });
        });
      });
      sent.on('error', reject);
      sent.end();
    });
  const countTaken = async (): Promise<number> => {
    const { body } = await get('/metrics', {});
    return Number(/^http_fast_reads_total (\d+)$/m.exec(body)![1]);
  };

  /** How often the fast lane answers a request that comes twice. */
  const cases: readonly [name: string, taken: 0 | 2, status: number, path: string, headers: () => Headers][] = [
    ['billing', 2, 200, '/api/billing/usage', () => bearer(key)],
    ['billing of a window', 2, 200, '/api/billing/usage?startDate=2026-02-01&endDate=2026-02-28', () => bearer(key)],
    ['billing of some metrics', 2, 200, '/api/billing/usage?metrics=api_calls,storage', () => bearer(key)],
    ['billing, malformed', 2, 400, '/api/billing/usage?startDate=yesterday', () => bearer(key)],
    ['billing of an organization', 2, 403, '/api/billing/usage', () => bearer(organizationKey)],
    ['billing without the scope', 0, 403, '/api/billing/usage', () => bearer(blindKey)],
    ['billing of nobody', 0, 401, '/api/billing/usage', () => ({})],
    ['billing of a key that is none', 0, 401, '/api/billing/usage', () => bearer(`${key}x`)],
    ['billing with a key in the URL', 0, 400, '/api/billing/usage?api_key=1', () => bearer(key)],
    ['crossmint', 2, 200, `${CROSSMINT}/${PROJECT}/usage?${WALLETS}`, () => ({ 'x-api-key': key })],
    ['crossmint by default', 2, 200, `${CROSSMINT}/default/usage?${WALLETS}`, () => ({ 'x-api-key': key })],
    ['crossmint, malformed', 2, 400, `${CROSSMINT}/default/usage?dimension=x`, () => ({ 'x-api-key': key })],
    ['crossmint, another project', 2, 403, `${CROSSMINT}/${PROJECT.replace('7', '8')}/usage?${WALLETS}`, () => ({ 'x-api-key': key })],
    ['crossmint, no project', 2, 403, `${CROSSMINT}/nobody/usage?${WALLETS}`, () => ({ 'x-api-key': key })],
    ['crossmint by a bearer', 0, 403, `${CROSSMINT}/default/usage?${WALLETS}`, () => bearer(key)],
    ['comet', 2, 200, '/v1/usage', () => bearer(key)],
    ['comet of an organization', 2, 403, '/v1/usage', () => bearer(organizationKey)],
    ['comet, a page', 2, 200, '/v1/usage?limit=1&before=2026-03-10T00:00:00.000Z', () => bearer(key)],
    ['comet, malformed', 2, 400, '/v1/usage?limit=0', () => bearer(key)],
    ['comet, encoded', 0, 200, '/v1/usage?before=2026-03-10T00%3A00%3A00.000Z', () => bearer(key)],
    ['lago', 2, 200, LAGO, () => bearer(organizationKey)],
    ['lago of a customer', 2, 200, `${LAGO}&external_customer_id=${PROJECT}`, () => bearer(organizationKey)],
    ['lago of a customer that is none', 2, 200, `${LAGO}&external_customer_id=nobody`, () => bearer(organizationKey)],
    ['lago, malformed', 2, 400, `${LAGO}&currency=bitcoin`, () => bearer(organizationKey)],
    ['lago, repeated', 0, 400, `${LAGO}&currency=USD&currency=EUR`, () => bearer(organizationKey)],
    ['gnip', 2, 200, `${GNIP}/${PROJECT}.json`, () => basic(key)],
    ['gnip by month', 2, 200, `${GNIP}/${PROJECT}.json?bucket=month`, () => basic(key)],
    ['gnip, malformed', 2, 400, `${GNIP}/${PROJECT}.json?bucket=year`, () => basic(key)],
    ['gnip, another account', 2, 404, `${GNIP}/other.json`, () => basic(key)],
    ['gnip of another user', 0, 401, `${GNIP}/${PROJECT}.json`, () => basic(key, 'writer')],
  ];

  it.each(cases)('%s: the same answer as the ordinary one', async (_name, taken, status, path, headers) => {
    const before = await countTaken();
    const answers = [await get(path, headers()), await get(path, headers())];
    expect((await countTaken()) - before).toBe(taken);
    const ordinary = await get(path, { ...headers(), ...ORDINARY });
    expect((await countTaken()) - before).toBe(taken);
    expect(ordinary.status).toBe(status);
    expect(answers).toEqual([ordinary, ordinary]);
  });

  it('has an ETag by which nothing is sent again', async () => {
    const { headers, body } = await get('/v1/usage', bearer(key));
    expect(body).not.toBe('');
    const again = await get('/v1/usage', { ...bearer(key), 'if-none-match': headers['etag']! });
    expect([again.status, again.body]).toEqual([304, '']);
  });

  it('is measured by the template of the route, as the ordinary way is', async () => {
    await get(`${GNIP}/${PROJECT}.json`, basic(key));
    const { body } = await get('/metrics', {});
    const routes = [...body.matchAll(/^http_request_duration_seconds_count\{method="GET",route="([^"]+)",status="200"\}/gm)].map(
      ([, route]) => route,
    );
    expect(routes).toContain('/metrics/usage/accounts/:account.json');
    expect(routes.filter((route) => route!.includes(PROJECT))).toEqual([]);
  });
});
