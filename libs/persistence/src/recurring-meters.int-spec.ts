import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Window } from '@tallymark/date-window';
import { ZERO, formatDecimal, sumDecimals } from '@tallymark/domain';
import { type TestDatabase, UsageWorld, startTestDatabase } from '@tallymark/testing';
import fc from 'fast-check';
import type { DataSource } from 'typeorm';
import { dropOldPartitions } from './provisioning.js';
import { MeterRow } from './rows/meter-row.js';
import { readTransactions } from './transactions.js';
import { type UsageAnswer, type UsageRequest, readUsage } from './usage-reader.js';
import { readUsageSeries } from './usage-series.js';
import { verifyBuckets } from './verification.js';

const NOW = new Date('2026-11-21T12:00:00Z');
const at = (text: string): Date => new Date(text);
const OCTOBER = Window.of(at('2026-10-01T00:00:00Z'), at('2026-11-01T00:00:00Z'));
const NOVEMBER = Window.of(at('2026-11-01T00:00:00Z'), at('2026-12-01T00:00:00Z'));

describe('meters that rest on more than a sum', () => {
  let database: TestDatabase;
  let world: UsageWorld;
  let calc: DataSource;

  beforeAll(async () => {
    database = await startTestDatabase({ now: NOW });
    world = await UsageWorld.create(database, NOW);
    calc = await database.connect('calc');
    const seat = { eventType: 'seat', aggregation: 'unique_count', valueProperty: '$.user', operationProperty: '$.op' };
    await world.addMeter('seats', { ...seat, recurring: true, groupBy: { team: '$.team' } });
    await world.addMeter('seats_seen', seat);
    const level = { eventType: 'blob', aggregation: 'time_weighted_sum', valueProperty: '$.gb', timeUnit: 'day' } as const;
    await world.addMeter('gb_days', { ...level, recurring: true, amountProperty: '$.usd', groupBy: { tier: '$.tier' } });
    await world.addMeter('gb_average', { ...level, timeUnit: 'period', recurring: true });
    await world.addMeter('gb_new', level);
    await world.addMeter('gb', { eventType: 'blob', aggregation: 'sum', valueProperty: '$.gb', recurring: true });
    await world.addMeter('newest', { eventType: 'blob', aggregation: 'latest', valueProperty: '$.gb', recurring: true });
    await world.addMeter('payments', {
      eventType: 'payment',
      aggregation: 'sum',
      valueProperty: '$.value',
      amountProperty: '$.fee',
      groupBy: { country: '$.country' },
    });
  });
  afterAll(async () => database.stop());

  const ask = async (code: string, subject: string, window: Window, more: Partial<UsageRequest> = {}): Promise<UsageRequest> => ({
    organizationId: world.organizationId,
    meter: await calc.manager.findOneByOrFail(MeterRow, { code }),
    subjects: [subject],
    window,
    ...more,
  });
  const read = async (code: string, subject: string, window: Window, more: Partial<UsageRequest> = {}): Promise<UsageAnswer[]> => {
    const request = await ask(code, subject, window, more);
    const [[folded], [logged]] = [await readUsage(calc.manager, [request]), await readUsage(calc.manager, [request], 'events')];
    expect(folded).toEqual(logged);
    return folded!;
  };
  const valueOf = async (...question: Parameters<typeof read>): Promise<string> =>
    formatDecimal((await read(...question))[0]!.value ?? ZERO);

  describe('seats that are added and removed', () => {
    beforeAll(async () => {
      const change = (time: string, user: string, op: string | undefined, team = 'a') => ({
        type: 'seat',
        subject: 'acme',
        time,
        data: { user, op, team },
      });
      await world.use([
        change('2026-10-30T10:00:00Z', 'ann', 'add'),
        change('2026-10-30T10:01:00Z', 'bob', undefined),
        change('2026-11-02T09:00:00Z', 'cid', 'add', 'b'),
        change('2026-11-02T09:00:00Z', 'ann', 'remove'),
        change('2026-11-05T09:00:00Z', 'ann', 'add'),
        change('2026-11-05T09:05:00Z', 'ann', 'remove'),
        change('2026-11-06T09:00:00Z', 'dan', 'remove'),
        // Sent last, dated first: operations count in the order of their times.
        change('2026-11-04T09:00:00Z', 'bob', 'remove'),
        change('2026-11-04T08:00:00Z', 'bob', 'add'),
      ]);
    });

    it.each([
      ['2026-10-30T10:00:30Z', '1', '1'],
      ['2026-11-01T00:00:00Z', '2', '2'],
      ['2026-11-02T10:00:00Z', '2', '2'],
      ['2026-11-04T08:30:00Z', '2', '2'],
      ['2026-11-05T09:03:00Z', '2', '2'],
      ['2026-12-01T00:00:00Z', '1', '1'],
    ])('at %s there are %s', async (to, recurring, seen) => {
      expect(await valueOf('seats', 'acme', Window.of(at('2026-10-30T00:00:00Z'), at(to)))).toBe(recurring);
      expect(await valueOf('seats_seen', 'acme', Window.of(at('2026-10-01T00:00:00Z'), at(to)))).toBe(seen);
    });

    it('carries over into the next period where the meter recurs, and not where it does not', async () => {
      const first = Window.of(NOVEMBER.from, at('2026-11-02T00:00:00Z'));
      expect([await valueOf('seats', 'acme', first), await valueOf('seats_seen', 'acme', first)]).toEqual(['2', '0']);
    });

    it('keeps groups apart, and narrows to the values asked for', async () => {
      const answers = await read('seats', 'acme', NOVEMBER, { groupBy: ['team'] });
      expect(answers.map(({ group, value }) => [group['team'], formatDecimal(value!)])).toEqual([
        ['a', '0'],
        ['b', '1'],
      ]);
      expect(await valueOf('seats', 'acme', OCTOBER, { filters: { team: ['a', null] } })).toBe('2');
      expect(await valueOf('seats', 'acme', OCTOBER, { filters: { team: ['b'] } })).toBe('0');
    });
  });

  describe('storage, in gigabyte-days', () => {
    const store = (subject: string, time: string, gb: number | string, more: object = {}) => ({
      type: 'blob',
      subject,
      time,
      data: { gb, ...more },
    });

    it('stands from period to period', async () => {
      await world.use([store('steady', '2026-10-22T00:00:00Z', 10), store('steady', '2026-11-11T12:00:00Z', '-4')]);
      expect(await valueOf('gb_days', 'steady', OCTOBER)).toBe('100');
      expect(await valueOf('gb_days', 'steady', NOVEMBER)).toBe('222');
      expect(await valueOf('gb_average', 'steady', NOVEMBER)).toBe('7.4');
      expect(await valueOf('gb_new', 'steady', NOVEMBER)).toBe('-78');
      expect([await valueOf('gb', 'steady', OCTOBER), await valueOf('gb', 'steady', NOVEMBER)]).toEqual(['10', '6']);
    });

    it('weighs a part of a period as a share of the whole', async () => {
      const part = Window.of(NOVEMBER.from, at('2026-11-16T00:00:00Z'));
      expect(await valueOf('gb_average', 'steady', part, { whole: NOVEMBER })).toBe('4.4');
    });

    it('counts the events and the amounts of the window alone', async () => {
      await world.use([
        store('priced', '2026-10-22T00:00:00Z', 1, { usd: '0.10' }),
        store('priced', '2026-11-02T00:00:00Z', 1, { usd: '0.25', tier: 'hot' }),
        store('priced', '2026-11-03T00:00:00Z', 1, { tier: 'cold' }),
      ]);
      const [answer] = await read('gb_days', 'priced', NOVEMBER);
      expect([formatDecimal(answer!.eventCount), formatDecimal(answer!.amount!)]).toEqual(['2', '0.25']);
      const hot = await read('gb_days', 'priced', NOVEMBER, { filters: { tier: ['hot', 'warm'] } });
      expect(hot.map(({ value, amount }) => [formatDecimal(value!), formatDecimal(amount!)])).toEqual([['29', '0.25']]);
      expect((await read('gb', 'priced', NOVEMBER))[0]!.amount).toBeNull();
    });

    it('answers many windows in one query as it answers each, group by group', async () => {
      const days = Array.from({ length: 40 }, (_, day) => new Date(Date.UTC(2026, 9, 20 + day, 0, day % 2 === 0 ? 0 : 7)));
      const windows = days.slice(1).map((to, index) => Window.of(days[index]!, to));
      const requests = await Promise.all(windows.map((window) => ask('gb_days', 'priced', window, { groupBy: ['tier'] })));
      const together = await readUsage(calc.manager, requests);
      const apart = await Promise.all(requests.map(async (request) => (await readUsage(calc.manager, [request]))[0]!));
      expect(together).toEqual(apart);
      expect(await readUsage(calc.manager, requests, 'events')).toEqual(apart);
      expect(apart.at(-1)!.map(({ group }) => group['tier'])).toEqual(['cold', 'hot', null]);
    });

    it('is exact beyond what a binary float holds', async () => {
      await world.use([store('exact', '2026-11-01T00:00:00.000001Z', '9007199254740993.00000000000000000001')]);
      const [answer] = await readUsage(calc.manager, [await ask('gb_days', 'exact', Window.of(NOVEMBER.from, at('2026-11-02T00:00:00Z')))]);
      expect(formatDecimal(answer![0]!.value!)).toBe('9007199254636743.0086256829513888889');
    });

    it('adds up over any cut of a window, whatever order the events came in', async () => {
      const MINUTES = 30 * 24 * 60;
      const change = fc.record({ minute: fc.integer({ min: -10_000, max: MINUTES - 1 }), gb: fc.integer({ min: -50, max: 50 }) });
      let subject = 0;
      const instant = (minute: number): Date => new Date(NOVEMBER.fromMs + minute * 60_000);
      await fc.assert(
        fc.asyncProperty(
          fc.array(change, { maxLength: 12 }),
          fc.uniqueArray(fc.integer({ min: 1, max: MINUTES - 1 }), { maxLength: 4 }),
          async (changes, cuts) => {
            const [one, other] = [`order-${(subject += 1)}`, `order-${(subject += 1)}`];
            const sent = (name: string) => changes.map(({ minute, gb }) => store(name, instant(minute).toISOString(), gb));
            await world.use(sent(one));
            for (const event of sent(other).reverse()) await world.use([event]);
            const bounds = [NOVEMBER.from, ...cuts.sort((a, b) => a - b).map(instant), NOVEMBER.to];
            const parts = bounds.slice(1).map((to, index) => Window.of(bounds[index]!, to));
            for (const code of ['gb_days', 'gb_average']) {
              const of = { ...(await ask(code, one, NOVEMBER)), whole: Window.of(NOVEMBER.from, at('2026-11-21T00:00:00Z')) };
              const [whole, reordered, ...cut] = await readUsage(calc.manager, [
                of,
                { ...of, subjects: [other] },
                ...parts.map((window) => ({ ...of, window })),
              ]);
              expect(reordered).toEqual(whole);
              const summed = sumDecimals(cut.map((answers) => answers[0]!.value!));
              // Each part is rounded at its twentieth digit.
              expect(formatDecimal(summed.round(17))).toBe(formatDecimal(whole![0]!.value!.round(17)));
            }
          },
        ),
        { numRuns: 8 },
      );
    });
  });

  describe('single transactions', () => {
    it('come in order of time with their dimensions, those not folded left out', async () => {
      const pay = (time: string, data: object) => ({ type: 'payment', subject: 'shop', time, data });
      await world.use([
        pay('2026-11-03T00:00:00Z', { value: '20.5', fee: 1, country: 'DE' }),
        pay('2026-11-02T00:00:00Z', { value: 10, country: 'FR' }),
        pay('2026-11-01T00:00:00Z', { value: 'none' }),
        pay('2026-10-31T23:59:59.999Z', { value: 7, country: 'DE' }),
      ]);
      await world.send([pay('2026-11-04T00:00:00Z', { value: 30, country: 'DE' })]);
      const request = await ask('payments', 'shop', NOVEMBER);
      const [all, german] = await readTransactions(calc.manager, [request, { ...request, filters: { country: ['DE'] } }]);
      expect(all!.map(({ value, amount, dimensions }) => [formatDecimal(value), formatDecimal(amount!), dimensions['country']])).toEqual([
        ['0', '0', null],
        ['10', '0', 'FR'],
        ['20.5', '1', 'DE'],
      ]);
      expect(german!.map(({ value }) => formatDecimal(value))).toEqual(['20.5']);
      for (const [eventsAsOf, count] of [
        [new Date(NOW.getTime() + 1), 3],
        [NOW, 0],
      ] as const) {
        const [asOf] = await readTransactions(calc.manager, [{ ...request, groupBy: [] }], { eventsAsOf });
        expect(asOf).toEqual(all!.slice(0, count).map((transaction) => ({ ...transaction, dimensions: {} })));
      }
    });
  });

  describe('months that are dropped', () => {
    const old = '2025-10-05T10:00:00Z';

    it('leave behind what recurring meters stand at', async () => {
      await world.use([
        { type: 'blob', subject: 'kept', time: old, data: { gb: 5, usd: 2, tier: 'hot' } },
        { type: 'blob', subject: 'kept', time: '2025-11-05T10:00:00Z', data: { gb: 3, tier: 'hot' } },
        { type: 'blob', subject: 'kept', time: '2026-11-03T00:00:00Z', data: { gb: 1, tier: 'hot' } },
        { type: 'seat', subject: 'kept', time: '2025-11-06T10:00:00Z', data: { user: 'bob', op: 'add', team: 'a' } },
        { type: 'seat', subject: 'kept', time: '2025-11-07T10:00:00Z', data: { user: 'ann', op: 'remove', team: 'a' } },
        { type: 'seat', subject: 'kept', time: old, data: { user: 'ann', op: 'add', team: 'a' } },
        { type: 'seat', subject: 'kept', time: old, data: { user: 'bob', op: 'add', team: 'a' } },
        { type: 'seat', subject: 'kept', time: '2025-10-06T10:00:00Z', data: { user: 'bob', op: 'remove', team: 'a' } },
      ]);
      const all = async (): Promise<string[]> =>
        Promise.all(['gb', 'gb_days', 'gb_average', 'seats', 'newest'].map((code) => valueOf(code, 'kept', NOVEMBER)));
      const [before, early] = [await all(), await valueOf('newest', 'kept', OCTOBER)];
      expect([before, early]).toEqual([['9', '268', '8.93333333333333333333', '1', '1'], '3']);
      expect(await dropOldPartitions(calc, NOW, 12)).toContain('usage_bucket_2025_10');
      expect([await all(), await valueOf('newest', 'kept', OCTOBER)]).toEqual([before, early]);
      const series = await readUsageSeries(calc.manager, [
        { ...(await ask('seats', 'kept', NOVEMBER)), bounds: [NOVEMBER.from, NOVEMBER.to] },
      ]);
      expect(formatDecimal(series[0]![0]!.value)).toBe('1');
      // What is carried later goes on top of what was carried before.
      expect(await dropOldPartitions(calc, NOW, 11)).toContain('usage_unique_2025_11');
      expect([await all(), await valueOf('newest', 'kept', OCTOBER)]).toEqual([before, '3']);
      expect(await dropOldPartitions(calc, NOW, 11)).toEqual([]);
      expect((await verifyBuckets(calc, () => undefined)).filter((result) => result.different > 0)).toEqual([]);
    });
  });
});
