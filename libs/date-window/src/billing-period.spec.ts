import { BILLING_INTERVALS, BILLING_TIMES } from '@tallymark/domain';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { TIME_ZONES } from '../test/time-zones.js';
import { type BillingCycle, billingPeriodAt, billingPeriods } from './billing-period.js';
import { isBucketAligned } from './bucket.js';
import { localDate } from './time-zone.js';
import { Window } from './window.js';

const DAY_MS = 86_400_000;
const span = (from: string, to: string): Window => Window.of(new Date(from), new Date(to));
const cycleOf = (changes: Partial<BillingCycle> & { start: string; end?: string }): BillingCycle => ({
  interval: 'monthly',
  billingTime: 'anniversary',
  timeZone: 'UTC',
  startedAt: new Date(changes.start),
  endedAt: changes.end === undefined ? null : new Date(changes.end),
  ...changes,
});
const startDates = (cycle: BillingCycle, within: Window): string[] =>
  billingPeriods(cycle, within).map(({ full }) => localDate(full.from, cycle.timeZone));

describe('anniversary periods', () => {
  it.each([
    ['31st', '2026-01-31', ['2026-01-31', '2026-02-28', '2026-03-31', '2026-04-30', '2026-05-31']],
    ['30th', '2027-12-30', ['2027-12-30', '2028-01-30', '2028-02-29', '2028-03-30', '2028-04-30']],
    ['28th', '2026-02-28', ['2026-02-28', '2026-03-28', '2026-04-28', '2026-05-28', '2026-06-28']],
  ])('of a month begin on the %s where the month has one, and on its last day where not', (_name, start, dates) => {
    expect(
      startDates(cycleOf({ start: `${start}T00:00:00Z` }), Window.of(new Date(start), new Date(new Date(start).getTime() + 125 * DAY_MS))),
    ).toEqual(dates);
  });

  it.each([
    ['quarterly', '2025-11-30', ['2025-11-30', '2026-02-28', '2026-05-30', '2026-08-30']],
    ['half_yearly', '2025-08-31', ['2025-08-31', '2026-02-28', '2026-08-31']],
    ['yearly', '2024-02-29', ['2024-02-29', '2025-02-28', '2026-02-28']],
    ['weekly', '2026-10-22', ['2026-10-22', '2026-10-29', '2026-11-05', '2026-11-12', '2026-11-19']],
    ['daily', '2026-11-18', ['2026-11-18', '2026-11-19', '2026-11-20']],
  ] as const)('%s from %s begin on %j', (interval, start, dates) => {
    expect(startDates(cycleOf({ interval, start: `${start}T08:30:00Z` }), span(start, '2026-11-21T00:00:00Z'))).toEqual(dates);
  });

  it('is anchored on the local date of the start, at the start of that day', () => {
    const cycle = cycleOf({ start: '2021-02-02T00:00:00Z', timeZone: 'America/New_York' });
    expect(billingPeriodAt(cycle, new Date('2022-03-07T00:00:00Z'))?.full.toJSON()).toEqual(
      span('2022-03-01T05:00:00Z', '2022-04-01T04:00:00Z').toJSON(),
    );
  });

  it('keeps the local midnight over a change of the clock', () => {
    const cycle = cycleOf({ start: '2026-03-15T17:00:00Z', timeZone: 'Europe/Paris' });
    expect(billingPeriodAt(cycle, new Date('2026-04-01T00:00:00Z'))?.full.toJSON()).toEqual(
      span('2026-03-14T23:00:00Z', '2026-04-14T22:00:00Z').toJSON(),
    );
  });
});

describe('calendar periods', () => {
  it.each([
    ['daily', 'UTC', '2026-11-21T00:00:00Z', '2026-11-22T00:00:00Z'],
    ['weekly', 'UTC', '2026-11-16T00:00:00Z', '2026-11-23T00:00:00Z'],
    ['monthly', 'UTC', '2026-11-01T00:00:00Z', '2026-12-01T00:00:00Z'],
    ['quarterly', 'UTC', '2026-10-01T00:00:00Z', '2027-01-01T00:00:00Z'],
    ['half_yearly', 'UTC', '2026-07-01T00:00:00Z', '2027-01-01T00:00:00Z'],
    ['yearly', 'UTC', '2026-01-01T00:00:00Z', '2027-01-01T00:00:00Z'],
    ['monthly', 'America/New_York', '2026-11-01T04:00:00Z', '2026-12-01T05:00:00Z'],
    ['weekly', 'Asia/Kathmandu', '2026-11-15T18:15:00Z', '2026-11-22T18:15:00Z'],
  ] as const)('%s in %s holds 21 November 2026 from %s to %s', (interval, timeZone, from, to) => {
    const cycle = cycleOf({ interval, timeZone, billingTime: 'calendar', start: '2020-05-05T05:05:05Z' });
    expect(billingPeriodAt(cycle, new Date('2026-11-21T10:00:00Z'))?.full.toJSON()).toEqual(span(from, to).toJSON());
  });
});

describe('the first and the last period', () => {
  const cycle = cycleOf({ billingTime: 'calendar', start: '2026-01-10T10:00:00Z', end: '2026-03-05T12:00:00Z' });

  it('are clipped to the subscription, exactly; the full period stays whole', () => {
    expect(
      billingPeriods(cycle, span('2025-01-01T00:00:00Z', '2027-01-01T00:00:00Z')).map(({ index, window, full }) => [
        index,
        window.toJSON(),
        full.toJSON(),
      ]),
    ).toEqual([
      [0, span('2026-01-10T10:00:00Z', '2026-02-01T00:00:00Z').toJSON(), span('2026-01-01T00:00:00Z', '2026-02-01T00:00:00Z').toJSON()],
      [1, span('2026-02-01T00:00:00Z', '2026-03-01T00:00:00Z').toJSON(), span('2026-02-01T00:00:00Z', '2026-03-01T00:00:00Z').toJSON()],
      [2, span('2026-03-01T00:00:00Z', '2026-03-05T12:00:00Z').toJSON(), span('2026-03-01T00:00:00Z', '2026-04-01T00:00:00Z').toJSON()],
    ]);
  });

  it.each([
    ['2026-01-10T09:59:59.999Z', null],
    ['2026-01-10T10:00:00.000Z', 0],
    ['2026-03-05T11:59:59.999Z', 2],
    ['2026-03-05T12:00:00.000Z', null],
  ])('at %s: period %s', (instant, index) => {
    expect(billingPeriodAt(cycle, new Date(instant))?.index ?? null).toBe(index);
  });

  it('do not exist for a subscription that ended as it began', () => {
    const ended = cycleOf({ start: '2026-01-10T10:00:00Z', end: '2026-01-10T10:00:00Z' });
    expect(billingPeriodAt(ended, ended.startedAt)).toBeNull();
    expect(billingPeriods(ended, span('2025-01-01T00:00:00Z', '2027-01-01T00:00:00Z'))).toEqual([]);
  });

  it.each([
    ['an end before the start', { start: '2026-01-10T10:00:00Z', end: '2026-01-10T09:00:00Z' }],
    ['an invalid start', { start: 'never' }],
    ['an unknown zone', { start: '2026-01-10T10:00:00Z', timeZone: 'Mars/Olympus' }],
  ])('are refused with %s', (_name, changes) => {
    expect(() => billingPeriodAt(cycleOf(changes), new Date('2026-02-01T00:00:00Z'))).toThrow(RangeError);
  });

  it('refuses an invalid instant', () => {
    expect(() => billingPeriodAt(cycle, new Date('never'))).toThrow('invalid date');
  });
});

describe('a date that a zone left out', () => {
  const cycle = cycleOf({ interval: 'daily', start: '2011-12-28T20:00:00Z', timeZone: 'Pacific/Apia' });

  it('has no daily period, and its number is not given to another', () => {
    const periods = billingPeriods(cycle, span('2011-12-28T20:00:00Z', '2012-01-01T10:00:00Z'));
    expect(periods.map(({ index, full }) => [index, localDate(full.from, 'Pacific/Apia'), full.durationMs / DAY_MS])).toEqual([
      [0, '2011-12-28', 1],
      [1, '2011-12-29', 1],
      [3, '2011-12-31', 1],
      [4, '2012-01-01', 1],
    ]);
  });

  it('begins a monthly period on the next date', () => {
    const monthly = cycleOf({ start: '2011-10-30T12:00:00Z', timeZone: 'Pacific/Apia' });
    expect(startDates(monthly, span('2011-11-25T00:00:00Z', '2012-02-01T00:00:00Z'))).toEqual([
      '2011-10-30',
      '2011-11-30',
      '2011-12-31',
      '2012-01-30',
    ]);
  });
});

describe('billing periods', () => {
  /** Every anchor day 1 to 31 in every interval, billing time and zone, at any time of day. */
  const cycles = fc
    .record({
      interval: fc.constantFrom(...BILLING_INTERVALS),
      billingTime: fc.constantFrom(...BILLING_TIMES),
      timeZone: fc.constantFrom(...TIME_ZONES),
      anchorDay: fc.integer({ min: 1, max: 31 }),
      year: fc.integer({ min: 2005, max: 2030 }),
      month: fc.constantFrom(0, 2, 4, 6, 7, 9, 11),
      timeOfDayMs: fc.integer({ min: 0, max: DAY_MS - 1 }),
      lifetimeDays: fc.option(fc.integer({ min: 1, max: 900 })),
    })
    .map(({ interval, billingTime, timeZone, anchorDay, year, month, timeOfDayMs, lifetimeDays }): BillingCycle => {
      const startMs = Date.UTC(year, month, anchorDay) + timeOfDayMs;
      return {
        interval,
        billingTime,
        timeZone,
        startedAt: new Date(startMs),
        endedAt: lifetimeDays === null ? null : new Date(startMs + lifetimeDays * DAY_MS),
      };
    });

  it('tile the subscription without gap or overlap, at multiples of 15 minutes', () => {
    fc.assert(
      fc.property(cycles, (cycle) => {
        const horizon = Window.of(new Date(cycle.startedAt.getTime() - DAY_MS), new Date(cycle.startedAt.getTime() + 1_000 * DAY_MS));
        const periods = billingPeriods(cycle, horizon);
        expect(periods[0]?.window.from).toEqual(cycle.startedAt);
        expect(periods[0]?.index).toBe(0);
        if (cycle.endedAt === null) expect(periods.at(-1)?.window.toMs).toBeGreaterThanOrEqual(horizon.toMs);
        else expect(periods.at(-1)?.window.to).toEqual(cycle.endedAt);
        periods.slice(1).forEach((period, at) => {
          expect([period.window.fromMs, period.full.fromMs]).toEqual([periods[at]?.window.toMs, periods[at]?.full.toMs]);
          expect(period.index).toBeGreaterThan(periods[at]?.index ?? Number.POSITIVE_INFINITY);
        });
        expect(periods.every(({ full }) => isBucketAligned(full.from) && isBucketAligned(full.to))).toBe(true);
      }),
      { numRuns: 150 },
    );
  });

  it('are the same whether asked for by instant or by window', () => {
    fc.assert(
      fc.property(cycles, fc.integer({ min: -5, max: 900 }), fc.integer({ min: 0, max: DAY_MS - 1 }), (cycle, days, restMs) => {
        const instant = new Date(cycle.startedAt.getTime() + days * DAY_MS + restMs);
        const period = billingPeriodAt(cycle, instant);
        expect(period).toEqual(billingPeriods(cycle, Window.of(instant, new Date(instant.getTime() + 1)))[0] ?? null);
        expect(period?.window.contains(instant) ?? false).toBe(
          instant >= cycle.startedAt && (cycle.endedAt === null || instant < cycle.endedAt),
        );
      }),
      { numRuns: 300 },
    );
  });

  it.each(Array.from({ length: 31 }, (_, index) => index + 1))('anchored on day %i begin on it in each month that has it', (anchorDay) => {
    const cycle = cycleOf({ start: new Date(Date.UTC(2026, 0, anchorDay, 23, 59)).toISOString() });
    const days = startDates(cycle, Window.of(cycle.startedAt, new Date(Date.UTC(2028, 11, 31)))).map((date) => Number(date.slice(8)));
    expect(days.every((day, at) => day === Math.min(anchorDay, new Date(Date.UTC(2026, at + 1, 0)).getUTCDate()))).toBe(true);
    expect(days.length).toBeGreaterThanOrEqual(35);
  });

  it('come at most 10 000 at a time', () => {
    const cycle = cycleOf({ interval: 'daily', start: '1990-01-01T00:00:00Z' });
    expect(() => billingPeriods(cycle, span('1990-01-01T00:00:00Z', '2026-01-01T00:00:00Z'))).toThrow('10000');
  });
});
