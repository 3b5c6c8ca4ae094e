import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { LAGO_USAGE_PATH } from '@tallymark/provider-contracts';
import { signCustomerToken } from '@tallymark/service-kit';
import { type TestDatabase, UsageWorld, addApiKey, startTestDatabase } from '@tallymark/testing';
import { limitLockWaits, startContractApp, whileLocked, whileMissing } from './support/contract-app.js';

const NOW = new Date('2026-11-11T12:00:00Z');
const FORBIDDEN = { status: 403, error: 'Forbidden', code: 'read_action_not_allowed_for_analytic' };
const invalid = (details: Record<string, string[]>) => ({
  status: 400,
  error: 'Bad Request',
  code: 'invalid_parameters',
  error_details: details,
});

describe('what GET /api/v1/analytics/usage refuses', () => {
  let database: TestDatabase;
  let world: UsageWorld;
  let app: NestFastifyApplication;
  let key: string;
  let customerId: string;

  beforeAll(async () => {
    database = await startTestDatabase({ now: NOW });
    await limitLockWaits(database);
    world = await UsageWorld.create(database, NOW);
    customerId = await world.addCustomer('acme');
    key = await addApiKey(world.owner, world.organizationId, { scopes: ['analytic:read'] });
    app = await startContractApp(database, () => NOW);
  });
  afterAll(async () => {
    await app.close();
    await database.stop();
  });

  const call = async (url: string, headers: Record<string, string>, method: 'GET' | 'POST' = 'GET') => {
    const response = await app.inject({ method, url, headers });
    return { status: response.statusCode, body: response.json<unknown>(), headers: response.headers };
  };
  const get = (query: string) => call(`${LAGO_USAGE_PATH}${query}`, { authorization: `Bearer ${key}` });

  it.each<[string, Record<string, string[]>]>([
    ['?time_granularity=yearly', { time_granularity: ['value_is_invalid'] }],
    ['?time_granularity=Daily', { time_granularity: ['value_is_invalid'] }],
    ['?currency=usd', { currency: ['value_is_invalid'] }],
    ['?currency=', { currency: ['value_is_invalid'] }],
    ['?customer_type=person', { customer_type: ['value_is_invalid'] }],
    ['?customer_country=XX', { customer_country: ['value_is_invalid'] }],
    ['?is_billable_metric_recurring=1', { is_billable_metric_recurring: ['value_is_invalid'] }],
    ['?from_date=2026-02-30', { from_date: ['invalid_format'] }],
    ['?from_date=2026-11-02&to_date=2026-11-01', { from_date: ['value_is_invalid'] }],
    ['?from_date=2000-01-01', { from_date: ['value_is_invalid'] }],
    ['?plan_code=a&plan_code=b', { plan_code: ['value_is_invalid'] }],
    ['?currency=x&time_granularity=y', { currency: ['value_is_invalid'], time_granularity: ['value_is_invalid'] }],
    ['?external_customer_id=%00', { external_customer_id: ['value_is_invalid'] }],
  ])('6.4.1 6.4.7 6.4.8 6.4.9 refuses %s, and says which parameters are wrong', async (query, details) => {
    expect(await get(query)).toMatchObject({ status: 400, body: invalid(details) });
  });

  it.each<[string, () => Promise<string> | string, unknown]>([
    ['no key', () => '', { status: 401, error: 'Unauthorized' }],
    ['an unknown key', () => 'Bearer x', { status: 401, error: 'Unauthorized' }],
    [
      'a revoked key',
      async () => `Bearer ${await addApiKey(world.owner, world.organizationId, { revokedAt: NOW })}`,
      { status: 401, error: 'Unauthorized' },
    ],
    [
      'a key in the password of Basic',
      () => `Basic ${Buffer.from(`test:${key}`).toString('base64')}`,
      { status: 401, error: 'Unauthorized' },
    ],
    [
      'a key without the scope',
      async () => `Bearer ${await addApiKey(world.owner, world.organizationId, { scopes: ['usage:read'] })}`,
      FORBIDDEN,
    ],
    [
      'a key of one customer, also with the scope',
      async () => `Bearer ${await addApiKey(world.owner, world.organizationId, { customerId })}`,
      FORBIDDEN,
    ],
    [
      'the session token of a customer',
      async () =>
        `Bearer ${await signCustomerToken('s'.repeat(32), { organizationId: world.organizationId, customerId, expiresAt: new Date(NOW.getTime() + 60_000) }, NOW)}`,
      FORBIDDEN,
    ],
  ])('6.4.10 refuses %s in the words of the contract', async (_name, authorization, body) => {
    const answer = await call(LAGO_USAGE_PATH, { authorization: await authorization() });
    expect([answer.status, answer.body]).toEqual([(body as { status: number }).status, body]);
    if (answer.status === 401) expect(answer.headers['www-authenticate']).toContain('Bearer');
  });

  it('takes no key in X-API-Key or in the URL', async () => {
    expect((await call(LAGO_USAGE_PATH, { 'x-api-key': key })).status).toBe(401);
    expect((await get(`?api_key=${key}`)).status).toBe(400);
  });

  it('speaks the contract for unknown paths and wrong methods below its prefix', async () => {
    const headers = { authorization: `Bearer ${key}` };
    expect((await call('/api/v1/analytics/mrr', headers)).body).toEqual({ status: 404, error: 'Not Found', code: 'resource_not_found' });
    const post = await call(LAGO_USAGE_PATH, headers, 'POST');
    expect([post.status, post.body, post.headers['allow']]).toEqual([
      405,
      { status: 405, error: 'Method Not Allowed', code: 'method_not_allowed' },
      expect.stringContaining('GET'),
    ]);
  });

  it('speaks the contract when the database is away or broken, and tells nothing of either', async () => {
    expect((await whileLocked(world, 'meter', () => get(''))).body).toEqual({
      status: 503,
      error: 'Service Unavailable',
      code: 'service_unavailable',
    });
    expect((await whileMissing(world, 'plan_version', () => get(''))).body).toEqual({
      status: 500,
      error: 'Internal Server Error',
      code: 'internal_error',
    });
  });
});
