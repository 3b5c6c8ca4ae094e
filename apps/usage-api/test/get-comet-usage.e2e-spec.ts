import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { COMET_USAGE_PATHS, type CometUsage, cometOpenApi } from '@tallymark/provider-contracts';
import { signCustomerToken } from '@tallymark/service-kit';
import { type TestDatabase, UsageWorld, addApiKey, startTestDatabase } from '@tallymark/testing';
import { limitLockWaits, startContractApp, whileLocked, whileMissing } from './support/contract-app.js';
import { schemaErrors } from './support/published-openapi.js';

const NOW = new Date('2026-11-11T12:00:00Z');
const SECRET = 'IncYP3edd3blm2ypLGFFOYwQsC5vff3n';

const report = {
  path: '/rest/v1/report/',
  method: 'POST',
  request: {
    body: { title: 'October', card: { number: '4111 1111 1111 1111' } },
    query: { access_token: SECRET },
    params: { reportId: 'r1' },
    headers: { Host: 'localhost:9000', Authorization: `Bearer ${SECRET}`, Cookie: 'sid=1', 'content-length': '37' },
  },
  response: { id: 'r1', count: 2 },
  status: 200,
};
const flat = (path: string, status = 200) => ({ method: 'get', path, status, bytes: 512 });
/** More than the SQL and the answer ever see whole. */
const large = { ...report, path: '/large', request: { ...report.request, body: { text: 'x'.repeat(60_000) } } };

describe('GET /v1/usage', () => {
  let database: TestDatabase;
  let world: UsageWorld;
  let app: NestFastifyApplication;
  let customerId: string;
  let key: string;

  beforeAll(async () => {
    database = await startTestDatabase({ now: NOW });
    await limitLockWaits(database);
    world = await UsageWorld.create(database, NOW);
    customerId = await world.addCustomer('edge-co');
    await world.owner.query('INSERT INTO customer_subject (organization_id, subject, customer_id) VALUES ($1, $2, $3)', [
      world.organizationId,
      'edge-co-2',
      customerId,
    ]);
    await world.addCustomer('other');
    const event = (subject: string, time: string, data?: unknown, type = 'api.request') => ({
      subject,
      time,
      type,
      ...(data === undefined ? {} : { data }),
    });
    await world.send([
      event('edge-co', '2026-11-11T08:07:39.839Z', flat('/rest/v1/late?q=1&q=2&password=x', 404)),
      event('edge-co', '2026-11-11T08:03:53.020Z', report),
      event('edge-co-2', '2026-11-11T08:05:00Z', flat('/second')),
      event('edge-co', '2026-11-01T00:00:00Z', undefined),
      event('edge-co', '2026-11-02T00:00:00Z', [1]),
      ...['/usage', '/v1/usage', '/rest/v1/usage', '/v1/usage/', '/usage?limit=1'].map((path) =>
        event('edge-co', '2026-11-11T09:00:00Z', flat(path)),
      ),
      event('edge-co', '2026-11-11T09:00:00Z', flat('/no-request'), 'page.viewed'),
      event('other', '2026-11-11T09:00:00Z', flat('/of-another')),
    ]);
    const stranger = await UsageWorld.create(database, NOW);
    await stranger.addCustomer('edge-co');
    await stranger.send([event('edge-co', '2026-11-11T10:00:00Z', flat('/of-another-organization'))]);
    key = await addApiKey(world.owner, world.organizationId, { customerId, scopes: ['usage:read'] });
    app = await startContractApp(database, () => NOW);
  });
  afterAll(async () => {
    await app.close();
    await database.stop();
  });

  const get = (url = '/v1/usage', headers: Record<string, string> = { authorization: `Bearer ${key}` }) =>
    app.inject({ method: 'GET', url, headers });
  const read = async (url?: string): Promise<CometUsage['requests']> => {
    const response = await get(url);
    expect([response.statusCode, response.headers['content-type']]).toEqual([200, 'application/json; charset=utf-8']);
    return response.json<CometUsage>().requests;
  };
  const paths = async (url?: string): Promise<string[]> => (await read(url)).map(({ path }) => path);

  it('6.3.6 6.3.9 lists the requests of all subjects of the customer, failed ones too, oldest first, and no one else’s', async () => {
    expect(await paths()).toEqual(['', '', '/rest/v1/report/', '/second', '/rest/v1/late']);
  });

  it('6.3.6 lists those of one millisecond oldest first too', async () => {
    const burst = await world.addCustomer('burst-co');
    await world.send(
      ['000002', '000001', '000003'].map((microseconds) => ({
        subject: 'burst-co',
        time: `2026-11-11T08:00:00.${microseconds}Z`,
        type: 'api.request',
        data: flat(`/${microseconds}`),
      })),
    );
    const theirs = await addApiKey(world.owner, world.organizationId, { customerId: burst, scopes: ['usage:read'] });
    const { requests } = (await get('/v1/usage', { authorization: `Bearer ${theirs}` })).json<CometUsage>();
    expect(requests.map(({ path }) => path)).toEqual(['/000001', '/000002', '/000003']);
  });

  it.each([...COMET_USAGE_PATHS])('6.3.2 answers at %s, and leaves out the requests to itself', async (path) => {
    expect(await paths(path)).toEqual(await paths());
  });

  it('6.3.1 shows whole requests with their secrets masked, also where none was masked when they were kept', async () => {
    expect((await get()).payload).not.toMatch(/IncYP3|4111|sid=1/);
    expect((await read())[2]).toEqual({
      path: '/rest/v1/report/',
      method: 'POST',
      request: {
        body: { title: 'October', card: { number: '****' } },
        query: { access_token: '****f3n' },
        params: { reportId: 'r1' },
        headers: { host: 'localhost:9000', authorization: 'Bearer ****f3n', cookie: '****', 'content-length': '37' },
      },
      response: { id: 'r1', count: 2 },
      status: 200,
      createdAt: '2026-11-11T08:03:53.020Z',
    });
  });

  it('6.3.7 6.3.8 shows events that hold less, or nothing, of a request', async () => {
    const empty = { body: {}, query: {}, params: {}, headers: {} };
    const [nothing, list, , second, late] = await read();
    expect(late).toMatchObject({ path: '/rest/v1/late', request: { query: { q: ['1', '2'], password: '****' } }, status: 404 });
    expect(second).toEqual({
      path: '/second',
      method: 'GET',
      request: empty,
      response: {},
      status: 200,
      createdAt: '2026-11-11T08:05:00.000Z',
    });
    for (const one of [nothing, list]) expect(one).toMatchObject({ path: '', method: '', request: empty, response: {}, status: 0 });
  });

  it('6.3.5 gives the newest so many, and the page before them', async () => {
    const page = await read('/v1/usage?limit=2');
    expect(page.map(({ path }) => path)).toEqual(['/second', '/rest/v1/late']);
    expect(await paths(`/v1/usage?limit=1&before=${page[0]!.createdAt}`)).toEqual(['/rest/v1/report/']);
    expect(await paths('/usage?before=2026-11-01T00:00:00Z')).toEqual([]);
  });

  it('6.3.4 6.3.5 cuts large parts, and ends a page of many large requests early', async () => {
    const largeCustomer = await world.addCustomer('large-co');
    await world.send(
      Array.from({ length: 100 }, (_, n) => ({
        subject: 'large-co',
        time: new Date(NOW.getTime() - n * 1_000).toISOString(),
        data: large,
      })),
    );
    const token = await addApiKey(world.owner, world.organizationId, { customerId: largeCustomer });
    const { requests } = (await get('/v1/usage', { authorization: `Bearer ${token}` })).json<CometUsage>();
    expect(requests.length).toBeGreaterThan(10);
    expect(requests.length).toBeLessThan(100);
    expect(requests.at(-1)!.createdAt).toBe(NOW.toISOString());
    expect(JSON.stringify(requests[0]!.request.body)).toMatch(/x\[truncated: \d+ more characters\]/);
  });

  it('is read by a client that states a content type although it sends no body', async () => {
    expect((await get('/v1/usage', { authorization: `Bearer ${key}`, 'content-type': 'application/json' })).statusCode).toBe(200);
  });

  it('6.3.3 answers JSON, as its document says, and says up to when', async () => {
    const response = await get();
    expect(response.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(schemaErrors(cometOpenApi, '/components/schemas/CometUsage', response.json())).toEqual([]);
    expect(response.headers['tallymark-as-of']).toBe(NOW.toISOString());
  });

  it('takes the session token of a customer', async () => {
    const token = await signCustomerToken(
      's'.repeat(32),
      { organizationId: world.organizationId, customerId, expiresAt: new Date(NOW.getTime() + 60_000) },
      NOW,
    );
    expect((await get('/v1/usage', { authorization: `Bearer ${token}` })).statusCode).toBe(200);
  });

  it.each<[string, () => Promise<string> | string, number, string]>([
    ['no key', () => '', 401, 'Unauthorized'],
    ['an unknown key', () => 'Bearer x', 401, 'Unauthorized'],
    ['a key of the organization', async () => `Bearer ${await addApiKey(world.owner, world.organizationId)}`, 403, 'a key of one customer'],
    [
      'a key without the scope',
      async () => `Bearer ${await addApiKey(world.owner, world.organizationId, { customerId, scopes: ['analytic:read'] })}`,
      403,
      'usage:read',
    ],
  ])('refuses %s in the words of the contract', async (_name, authorization, status, message) => {
    const response = await get('/v1/usage', { authorization: await authorization() });
    expect([response.statusCode, response.json()]).toEqual([status, { message: expect.stringContaining(message) }]);
  });

  it.each(['?limit=0', '?limit=1001', '?limit=1&limit=2', '?before=yesterday'])('refuses %s', async (query) => {
    const response = await get(`/v1/usage${query}`);
    expect([response.statusCode, response.json()]).toEqual([400, { message: expect.stringContaining(query.slice(1).split('=')[0]!) }]);
  });

  it('6.3.8 speaks the contract below its paths, for wrong methods, and when the database is away or broken', async () => {
    const headers = { authorization: `Bearer ${key}` };
    const answers = [
      await get('/v1/usage/more', headers),
      await app.inject({ method: 'POST', url: '/usage', headers }),
      await whileLocked(world, 'event', () => get()),
      await whileMissing(world, 'catalogue_version', () => get()),
    ];
    expect(answers.map((answer) => [answer.statusCode, answer.json()])).toEqual(
      [404, 405, 503, 500].map((status) => [status, { message: expect.any(String) }]),
    );
  });
});
