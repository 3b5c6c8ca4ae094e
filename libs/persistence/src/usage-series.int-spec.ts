import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Window } from '@tallymark/date-window';
import { type Aggregation, ZERO, formatDecimal } from '@tallymark/domain';
import { type TestDatabase, UsageWorld, startTestDatabase } from '@tallymark/testing';
import fc from 'fast-check';
import type { EntityManager } from 'typeorm';
import { plainUsageRead } from './usage-plain.js';
import { type ReadMeter, type UsageRequest, readUsage, usageRead } from './usage-reader.js';
import { askIn } from './read-batch.js';
import { plainSeriesRead } from './usage-series-plain.js';
import { type AccumulatedUsage, type UsageSeriesRequest, readUsageSeries, usageSeriesRead } from './usage-series.js';

const NOW = new Date('2026-11-21T12:00:00Z');
const START_MS = Date.UTC(2026, 10, 1);
const DAYS = 6;
const MINUTES = DAYS * 24 * 60;
const SUBJECTS = ['ann', 'bob'];
const meter = (aggregation: Aggregation, more: Partial<ReadMeter> = {}): Omit<ReadMeter, 'id'> => ({
  aggregation,
  recurring: false,
  rounding: null,
  timeUnit: aggregation === 'time_weighted_sum' ? 'period' : null,
  operationProperty: null,
  ...more,
});
const METERS: Readonly<Record<string, Omit<ReadMeter, 'id'>>> = {
  count: meter('count'),
  sum: meter('sum'),
  min: meter('min'),
  max: meter('max'),
  avg: meter('avg', { rounding: { function: 'ceil', precision: 1 } }),
  latest: meter('latest'),
  latest_recurring: meter('latest', { recurring: true }),
  sum_recurring: meter('sum', { recurring: true }),
  unique_count: meter('unique_count'),
  unique_count_recurring: meter('unique_count', { recurring: true }),
  present: meter('unique_count', { operationProperty: '$.op' }),
  present_recurring: meter('unique_count', { operationProperty: '$.op', recurring: true }),
  level: meter('time_weighted_sum', { timeUnit: 'day' }),
  level_recurring: meter('time_weighted_sum', { recurring: true }),
};

describe('a series of usage', () => {
  let database: TestDatabase;
  let world: UsageWorld;
  let manager: EntityManager;
  const meterIds = new Map<string, string>();

  beforeAll(async () => {
    database = await startTestDatabase({ now: NOW });
    world = await UsageWorld.create(database, NOW);
    manager = (await database.connect('calc')).manager;
    for (const [code, { aggregation, recurring, rounding, timeUnit, operationProperty }] of Object.entries(METERS)) {
      const id = await world.addMeter(code, {
        aggregation,
        recurring,
        valueProperty: aggregation === 'count' ? null : '$.n',
        amountProperty: aggregation === 'sum' ? '$.n' : undefined,
        operationProperty: operationProperty ?? undefined,
        timeUnit: timeUnit ?? undefined,
        rounding: rounding ?? undefined,
      });
      meterIds.set(code, id);
    }
    const events = Array.from({ length: 400 }, (_, n) => ({
      subject: SUBJECTS[n % 2]!,
      // From before the first bound on, on and beside the grid of buckets, several at one instant.
      time: new Date(START_MS - 86_400_000 + Math.floor((n * 7919) % (MINUTES + 1_440)) * 60_000 + (n % 3) * 333).toISOString(),
      data: n % 17 === 0 ? {} : { n: ((n * 31) % 23) - 5, op: n % 3 === 0 ? 'remove' : 'add' },
    }));
    await world.use(events);
    // Stored, but not folded: no usage yet, on neither side.
    await world.send([{ subject: 'ann', time: '2026-11-03T10:05:00Z', data: { n: 1_000 } }]);
  });
  afterAll(async () => database.stop());

  it.each(Object.keys(METERS))('of %s answers at each bound what the window up to it has, also by the log alone', async (code) => {
    const of = { organizationId: world.organizationId, meter: { id: meterIds.get(code)!, ...METERS[code]! }, subjects: SUBJECTS };
    // Minutes of the day's grid now and then, so that bounds both meet and cut buckets.
    const minute = fc.oneof(
      fc.integer({ min: 0, max: MINUTES }),
      fc.integer({ min: 0, max: MINUTES / 15 }).map((bucket) => bucket * 15),
    );
    const bounds = fc
      .uniqueArray(minute, { minLength: 2, maxLength: 8 })
      .map((minutes) => minutes.sort((a, b) => a - b).map((one) => new Date(START_MS + one * 60_000)));
    await fc.assert(
      fc.asyncProperty(fc.array(bounds, { minLength: 1, maxLength: 3 }), async (lists) => {
        const series = await readUsageSeries(
          manager,
          lists.map((list) => ({ ...of, bounds: list })),
        );
        const windows = lists.map((list) => list.slice(1).map((to) => Window.of(list[0]!, to)));
        const questions = windows.flat().map((window) => ({ ...of, window }));
        const answers = (await readUsage(manager, questions)).map(([answer]) => answer!);
        expect(await readUsage(manager, questions, 'events')).toEqual(answers.map((answer) => [answer]));
        expect(series.flat().map(({ value }) => formatDecimal(value))).toEqual(answers.map(({ value }) => formatDecimal(value ?? ZERO)));
        expect(series.flat().map(({ eventCount }) => formatDecimal(eventCount))).toEqual(
          answers.map(({ eventCount }) => formatDecimal(eventCount)),
        );
        expect(series.flat().map(({ amount }) => formatDecimal(amount))).toEqual(
          answers.map(({ amount }) => formatDecimal(amount ?? ZERO)),
        );
      }),
      { numRuns: 8 },
    );
  });

  const PLAIN = ['count', 'sum', 'min', 'max', 'avg', 'level'];
  const requestOf = (code: string, bounds: readonly Date[], subjects: readonly string[] = ['ann']): UsageSeriesRequest => ({
    organizationId: world.organizationId,
    meter: { id: meterIds.get(code)!, ...METERS[code]! },
    subjects,
    bounds,
  });
  const textOf = (series: readonly AccumulatedUsage[][]): string[][] =>
    series.map((list) => list.map(({ value, eventCount, amount }) => [value, eventCount, amount].map(formatDecimal).join(' ')));
  const daysOf = (...days: readonly number[]): Date[] => days.map((day) => new Date(START_MS + day * 86_400_000));

  it('of one subject at the same bounds on the grid comes to the same in its fast form', async () => {
    const bucket = fc.integer({ min: -96, max: MINUTES / 15 });
    const bounds = fc
      .uniqueArray(bucket, { minLength: 2, maxLength: 6 })
      .map((buckets) => buckets.sort((a, b) => a - b).map((one) => new Date(START_MS + one * 900_000)));
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom(...PLAIN), { minLength: 1, maxLength: 4 }), bounds, async (codes, list) => {
        const requests = codes.map((code) => requestOf(code, [...list]));
        const plain = plainSeriesRead(requests);
        expect(plain).not.toBeNull();
        expect(usageSeriesRead(requests)!.statement).toBe(plain!.statement);
        expect(textOf(await askIn(manager, usageSeriesRead(requests)!))).toEqual(textOf(await readUsageSeries(manager, requests)));
      }),
      { numRuns: 20 },
    );
  });

  it('has no fast form where anything else is asked', () => {
    const bounds = daysOf(0, 1, 2);
    const others = Object.keys(METERS).filter((code) => !PLAIN.includes(code));
    const asked = [
      ...others.map((code) => [requestOf('sum', bounds), requestOf(code, bounds)]),
      [requestOf('sum', bounds, SUBJECTS)],
      [requestOf('sum', bounds, [])],
      [requestOf('sum', bounds), requestOf('count', bounds, ['bob'])],
      [requestOf('sum', bounds), requestOf('count', daysOf(0, 1))],
      [requestOf('sum', bounds), requestOf('count', daysOf(0, 1, 3))],
      [requestOf('sum', [new Date(START_MS + 1), ...bounds.slice(1)])],
      [],
    ];
    expect(asked.map((requests) => plainSeriesRead(requests))).toEqual(asked.map(() => null));
  });

  it('has its distinct values of one subject in one window on the grid in a fast form, and in no other', async () => {
    const request = (change: Partial<UsageRequest> = {}, code = 'unique_count'): UsageRequest => ({
      organizationId: world.organizationId,
      meter: { id: meterIds.get(code)!, ...METERS[code]! },
      subjects: ['ann'],
      window: Window.of(new Date(START_MS - 3_600_000), new Date(START_MS + 4 * 86_400_000)),
      ...change,
    });
    for (const change of [{}, { subjects: ['nobody'] }, { organizationId: '00000000-0000-4000-8000-000000000000' }]) {
      const [log] = await readUsage(manager, [request(change)], 'events');
      expect(plainUsageRead([request(change)])).not.toBeNull();
      expect(await readUsage(manager, [request(change)])).toEqual([log]);
    }
    const cut = Window.of(new Date(START_MS), new Date(START_MS + 1));
    const others = [
      [request(), request()],
      [],
      [request({ subjects: SUBJECTS })],
      [request({ subjects: [] })],
      [request({ groupBy: ['region'] })],
      [request({ filters: { region: ['eu'] } })],
      [request({ window: cut })],
      ...['sum', 'latest', 'unique_count_recurring', 'present'].map((code) => [request({}, code)]),
    ];
    expect(others.map((requests) => plainUsageRead(requests))).toEqual(others.map(() => null));
    expect(usageRead([request()], 'events').statement).not.toBe(usageRead([request()]).statement);
  });

  it('asks nothing of nobody', async () => {
    expect(await readUsageSeries(manager, [])).toEqual([]);
    const [series] = await readUsageSeries(manager, [
      {
        organizationId: world.organizationId,
        meter: { id: meterIds.get('count')!, ...METERS['count']! },
        subjects: [],
        bounds: [new Date(START_MS), NOW],
      },
    ]);
    expect(series!.map(({ value }) => formatDecimal(value))).toEqual(['0']);
  });
});
