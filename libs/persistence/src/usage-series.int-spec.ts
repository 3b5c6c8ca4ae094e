import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Window } from '@tallymark/date-window';
import { type Aggregation, ZERO, formatDecimal } from '@tallymark/domain';
import { type TestDatabase, UsageWorld, startTestDatabase } from '@tallymark/testing';
import fc from 'fast-check';
import type { EntityManager } from 'typeorm';
import { type ReadMeter, readUsage } from './usage-reader.js';
import { readUsageSeries } from './usage-series.js';

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
