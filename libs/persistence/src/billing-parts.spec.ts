import { describe, expect, it } from '@jest/globals';
import { type BillingCycle, Window, billingPeriods } from '@tallymark/date-window';
import { BILLING_INTERVALS, BILLING_TIMES, type PlanVersion, decimal, formatDecimal, sumDecimals } from '@tallymark/domain';
import { prorate } from '@tallymark/rating';
import fc from 'fast-check';
import { billingPartAt, billingParts, planVersionAt, trialEndOf } from './billing-parts.js';
import type { SubscriptionCourse } from './subscription-course.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

const planOf = (planCode: string, trialDays = 0): PlanVersion => ({
  id: `${planCode}-1`,
  planId: planCode,
  planCode,
  planName: planCode,
  version: 1,
  currency: 'USD',
  interval: 'monthly',
  baseAmount: '31',
  minimumCommitment: null,
  trialDays,
  charges: [],
});

interface Course {
  readonly timeZone?: string;
  readonly startedAt?: string;
  readonly endedAt?: string;
  readonly trialDays?: number;
  /** Instant → plan. */
  readonly changes?: Readonly<Record<string, string>>;
  readonly moves?: Readonly<Record<string, string>>;
}

/** A subscription by calendar month, in UTC from 1 January 2026 unless told otherwise, that began on plan `basic`. */
function courseOf({
  timeZone = 'UTC',
  startedAt = '2026-01-01',
  endedAt,
  trialDays = 0,
  changes = {},
  moves = {},
}: Course): SubscriptionCourse {
  const cycle: BillingCycle = {
    interval: 'monthly',
    billingTime: 'calendar',
    timeZone,
    startedAt: new Date(startedAt),
    endedAt: endedAt === undefined ? null : new Date(endedAt),
    zoneChanges: Object.entries(moves).map(([at, zone]) => ({ from: new Date(at), timeZone: zone })),
  };
  const phases = Object.entries(changes).map(([at, plan]) => ({ startsAt: new Date(at), planVersion: planOf(plan) }));
  return { cycle, phases: [{ startsAt: cycle.startedAt, planVersion: planOf('basic', trialDays) }, ...phases] };
}

const FIRST_HALF = Window.of(new Date('2026-01-01'), new Date('2026-07-01'));
const short = (instant: Date): string => instant.toISOString().slice(5, 16).replace('T00:00', '');
const describeParts = (course: SubscriptionCourse, within: Window): string[] =>
  billingParts(course, within).map(({ window, planVersion }) => `${short(window.from)} to ${short(window.to)} ${planVersion.planCode}`);

describe('billingParts', () => {
  const march = Window.of(new Date('2026-03-01'), new Date('2026-04-01'));
  it.each<{ case: string; course: Course; expected: string[] }>([
    { case: 'is the billing period where nothing changes', course: {}, expected: ['03-01 to 04-01 basic'] },
    {
      case: 'cuts at an upgrade',
      course: { changes: { '2026-03-15T12:30:00Z': 'pro' } },
      expected: ['03-01 to 03-15T12:30 basic', '03-15T12:30 to 04-01 pro'],
    },
    {
      case: 'cuts at an upgrade and at the downgrade of the same day',
      course: { changes: { '2026-03-15T09:00:00Z': 'pro', '2026-03-15T17:00:00Z': 'basic' } },
      expected: ['03-01 to 03-15T09:00 basic', '03-15T09:00 to 03-15T17:00 pro', '03-15T17:00 to 04-01 basic'],
    },
    { case: 'does not cut at the boundary instant', course: { changes: { '2026-03-01': 'pro' } }, expected: ['03-01 to 04-01 pro'] },
    { case: 'leaves what ends at the boundary', course: { changes: { '2026-04-01': 'pro' } }, expected: ['03-01 to 04-01 basic'] },
    {
      case: 'cuts a millisecond after the boundary',
      course: { changes: { '2026-03-01T00:00:00.001Z': 'pro' } },
      expected: ['03-01 to 03-01 basic', '03-01 to 04-01 pro'],
    },
    { case: 'does not cut where the plan stays', course: { changes: { '2026-03-15': 'basic' } }, expected: ['03-01 to 04-01 basic'] },
    {
      case: 'cuts again after a change that was taken back',
      course: { changes: { '2026-03-10': 'basic', '2026-03-20': 'pro' } },
      expected: ['03-01 to 03-20 basic', '03-20 to 04-01 pro'],
    },
    {
      case: 'ends with the subscription, past which no change reaches',
      course: { endedAt: '2026-03-20', changes: { '2026-03-10': 'pro', '2026-03-20': 'max', '2026-03-25': 'basic' } },
      expected: ['03-01 to 03-10 basic', '03-10 to 03-20 pro'],
    },
    {
      case: 'begins with the subscription',
      course: { startedAt: '2026-03-05', changes: { '2026-03-10': 'pro' } },
      expected: ['03-05 to 03-10 basic', '03-10 to 04-01 pro'],
    },
    {
      case: 'knows a change of the plan in a period that leads over to another zone',
      course: { moves: { '2026-03-01': 'America/New_York' }, changes: { '2026-03-31': 'pro' } },
      expected: ['03-01 to 03-31 basic', '03-31 to 04-01T04:00 pro'],
    },
  ])('$case', ({ course, expected }) => {
    expect(describeParts(courseOf(course), march)).toEqual(expected);
  });

  it('gives the parts that overlap the window, whole', () => {
    const course = courseOf({ changes: { '2026-03-10': 'pro', '2026-03-20': 'max' } });
    expect(describeParts(course, Window.of(new Date('2026-03-12'), new Date('2026-03-20')))).toEqual(['03-10 to 03-20 pro']);
  });

  it('says the whole period of each part, also beyond the start of the subscription', () => {
    const parts = billingParts(courseOf({ startedAt: '2026-03-05', changes: { '2026-03-10': 'pro' } }), march);
    expect(parts.map(({ whole }) => whole.toJSON())).toEqual([march.toJSON(), march.toJSON()]);
  });
});

describe('planVersionAt', () => {
  const course = courseOf({ endedAt: '2026-05-01', changes: { '2026-03-10': 'pro', '2026-05-01': 'max' } });
  it.each([
    ['2025-01-01', 'basic'],
    ['2026-03-09T23:59:59.999Z', 'basic'],
    ['2026-03-10', 'pro'],
    ['2026-06-01', 'pro'],
  ])('at %s is %s', (at, plan) => {
    expect(planVersionAt(course, new Date(at)).planCode).toBe(plan);
  });
});

describe('a trial', () => {
  const owed = (course: Course): string[] =>
    billingParts(courseOf({ trialDays: 14, ...course }), FIRST_HALF)
      .slice(0, 3)
      .map(({ baseWindow }) => (baseWindow === null ? 'nothing' : `${short(baseWindow.from)} to ${short(baseWindow.to)}`));

  it.each<{ case: string; course: Course; expected: string[] }>([
    { case: 'from its end on', course: {}, expected: ['01-15 to 02-01', '02-01 to 03-01', '03-01 to 04-01'] },
    {
      case: 'by the time of day of the start',
      course: { startedAt: '2026-01-10T15:30:00Z' },
      expected: ['01-24T15:30 to 02-01', '02-01 to 03-01', '03-01 to 04-01'],
    },
    { case: 'into the next period', course: { startedAt: '2026-01-25' }, expected: ['nothing', '02-08 to 03-01', '03-01 to 04-01'] },
    {
      case: 'in local days',
      course: { startedAt: '2026-03-26T12:00:00Z', timeZone: 'Europe/Berlin' },
      expected: ['nothing', '04-09T11:00 to 04-30T22:00', '04-30T22:00 to 05-31T22:00'],
    },
    {
      case: 'over a change of the plan',
      course: { changes: { '2026-01-08': 'pro' } },
      expected: ['nothing', '01-15 to 02-01', '02-01 to 03-01'],
    },
    {
      case: 'no longer after it',
      course: { changes: { '2026-01-20': 'pro' } },
      expected: ['01-15 to 01-20', '01-20 to 02-01', '02-01 to 03-01'],
    },
  ])('leaves the base amount owed $case', ({ course, expected }) => {
    expect(owed(course)).toEqual(expected);
  });

  it('is not begun by a later plan', () => {
    const course = courseOf({});
    const upgraded = { ...course, phases: [...course.phases, { startsAt: new Date('2026-03-01'), planVersion: planOf('pro', 30) }] };
    expect(trialEndOf(upgraded)).toBeNull();
    expect(billingPartAt(upgraded, new Date('2026-03-05'))?.baseWindow?.toJSON()).toEqual({
      from: '2026-03-01T00:00:00.000Z',
      to: '2026-04-01T00:00:00.000Z',
    });
  });
});

describe('the parts of a subscription', () => {
  const START_MS = Date.UTC(2026, 0, 31, 13, 7);
  const HORIZON = Window.of(new Date(START_MS - DAY_MS), new Date(START_MS + 200 * DAY_MS));
  const instant = fc.integer({ min: 0, max: 200 * DAY_MS }).map((ms) => new Date(START_MS + ms));
  const zone = fc.constantFrom('UTC', 'Europe/Paris', 'America/New_York', 'Asia/Kathmandu', 'Pacific/Chatham', 'Australia/Lord_Howe');
  const ascending = <T extends { at: Date }>(entries: readonly T[]): T[] => [...entries].sort((a, b) => a.at.getTime() - b.at.getTime());
  const courses = fc
    .record({
      interval: fc.constantFrom(...BILLING_INTERVALS),
      billingTime: fc.constantFrom(...BILLING_TIMES),
      timeZone: zone,
      endedAt: fc.option(instant),
      trialDays: fc.constantFrom(0, 1, 14, 45),
      changes: fc.uniqueArray(fc.record({ at: instant, plan: fc.constantFrom('basic', 'pro', 'max') }), {
        maxLength: 6,
        selector: ({ at }) => at.getTime(),
      }),
      moves: fc.array(fc.record({ at: instant, timeZone: zone }), { maxLength: 2 }),
    })
    .map(({ interval, billingTime, timeZone, endedAt, trialDays, changes, moves }): SubscriptionCourse => {
      const startedAt = new Date(START_MS);
      const zoneChanges = ascending(moves).map((move) => ({ from: move.at, timeZone: move.timeZone }));
      const phases = ascending(changes.filter(({ at }) => at > startedAt)).map(({ at, plan }) => ({
        startsAt: at,
        planVersion: planOf(plan),
      }));
      return {
        cycle: { interval, billingTime, timeZone, startedAt, endedAt, zoneChanges },
        phases: [{ startsAt: startedAt, planVersion: planOf('basic', trialDays) }, ...phases],
      };
    });

  it('tile the billing periods, each under the version in force in all of it', () => {
    fc.assert(
      fc.property(courses, instant, (course, at) => {
        const parts = billingParts(course, HORIZON);
        const periods = billingPeriods(course.cycle, HORIZON);
        for (const period of periods) {
          const own = parts.filter(({ whole }) => whole.equals(period.full));
          expect(own[0]?.window.fromMs).toBe(period.window.fromMs);
          expect(own.at(-1)?.window.toMs).toBe(period.window.toMs);
          own.slice(1).forEach(({ window }, index) => expect(window.fromMs).toBe(own[index]!.window.toMs));
          own.slice(1).forEach(({ planVersion }, index) => expect(planVersion.id).not.toBe(own[index]!.planVersion.id));
        }
        for (const { window, planVersion } of parts) {
          expect(planVersionAt(course, window.from)).toBe(planVersion);
          expect(planVersionAt(course, new Date(window.toMs - 1)).id).toBe(planVersion.id);
        }
        expect(billingPartAt(course, at)).toEqual(parts.find(({ window }) => window.contains(at)) ?? null);
      }),
      { numRuns: 60 },
    );
  });

  it('share out the base amount of a period whole, however it is cut and wherever a trial ends', () => {
    const base = decimal('99.99');
    const share = (window: Window, whole: Window) => prorate(base, window, whole, 'USD');
    fc.assert(
      fc.property(courses, (course) => {
        const trialEnd = trialEndOf(course);
        const parts = billingParts(course, HORIZON);
        for (const { window, full } of billingPeriods(course.cycle, HORIZON)) {
          const shares = parts
            .filter(({ whole }) => whole.equals(full))
            .flatMap(({ baseWindow, whole }) => (baseWindow === null ? [] : [share(baseWindow, whole)]));
          const isOver = trialEnd === null || trialEnd <= window.from;
          const paid = isOver ? window : trialEnd < window.to ? Window.of(trialEnd, window.to) : null;
          expect(formatDecimal(sumDecimals(shares))).toBe(paid === null ? '0' : formatDecimal(share(paid, full)));
          if (paid?.equals(full)) expect(formatDecimal(sumDecimals(shares))).toBe('99.99');
        }
      }),
      { numRuns: 60 },
    );
  });
});
