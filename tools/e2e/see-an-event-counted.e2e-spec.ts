import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Window } from '@tallymark/date-window';
import { decimal, formatDecimal } from '@tallymark/domain';
import { projectRunRateRounded } from '@tallymark/forecasting';
import { type TestDatabase, startTestDatabase } from '@tallymark/testing';
import { readBillingUsage, type UsageReading, waitUntilUsed } from './billing-usage.js';
import { makeEvent, storeEvents } from './events.js';
import { createOrganization, startOfMonth, type TestOrganization } from './organization.js';
import { type Platform, startPlatform } from './platform.js';

const meter = { filters: [], group_by: {}, recurring: false };
const METERS = [
  {
    ...meter,
    code: 'api_calls',
    name: 'API calls',
    unit: 'requests',
    event_type: 'api.request',
    aggregation: 'count',
    value_property: null,
  },
  {
    ...meter,
    code: 'bandwidth',
    name: 'Bandwidth',
    unit: 'bytes',
    event_type: 'api.request',
    aggregation: 'sum',
    value_property: '$.bytes',
  },
  {
    ...meter,
    code: 'seats',
    name: 'Seats',
    unit: 'users',
    event_type: 'seats.changed',
    aggregation: 'latest',
    value_property: '$.seats',
    recurring: true,
  },
];
const charge = (metric: string, unitSize: string, included: string, unitAmount: string): Record<string, unknown> => ({
  metric,
  name: metric,
  meter_code: metric,
  unit: 'units',
  unit_size: unitSize,
  included_units: included,
  price: { model: 'standard', unit_amount: unitAmount },
});
const PLAN = {
  currency: 'USD',
  interval: 'monthly',
  base_amount: '29.00',
  charges: [charge('api_calls', '1', '100', '0.02'), charge('bandwidth', '1000000000', '1', '0.09'), charge('seats', '1', '2', '5')],
};

const calls = (count: number, bytes: number): ReturnType<typeof makeEvent>[] =>
  Array.from({ length: count }, () => makeEvent(randomUUID(), { bytes }));
const seats = (count: number): ReturnType<typeof makeEvent>[] => [makeEvent(randomUUID(), { seats: count }, 'seats.changed')];

describe('an acknowledged event', () => {
  let database: TestDatabase;
  let platform: Platform;
  let organization: TestOrganization;

  beforeAll(async () => {
    database = await startTestDatabase();
    platform = await startPlatform({ database });
    organization = await createOrganization(platform, { meters: METERS, plan: PLAN });
  }, 120_000);
  afterAll(async () => {
    await platform?.stop();
    await database?.stop();
  }, 60_000);

  /** Sends, and reads until what was sent shows. */
  async function sendAndSee(events: ReturnType<typeof makeEvent>[], metric: string, used: number): Promise<UsageReading> {
    expect(new Set(await storeEvents(platform.baseUrl, organization.apiKey, events))).toEqual(new Set(['stored']));
    return waitUntilUsed(platform, organization, { metric, used });
  }

  it('changes nothing before it is sent', async () => {
    const { data } = await readBillingUsage(platform, organization);
    expect(data.metrics).toMatchObject({
      apiCalls: { included: 100, used: 0, overage: 0, percentage: 0 },
      seats: { included: 2, used: 0 },
    });
    expect(data.estimatedCost).toEqual({ base: 29, overage: 0, total: 29, currency: 'usd' });
  });

  // Each step adds to the one before.
  it.each([
    {
      name: 'within what is included',
      events: calls(45, 10_000_000),
      sees: ['apiCalls', 45],
      metrics: { apiCalls: { used: 45, overage: 0, percentage: 45 }, bandwidth: { used: 0.45, overage: 0, percentage: 45 } },
      cost: { base: 29, overage: 0, total: 29 },
    },
    {
      name: 'at the last included unit',
      events: calls(55, 10_000_000),
      sees: ['apiCalls', 100],
      metrics: { apiCalls: { used: 100, overage: 0, percentage: 100 }, bandwidth: { used: 1, overage: 0, percentage: 100 } },
      cost: { base: 29, overage: 0, total: 29 },
    },
    {
      name: 'beyond it, each line rounded half up to the cent',
      events: calls(20, 25_000_000),
      sees: ['apiCalls', 120],
      // 20 × 0.02 = 0.40; 0.5 GB × 0.09 = 0.045, which is 0.05.
      metrics: { apiCalls: { used: 120, overage: 20, percentage: 120 }, bandwidth: { used: 1.5, overage: 0.5, percentage: 150 } },
      cost: { base: 29, overage: 0.45, total: 29.45 },
    },
    {
      name: 'as a gauge',
      events: seats(3),
      sees: ['seats', 3],
      metrics: { seats: { used: 3, overage: 1, percentage: 150 } },
      cost: { base: 29, overage: 5.45, total: 34.45 },
    },
    {
      name: 'as a gauge that falls',
      events: seats(1),
      sees: ['seats', 1],
      metrics: { seats: { used: 1, overage: 0, percentage: 50 } },
      cost: { base: 29, overage: 0.45, total: 29.45 },
    },
  ] as const)(
    'counts $name',
    async ({ events, sees, metrics, cost }) => {
      const reading = await sendAndSee([...events], sees[0], sees[1]);
      expect(reading.data.metrics).toMatchObject(metrics);
      expect(reading.data.estimatedCost).toEqual({ ...cost, currency: 'usd' });
      expectProjection(reading);
    },
    60_000,
  );

  /** Used × period ÷ elapsed, half up, at some millisecond of the request; gauges have none. */
  function expectProjection({ data, requestedAt, receivedAt }: UsageReading): void {
    expect(Object.keys(data.projectedUsage).sort()).toEqual(['apiCalls', 'bandwidth']);
    const start = startOfMonth(requestedAt);
    const window = Window.of(start, new Date(Date.UTC(start.getUTCFullYear(), start.getUTCMonth() + 1, 1)));
    for (const [metric, { projected }] of Object.entries(data.projectedUsage)) {
      const used = decimal(String(data.metrics[metric]!.used));
      const at = (now: Date): number => Number(formatDecimal(projectRunRateRounded({ used, window, now }, 'half_up')));
      expect(projected).toBeLessThanOrEqual(at(requestedAt));
      expect(projected).toBeGreaterThanOrEqual(at(receivedAt));
    }
  }

  it('shows soon', async () => {
    const delaysMs: number[] = [];
    for (let sent = 1; sent <= 20; sent += 1) {
      const events = calls(1, 0);
      expect(await storeEvents(platform.baseUrl, organization.apiKey, events)).toEqual(['stored']);
      const acknowledgedAt = performance.now();
      await waitUntilUsed(platform, organization, { metric: 'apiCalls', used: 120 + sent });
      delaysMs.push(performance.now() - acknowledgedAt);
    }
    delaysMs.sort((a, b) => a - b);
    console.info(`from acknowledged to visible, 20 events: median ${delaysMs[9]!.toFixed(0)} ms, slowest ${delaysMs[19]!.toFixed(0)} ms`);
  }, 120_000);
});
