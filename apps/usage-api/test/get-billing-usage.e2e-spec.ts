import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { parseConfig, signCustomerToken } from '@tallymark/service-kit';
import { type TestDatabase, UsageWorld, addApiKey, startTestDatabase } from '@tallymark/testing';
import { usageApiConfig } from '../src/config.js';
import { createApp } from '../src/create-app.js';

/** Ten of thirty days are gone. */
const NOW = new Date('2026-11-11T00:00:00Z');
const SECRET = 's'.repeat(32);

interface Body {
  success: boolean;
  data: {
    period: unknown;
    metrics: Record<string, Record<string, unknown>>;
    estimatedCost: unknown;
    projectedUsage: Record<string, unknown>;
  };
  error: { code: string; message: string };
}

describe('GET /api/billing/usage', () => {
  let database: TestDatabase;
  let world: UsageWorld;
  let app: NestFastifyApplication;
  let key: string;
  let customerId: string;

  beforeAll(async () => {
    database = await startTestDatabase({ now: NOW });
    world = await UsageWorld.create(database, NOW);
    await world.addMeter('calls');
    await world.addMeter('bytes', { aggregation: 'sum', valueProperty: '$.bytes' });
    await world.addMeter('stored', { eventType: 'storage.measured', aggregation: 'latest', valueProperty: '$.bytes', recurring: true });
    customerId = await world.addCustomer('web-co');
    await world.addCustomer('nobody');
    await world.subscribe({
      customerId,
      baseAmount: '29.00',
      charges: [
        {
          metric: 'api_calls',
          meterCode: 'calls',
          unit: 'requests',
          includedUnits: '100',
          price: { model: 'standard', unitAmount: '0.125' },
        },
        {
          metric: 'bandwidth',
          meterCode: 'bytes',
          unit: 'GB',
          unitSize: '1000000000',
          includedUnits: '1',
          price: { model: 'standard', unitAmount: '0.10' },
        },
        {
          metric: 'storage',
          meterCode: 'stored',
          unit: 'GB',
          unitSize: '1000000000',
          includedUnits: '100',
          price: { model: 'standard', unitAmount: '0.10' },
        },
      ],
    });
    const call = (time: string, bytes = 0): { subject: string; time: string; data: unknown } => ({
      subject: 'web-co',
      time,
      data: { bytes },
    });
    await world.use([
      ...Array.from({ length: 150 }, (_, n) => call(`2026-11-0${1 + (n % 9)}T10:00:00Z`, 5_000_000)),
      ...Array.from({ length: 40 }, () => call('2026-10-15T10:00:00Z')),
      call('2026-10-31T23:59:59.500Z'),
      { subject: 'web-co', type: 'storage.measured', time: '2026-10-02T00:00:00Z', data: { bytes: 90_000_000_000 } },
      { subject: 'web-co', type: 'storage.measured', time: '2026-10-20T00:00:00Z', data: { bytes: 67_500_000_000 } },
      { subject: 'nobody', data: { bytes: 1 } },
    ]);
    key = await addApiKey(world.owner, world.organizationId, { customerId, scopes: ['usage:read'] });
    app = await createApp(
      parseConfig(usageApiConfig, {
        PORT: '0',
        DATABASE_URL: database.apiUrl,
        TOKEN_SECRET: SECRET,
        OPERATOR_TOKEN: 'o'.repeat(32),
        LOG_LEVEL: 'silent',
      }),
      { clock: () => NOW },
    );
  });
  afterAll(async () => {
    await app.close();
    await database.stop();
  });

  const get = (query = '', authorization = `Bearer ${key}`) =>
    app.inject({ method: 'GET', url: `/api/billing/usage${query}`, headers: { authorization } });
  const read = async (query = ''): Promise<Body['data']> => {
    const response = await get(query);
    expect([response.statusCode, response.json<Body>().success]).toEqual([200, true]);
    return response.json<Body>().data;
  };

  it('6.5.7 6.5.8 6.5.9 6.5.10 answers for the current billing period: priced as the plan says, gauges as they stand, and only what adds up is projected', async () => {
    expect(await read()).toEqual({
      period: { start: '2026-11-01T00:00:00Z', end: '2026-11-30T23:59:59Z' },
      metrics: {
        apiCalls: { name: 'api_calls', unit: 'requests', included: 100, used: 150, overage: 50, percentage: 150 },
        bandwidth: { name: 'bandwidth', unit: 'GB', included: 1, used: 0.75, overage: 0, percentage: 75 },
        storage: { name: 'storage', unit: 'GB', included: 100, used: 67.5, overage: 0, percentage: 67.5 },
      },
      estimatedCost: { base: 29, overage: 6.25, total: 35.25, currency: 'usd' },
      projectedUsage: { apiCalls: { projected: 450, percentage: 450 }, bandwidth: { projected: 2, percentage: 225 } },
    });
  });

  it('shows an event in usage, percentage, cost and projection once it is folded', async () => {
    await world.use([{ subject: 'web-co', time: '2026-11-10T12:00:00Z', data: { bytes: 0 } }]);
    const { metrics, estimatedCost, projectedUsage } = await read();
    expect(metrics['apiCalls']).toMatchObject({ used: 151, overage: 51, percentage: 151 });
    expect(estimatedCost).toEqual({ base: 29, overage: 6.38, total: 35.38, currency: 'usd' });
    expect(projectedUsage['apiCalls']).toEqual({ projected: 453, percentage: 453 });
  });

  it.each<[string, string, { start: string; end: string }, number, number]>([
    [
      '6.5.2 6.5.10 a past month, gauges at their peak',
      '?startDate=2026-10-01&endDate=2026-10-31',
      { start: '2026-10-01T00:00:00Z', end: '2026-10-31T23:59:59Z' },
      41,
      90,
    ],
    [
      '6.5.3 half a second before midnight',
      '?startDate=2026-10-31&endDate=2026-10-31',
      { start: '2026-10-31T00:00:00Z', end: '2026-10-31T23:59:59Z' },
      1,
      67.5,
    ],
    ['6.5.11 only a start', '?startDate=2026-10-15', { start: '2026-10-15T00:00:00Z', end: '2026-10-31T23:59:59Z' }, 41, 90],
    ['6.5.11 only an end', '?endDate=2026-10-15', { start: '2026-10-01T00:00:00Z', end: '2026-10-15T23:59:59Z' }, 40, 90],
    ['empty dates', '?startDate=&endDate=', { start: '2026-11-01T00:00:00Z', end: '2026-11-30T23:59:59Z' }, 151, 67.5],
  ])('answers for %s', async (_name, query, period, calls, storage) => {
    const data = await read(query);
    expect([data.period, data.metrics['apiCalls']!['used'], data.metrics['storage']!['used']]).toEqual([period, calls, storage]);
  });

  it('6.5.12 leaves what is included unprorated, and projects nothing, in a window that is no billing period', async () => {
    const data = await read('?startDate=2026-10-15&endDate=2026-10-15');
    expect([data.metrics['apiCalls']!['included'], data.projectedUsage]).toEqual([100, {}]);
  });

  it.each(['?metrics=api_calls,storage', '?metrics=apiCalls,storage'])(
    '6.5.1, 6.5.13 %s narrows the metrics and changes no cost',
    async (query) => {
      const data = await read(query);
      expect(Object.keys(data.metrics)).toEqual(['apiCalls', 'storage']);
      expect(data.estimatedCost).toEqual((await read()).estimatedCost);
    },
  );

  it('lists a documented metric that the plan lacks when asked for it', async () => {
    expect((await read('?metrics=emails')).metrics).toEqual({
      emails: { name: 'Emails', unit: 'emails', included: 0, used: 0, overage: 0, percentage: 0 },
    });
  });

  it.each<[string, string, string]>([
    ['?startDate=2026-10-31&endDate=2026-10-01', 'BAD_REQUEST', 'Invalid date range: startDate must be before endDate'],
    ['?startDate=yesterday', 'BAD_REQUEST', '"yesterday"'],
    ['?metrics=api_cals', 'BAD_REQUEST', '"api_cals"'],
    ['?startDate=2025-11-10&endDate=2025-11-30', 'BAD_REQUEST', '12 months'],
    ['?startDate=2026-10-01&startDate=2026-10-02', 'BAD_REQUEST', 'startDate'],
  ])('6.5.1 6.5.4 6.5.14 refuses %s', async (query, code, message) => {
    const response = await get(query);
    expect(response.statusCode).toBe(400);
    expect(response.json()).toEqual({ success: false, error: { code, message: expect.stringContaining(message) } });
  });

  it.each<[string, () => Promise<string> | string, number, string]>([
    ['nobody', () => '', 401, 'UNAUTHORIZED'],
    ['an unknown token', () => 'Bearer x', 401, 'UNAUTHORIZED'],
    ['a key of the organization', async () => `Bearer ${await addApiKey(world.owner, world.organizationId)}`, 403, 'FORBIDDEN'],
    [
      'a key without the scope',
      async () => `Bearer ${await addApiKey(world.owner, world.organizationId, { customerId, scopes: ['projects:usage.read'] })}`,
      403,
      'FORBIDDEN',
    ],
  ])('refuses %s in the contract’s own words', async (_name, authorization, status, code) => {
    const response = await get('', await authorization());
    expect([response.statusCode, response.json()]).toEqual([status, { success: false, error: { code, message: expect.any(String) } }]);
  });

  it('6.5.15 takes the session token of a customer', async () => {
    const token = await signCustomerToken(
      SECRET,
      { organizationId: world.organizationId, customerId, expiresAt: new Date(NOW.getTime() + 60_000) },
      NOW,
    );
    expect((await get('', `Bearer ${token}`)).statusCode).toBe(200);
  });

  it('answers a customer without a subscription, an unknown path and a wrong method in the contract’s own words', async () => {
    const lone = await addApiKey(world.owner, world.organizationId, { customerId: await world.addCustomer('lone') });
    expect((await get('', `Bearer ${lone}`)).json()).toMatchObject({ success: false, error: { code: 'NOT_FOUND' } });
    const post = await app.inject({ method: 'POST', url: '/api/billing/usage', headers: { authorization: `Bearer ${key}` } });
    expect([post.statusCode, post.json(), post.headers.allow]).toEqual([
      405,
      { success: false, error: { code: 'METHOD_NOT_ALLOWED', message: expect.any(String) } },
      expect.stringContaining('GET'),
    ]);
  });

  it('says up to when usage is counted: not past an event that is not folded yet', async () => {
    expect((await get()).headers['tallymark-as-of']).toBe(NOW.toISOString());
    await world.send([{ subject: 'web-co' }]);
    expect(new Date((await get()).headers['tallymark-as-of'] as string).getTime()).toBeLessThanOrEqual(NOW.getTime());
    await world.settle();
  });

  it('answers 304 while nothing changes', async () => {
    const first = await get();
    const again = await app.inject({
      method: 'GET',
      url: '/api/billing/usage',
      headers: { authorization: `Bearer ${key}`, 'if-none-match': String(first.headers.etag) },
    });
    expect(again.statusCode).toBe(304);
  });
});
