import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { type TestDatabase, UsageWorld, addApiKey, startTestDatabase } from '@tallymark/testing';
import { START_TIMEOUT_MS } from './support/catalogue-app.js';
import { limitLockWaits, startContractApp, whileLocked } from './support/contract-app.js';
import { responseSchemaPath, schemaErrors } from './support/published-openapi.js';

const NOW = new Date('2026-03-12T09:00:00Z');
const PROJECT = '7d2f4c1e-58a3-4b6f-9f0e-3a1c5b8d2e64';
const OTHER_PROJECT = '1f0e9d8c-7b6a-4543-8210-fedcba987654';
const PATH = '/api/v1-alpha1/projects/{projectId}/usage';
const FORBIDDEN = { error: 'Forbidden', message: expect.stringContaining('projects:usage.read') };

interface Body {
  error: unknown;
  message: string;
  validationErrors: { message: string }[];
}

describe('refusals of GET /api/v1-alpha1/projects/{projectId}/usage', () => {
  let database: TestDatabase;
  let world: UsageWorld;
  let app: NestFastifyApplication;
  let customerId: string;
  let key: string;
  let organizationKey: string;
  let document: object;

  beforeAll(async () => {
    database = await startTestDatabase({ now: NOW });
    await limitLockWaits(database);
    world = await UsageWorld.create(database, NOW);
    await world.addMeter('monthly_active_wallets', {
      eventType: 'wallet.active',
      aggregation: 'unique_count',
      valueProperty: '$.walletId',
    });
    customerId = await world.addCustomer(PROJECT);
    await world.addCustomer(OTHER_PROJECT);
    await world.addCustomer('acme-ai');
    await world.settle();
    key = await addApiKey(world.owner, world.organizationId, { customerId, scopes: ['projects:usage.read'] });
    organizationKey = await addApiKey(world.owner, world.organizationId, { scopes: ['projects:usage.read'] });
    app = await startContractApp(database, () => NOW);
    document = (await app.inject('/openapi.json')).json();
  }, START_TIMEOUT_MS);
  afterAll(async () => {
    await app.close();
    await database.stop();
  });

  const query = (dates: string): string => `?dimension=monthly_active_wallets${dates}`;
  const get = (
    dates: string,
    { project = PROJECT, apiKey = key, path = PATH }: { project?: string; apiKey?: string; path?: string } = {},
  ) => app.inject({ method: 'GET', url: `${path.replace('{projectId}', project)}${dates}`, headers: { 'X-API-KEY': apiKey } });

  it.each<[string, string, string[]]>([
    ['6.2.3 no dimension', '?startDate=2026-03', ['dimension: received none; expected monthly_active_wallets']],
    ['6.2.12 another case', '?dimension=Monthly_Active_Wallets&startDate=2026-03', ['"Monthly_Active_Wallets"']],
    ['no startDate', query(''), ['startDate is required']],
    ['a startDate that is no month', query('&startDate=2026-13'), ['"2026-13"']],
    ['a date', query('&startDate=2026-03-01'), ['"2026-03-01"']],
    ['a future startDate', query('&startDate=2026-04'), ['2026-04']],
    ['startDate after endDate', query('&startDate=2026-03&endDate=2026-02'), ['2026-03 to 2026-02']],
    ['a parameter twice', query('&startDate=2026-03&startDate=2026-02'), ['startDate']],
    ['several faults at once', '?dimension=x&startDate=y&endDate=z', ['"x"', '"y"', '"z"']],
    ['a key in the URL', query('&startDate=2026-03&api_key=tm_live_x'), ['a credential in the URL']],
  ])('6.2.5, 6.2.6 refuses %s with 400, error true and a message for each fault', async (_name, dates, messages) => {
    const response = await get(dates);
    const body = response.json<Body>();
    expect([response.statusCode, body.error, typeof body.message]).toEqual([400, true, 'string']);
    expect(body.validationErrors.map((error) => Object.keys(error))).toEqual(messages.map(() => ['message']));
    messages.forEach((message, index) => expect(body.validationErrors[index]!.message).toContain(message));
    expect(schemaErrors(document, responseSchemaPath(PATH, 400), body)).toEqual([]);
  });

  it.each<[string, { project?: string; apiKey?: string | (() => Promise<string>); path?: string }]>([
    ['6.2.7 no key', { apiKey: '' }],
    ['an unknown key', { apiKey: 'sk_production_x' }],
    [
      '6.2.9 a key without the scope',
      { apiKey: () => addApiKey(world.owner, world.organizationId, { customerId, scopes: ['usage:read'] }) },
    ],
    ['a revoked key', { apiKey: () => addApiKey(world.owner, world.organizationId, { customerId, revokedAt: NOW }) }],
    ['another project of the organization', { project: OTHER_PROJECT }],
    ['an unknown project', { project: '00000000-0000-4000-8000-000000000000' }],
    ['6.2.7 a project id that is none', { project: 'acme-ai' }],
    ['a customer’s own id for its project id', { project: 'customer id', apiKey: () => Promise.resolve(organizationKey) }],
    ['the key’s own project, of a key that has none', { project: 'default', apiKey: () => Promise.resolve(organizationKey) }],
    ['a key of another organization', { apiKey: foreignKey }],
    ['an unknown path', { path: '/api/v1-alpha1/projects/{projectId}/wallets' }],
    ['an unknown path of a dated prefix', { path: '/api/2024-01-01/v1-alpha1/{projectId}' }],
  ])('refuses %s with one 403, error a text', async (_name, { project = PROJECT, apiKey = key, path = PATH }) => {
    const presented = typeof apiKey === 'string' ? apiKey : await apiKey();
    const named = project === 'customer id' ? customerId : project;
    const response = await get(query('&startDate=2026-03'), { project: named, apiKey: presented, path });
    expect([response.statusCode, response.json()]).toEqual([403, FORBIDDEN]);
    expect(response.headers['content-type']).toBe('application/json; charset=utf-8');
  });

  async function foreignKey(): Promise<string> {
    const other = await UsageWorld.create(database, NOW);
    await other.addCustomer('theirs');
    return addApiKey(other.owner, other.organizationId);
  }

  it.each<[string, () => Record<string, string>]>([
    ['a bearer token', () => ({ authorization: `Bearer ${key}` })],
    ['HTTP Basic', () => ({ authorization: `Basic ${Buffer.from(`test:${key}`).toString('base64')}` })],
    ['no header', () => ({})],
  ])('takes the key from X-API-KEY alone, not from %s', async (_name, headers) => {
    const url = `${PATH.replace('{projectId}', PROJECT)}${query('&startDate=2026-03')}`;
    const response = await app.inject({ method: 'GET', url, headers: headers() });
    expect([response.statusCode, response.json()]).toEqual([403, FORBIDDEN]);
  });

  it('6.2.7 answers a wrong method with 400 and the methods that there are', async () => {
    const response = await app.inject({ method: 'DELETE', url: PATH.replace('{projectId}', PROJECT), headers: { 'x-api-key': key } });
    expect([response.statusCode, response.json(), response.headers.allow]).toEqual([
      400,
      { error: true, message: expect.stringContaining('DELETE') },
      expect.stringContaining('GET'),
    ]);
  });

  it('answers 503 while the database is stuck', async () => {
    const response = await whileLocked(world, 'usage_unique', () => get(query('&startDate=2026-03')));
    expect([response.statusCode, response.json(), response.headers['retry-after']]).toEqual([
      503,
      { error: 'Service Unavailable', message: expect.any(String) },
      '1',
    ]);
  });
});
