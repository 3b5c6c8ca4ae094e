import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { SubscriptionRepository } from '@tallymark/persistence';
import { type TestDatabase, UsageWorld, addApiKey, startTestDatabase } from '@tallymark/testing';
import { startContractApp } from './support/contract-app.js';

const NOW = new Date('2026-11-26T00:00:00Z');

interface BillingBody {
  data: { period: unknown; metrics: Record<string, unknown>; estimatedCost: unknown };
}
interface LagoBody {
  usages: { start_of_period_dt: string; billable_metric_code: string; amount_cents: string; units: string }[];
}

/** From `basic`, which includes 2 calls, to `pro`, which includes none and has seats, on 16 November. */
describe('a plan that changed, in the contracts', () => {
  let database: TestDatabase;
  let app: NestFastifyApplication;
  let customerKey: string;
  let organizationKey: string;

  beforeAll(async () => {
    database = await startTestDatabase({ now: NOW });
    const world = await UsageWorld.create(database, NOW);
    await world.addMeter('calls');
    await world.addMeter('seats', { eventType: 'seat.added' });
    const customerId = await world.addCustomer('acme');
    const subscriptionId = await world.subscribe({
      customerId,
      baseAmount: '30',
      charges: [{ metric: 'api_calls', meterCode: 'calls', includedUnits: '2', price: { model: 'standard', unitAmount: '0.50' } }],
    });
    const proId = await world.subscribe({
      customerId: await world.addCustomer('other'),
      baseAmount: '90',
      charges: [
        { metric: 'api_calls', meterCode: 'calls', price: { model: 'standard', unitAmount: '0.10' } },
        { metric: 'seats', price: { model: 'standard', unitAmount: '7' } },
      ],
    });
    for (const [id, code] of [
      [subscriptionId, 'basic'],
      [proId, 'pro'],
    ])
      await world.owner.query(
        'UPDATE plan p SET code = $2 FROM plan_version v, subscription s WHERE v.plan_id = p.id AND s.plan_version_id = v.id AND s.id = $1',
        [id, code],
      );
    const [{ planVersionId }]: [{ planVersionId: string }] = await world.owner.query(
      'SELECT plan_version_id AS "planVersionId" FROM subscription WHERE id = $1',
      [proId],
    );
    const startsAt = new Date('2026-11-16T00:00:00Z');
    const subscriptions = new SubscriptionRepository(await database.connect('api'));
    await subscriptions.change(world.organizationId, subscriptionId, { by: 'test', now: NOW }, () => ({ startsAt, planVersionId }));
    await world.use([
      ...Array.from({ length: 5 }, () => ({ subject: 'acme', time: '2026-11-15T23:59:59Z' })),
      ...Array.from({ length: 3 }, () => ({ subject: 'acme', time: '2026-11-16T00:00:00Z' })),
      { subject: 'acme', type: 'seat.added', time: '2026-11-10T00:00:00Z' },
      { subject: 'acme', type: 'seat.added', time: '2026-11-20T00:00:00Z' },
    ]);
    customerKey = await addApiKey(world.owner, world.organizationId, { customerId, scopes: ['usage:read'] });
    organizationKey = await addApiKey(world.owner, world.organizationId, { scopes: ['analytic:read'] });
    app = await startContractApp(database, () => NOW);
  });
  afterAll(async () => {
    await app.close();
    await database.stop();
  });

  const get = async <T>(url: string, key: string): Promise<T> => {
    const response = await app.inject({ method: 'GET', url, headers: { authorization: `Bearer ${key}` } });
    expect([response.statusCode, response.payload]).toEqual([200, expect.any(String)]);
    return response.json<T>();
  };

  it.each([
    {
      case: 'the part that is now, as its statement',
      query: '',
      period: { start: '2026-11-16T00:00:00Z', end: '2026-11-30T23:59:59Z' },
      calls: { included: 0, used: 3 },
      seats: 1,
      cost: { base: 45, overage: 7.3, total: 52.3, currency: 'usd' },
    },
    {
      case: 'the part that holds the start that was asked, under the plan of that time',
      query: '?startDate=2026-11-01',
      period: { start: '2026-11-01T00:00:00Z', end: '2026-11-15T23:59:59Z' },
      calls: { included: 2, used: 5 },
      seats: undefined,
      cost: { base: 30, overage: 1.5, total: 31.5, currency: 'usd' },
    },
    {
      case: 'a window of both under the plan at its end',
      query: '?startDate=2026-11-01&endDate=2026-11-20',
      period: { start: '2026-11-01T00:00:00Z', end: '2026-11-20T23:59:59Z' },
      calls: { included: 0, used: 8 },
      seats: 2,
      cost: { base: 90, overage: 14.8, total: 104.8, currency: 'usd' },
    },
  ])('billing usage shows $case', async ({ query, period, calls, seats, cost }) => {
    const { data } = await get<BillingBody>(`/api/billing/usage${query}`, customerKey);
    expect(data).toMatchObject({ period, metrics: { apiCalls: calls }, estimatedCost: cost });
    expect((data.metrics['seats'] as { used: number } | undefined)?.used).toBe(seats);
  });

  it('billing usage knows a metric of another plan of the subscription', async () => {
    const { data } = await get<BillingBody>('/api/billing/usage?startDate=2026-11-01&endDate=2026-11-10&metrics=seats', customerKey);
    expect(data.metrics).toMatchObject({ seats: { included: 0, used: 0 } });
  });

  it.each([
    {
      case: 'each day under the version in force',
      query: 'from_date=2026-11-10&to_date=2026-11-20&external_customer_id=acme',
      rows: ['2026-11-15 calls 5 150', '2026-11-16 calls 3 30', '2026-11-20 seats 1 700'],
    },
    {
      case: 'a month of two versions as the sum of both',
      query: 'time_granularity=monthly&from_date=2026-11-01&to_date=2026-11-25&external_customer_id=acme',
      rows: ['2026-11-01 calls 8 180', '2026-11-01 seats 1 700'],
    },
    {
      case: 'what was used under a plan that it has left',
      query: 'from_date=2026-11-10&to_date=2026-11-20&plan_code=basic',
      rows: ['2026-11-15 calls 5 150'],
    },
    {
      case: 'what is used under the plan it has gone over to',
      query: 'from_date=2026-11-10&to_date=2026-11-20&plan_code=pro&external_customer_id=acme',
      rows: ['2026-11-16 calls 3 30', '2026-11-20 seats 1 700'],
    },
  ])('Lago usage prices $case', async ({ query, rows }) => {
    const { usages } = await get<LagoBody>(`/api/v1/analytics/usage?${query}`, organizationKey);
    expect(
      usages.map((row) => `${row.start_of_period_dt} ${row.billable_metric_code} ${Number(row.units)} ${Number(row.amount_cents)}`).sort(),
    ).toEqual(rows);
  });
});
