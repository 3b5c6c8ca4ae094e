import { describe, expect, it } from '@jest/globals';
import { BILLING_INTERVALS, BILLING_TIMES } from '@tallymark/domain';
import fc from 'fast-check';
import { TIME_ZONES } from '../test/time-zones.js';
import { type BillingCycle, billingPeriodAt, billingPeriods } from './billing-period.js';
import { isBucketAligned } from './bucket.js';
import { startOfDate } from './time-zone.js';
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

describe('a change of the time zone', () => {
  const moving = (changes: Partial<BillingCycle> & { start: string; at: string; to: string }): BillingCycle =>
    cycleOf({ billingTime: 'calendar', ...changes, zoneChanges: [{ from: new Date(changes.at), timeZone: changes.to }] });
  const bounds = (cycle: BillingCycle, from: string, to: string): string[] =>
    billingPeriods(cycle, span(from, to)).map(({ index, full }) => `${index}: ${full.from.toISOString().slice(0, 16)}`);

  it.each([
    {
      case: 'a month to the west is some hours longer',
      cycle: moving({ start: '2026-01-01T00:00:00Z', at: '2026-03-01T00:00:00Z', to: 'America/New_York' }),
      expected: ['0: 2026-01-01T00:00', '1: 2026-02-01T00:00', '2: 2026-03-01T00:00', '3: 2026-04-01T04:00', '4: 2026-05-01T04:00'],
    },
    {
      case: 'a month to the east is some hours shorter',
      cycle: moving({ start: '2026-01-01T00:00:00Z', at: '2026-03-01T00:00:00Z', to: 'Asia/Tokyo' }),
      expected: ['0: 2026-01-01T00:00', '1: 2026-02-01T00:00', '2: 2026-03-01T00:00', '3: 2026-03-31T15:00', '4: 2026-04-30T15:00'],
    },
    {
      case: 'inside a period waits for its end',
      cycle: moving({ start: '2026-01-01T00:00:00Z', at: '2026-02-11T11:00:00Z', to: 'Asia/Tokyo' }),
      expected: ['0: 2026-01-01T00:00', '1: 2026-02-01T00:00', '2: 2026-03-01T00:00', '3: 2026-03-31T15:00', '4: 2026-04-30T15:00'],
    },
    {
      case: 'keeps the anchor day of the start, also where that was another date in the new zone',
      cycle: moving({
        billingTime: 'anniversary',
        timeZone: 'Pacific/Auckland',
        start: '2026-01-30T11:00:00Z',
        at: '2026-03-30T11:00:00Z',
        to: 'America/New_York',
      }),
      expected: ['0: 2026-01-30T11:00', '1: 2026-02-27T11:00', '2: 2026-03-30T11:00', '3: 2026-04-30T04:00'],
    },
    {
      case: 'at the start holds from the start on',
      cycle: moving({ start: '2026-01-01T05:00:00Z', at: '2026-01-01T05:00:00Z', to: 'America/New_York' }),
      expected: ['0: 2026-01-01T05:00', '1: 2026-02-01T05:00', '2: 2026-03-01T05:00', '3: 2026-04-01T04:00', '4: 2026-05-01T04:00'],
    },
  ])('$case', ({ cycle, expected }) => {
    expect(bounds(cycle, '2026-01-01T00:00:00Z', '2026-05-10T00:00:00Z')).toEqual(expected);
  });

  it.each([
    { case: '26 hours to the west: 26 hours', timeZone: 'Pacific/Kiritimati', to: 'Etc/GMT+12', durations: [24, 26, 24] },
    { case: '26 hours to the east: 22 hours', timeZone: 'Etc/GMT+12', to: 'Pacific/Kiritimati', durations: [24, 22, 24] },
    { case: '12 hours: the longer of two as near', timeZone: 'UTC', to: 'Etc/GMT+12', durations: [24, 36, 24] },
  ])('leads a daily period over to the boundary nearest to a day later, $case', ({ timeZone, to, durations }) => {
    const at = startOfDate({ year: 2026, month: 6, day: 10 }, timeZone);
    const cycle = cycleOf({
      interval: 'daily',
      timeZone,
      start: '2026-06-01T15:00:00Z',
      zoneChanges: [{ from: at, timeZone: to }],
    });
    const periods = billingPeriods(cycle, Window.of(new Date(at.getTime() - 1), new Date(at.getTime() + 1.6 * DAY_MS)));
    expect(periods.map(({ full }) => full.durationMs / 3_600_000)).toEqual(durations);
  });

  it('refuses an invalid date and an unknown zone', () => {
    const cycle = cycleOf({ start: '2026-01-01T00:00:00Z' });
    const at = new Date('2026-03-01T00:00:00Z');
    expect(() => billingPeriodAt({ ...cycle, zoneChanges: [{ from: at, timeZone: 'Mars/Olympus' }] }, at)).toThrow(RangeError);
    expect(() => billingPeriodAt({ ...cycle, zoneChanges: [{ from: new Date('never'), timeZone: 'Asia/Tokyo' }] }, at)).toThrow(
      'invalid date',
    );
  });

  /** Shortest and longest usual length of a period in days, and how many days to look at. */
  const LENGTHS = {
    daily: [1, 1, 30],
    weekly: [7, 7, 120],
    monthly: [28, 31, 400],
    quarterly: [89, 92, 800],
    half_yearly: [181, 184, 1_500],
    yearly: [365, 366, 2_500],
  } as const;
  const moves = fc.array(fc.record({ part: fc.double({ min: 0, max: 1, noNaN: true }), timeZone: fc.constantFrom(...TIME_ZONES) }), {
    maxLength: 3,
  });

  it('leaves periods that tile, each as long as usual but for the hours between the zones', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...BILLING_INTERVALS),
        fc.constantFrom(...BILLING_TIMES),
        fc.constantFrom(...TIME_ZONES),
        fc.integer({ min: Date.UTC(2012, 0), max: Date.UTC(2030, 0) }),
        moves,
        (interval, billingTime, timeZone, startMs, changes) => {
          const [shortest, longest, horizon] = LENGTHS[interval];
          const zoneChanges = [...changes]
            .sort((a, b) => a.part - b.part)
            .map((change) => ({ from: new Date(startMs + Math.round(change.part * horizon * DAY_MS)), timeZone: change.timeZone }));
          const cycle: BillingCycle = { interval, billingTime, timeZone, startedAt: new Date(startMs), endedAt: null, zoneChanges };
          const periods = billingPeriods(cycle, Window.of(new Date(startMs), new Date(startMs + horizon * DAY_MS)));
          expect(periods[0]?.window.from).toEqual(cycle.startedAt);
          // Half a day where the nearest boundary is at most that far away, else the hours between zones and one of daylight saving.
          const slack = interval === 'daily' ? 13 / 24 : 27 / 24;
          periods.forEach((period, at) => {
            const days = period.full.durationMs / DAY_MS;
            const isUsual = days > shortest - slack && days < longest + slack && isBucketAligned(period.full.to);
            const followsOn = at === 0 || (period.full.fromMs === periods[at - 1]!.full.toMs && period.index > periods[at - 1]!.index);
            expect({ at, days, isUsual, followsOn }).toEqual({ at, days, isUsual: true, followsOn: true });
          });
          const inside = new Date(startMs + Math.floor(horizon / 2) * DAY_MS);
          expect(billingPeriodAt(cycle, inside)).toEqual(periods.find(({ window }) => window.contains(inside)));
        },
      ),
      { numRuns: 60 },
    );
  });
});
