import type { BillingInterval, BillingTime } from '@tallymark/domain';
import { MAX_PIECES } from './calendar.js';
import { daysFromEpoch, monthIndex } from './calendar-date.js';
import { type CalendarLine, lineIndexAt, lineStartMs, MONDAY_EPOCH_DAY } from './calendar-line.js';
import { localDateAt } from './time-zone.js';
import { Window } from './window.js';

/** What decides when a subscription's billing periods begin and end. */
export interface BillingCycle {
  readonly interval: BillingInterval;
  readonly billingTime: BillingTime;
  /** IANA zone in whose calendar periods begin. */
  readonly timeZone: string;
  /** First instant of the subscription; its local date is the anchor of anniversary billing. */
  readonly startedAt: Date;
  /** Exclusive; null while it runs. */
  readonly endedAt: Date | null;
}

/** One billing period of a subscription. */
export interface BillingPeriod {
  /** Intervals since the period that holds the start, which is 0. Counts a date that a zone left out, which has no period. */
  readonly index: number;
  /** What is billed: `full` clipped to `[startedAt, endedAt)`. */
  readonly window: Window;
  /** The uncut period, by which a prorated amount is divided. */
  readonly full: Window;
}

/** Days or months in an interval; each interval is a whole number of one of them. */
const STEPS: Readonly<Record<BillingInterval, { readonly unit: 'day' | 'month'; readonly step: number }>> = {
  daily: { unit: 'day', step: 1 },
  weekly: { unit: 'day', step: 7 },
  monthly: { unit: 'month', step: 1 },
  quarterly: { unit: 'month', step: 3 },
  half_yearly: { unit: 'month', step: 6 },
  yearly: { unit: 'month', step: 12 },
};

/**
 * The billing period that holds an instant; null before the subscription starts and from its end on.
 *
 * Periods begin at the start of a local day, also with anniversary billing: the n-th begins on the anchor date plus n intervals, clamped to the
 * month's length from the original anchor (31 January, 28 February, 31 March). The first is clipped to the instant of the start.
 *
 * @throws RangeError when the zone is unknown, a date is invalid, or the end lies before the start.
 */
export function billingPeriodAt(cycle: BillingCycle, instant: Date): BillingPeriod | null {
  const lifetime = lifetimeOf(cycle);
  const instantMs = instant.getTime();
  if (Number.isNaN(instantMs)) throw new RangeError('billingPeriodAt received an invalid date; expected an instant');
  if (instantMs < lifetime.fromMs || instantMs >= lifetime.toMs) return null;
  const line = lineOf(cycle);
  return periodOf(line, lifetime, { n: lineIndexAt(line, instantMs), firstN: lineIndexAt(line, lifetime.fromMs) });
}

/**
 * All billing periods that overlap a window, in order; none where the subscription does not run. See {@link billingPeriodAt}.
 *
 * @throws RangeError as there, or when there would be more than 10 000.
 */
export function billingPeriods(cycle: BillingCycle, within: Window): BillingPeriod[] {
  const lifetime = lifetimeOf(cycle);
  const fromMs = Math.max(lifetime.fromMs, within.fromMs);
  const toMs = Math.min(lifetime.toMs, within.toMs);
  if (fromMs >= toMs) return [];
  const line = lineOf(cycle);
  const firstN = lineIndexAt(line, lifetime.fromMs);
  const periods: BillingPeriod[] = [];
  for (let n = lineIndexAt(line, fromMs); lineStartMs(line, n) < toMs; n += 1) {
    if (periods.length === MAX_PIECES)
      throw new RangeError(`the window makes more than ${MAX_PIECES} billing periods; expected a shorter one`);
    const period = periodOf(line, lifetime, { n, firstN });
    if (period !== null) periods.push(period);
  }
  return periods;
}

function lineOf({ interval, billingTime, timeZone, startedAt }: BillingCycle): CalendarLine {
  const { unit, step } = STEPS[interval];
  const anchor = localDateAt(startedAt.getTime(), timeZone);
  const isAnniversary = billingTime === 'anniversary';
  if (unit === 'day') return { unit, step, anchorEpochDay: isAnniversary ? daysFromEpoch(anchor) : MONDAY_EPOCH_DAY, timeZone };
  // Month 0 is a January, so that quarters, half-years and years of the calendar fall where they belong.
  return { unit, step, anchorMonthIndex: isAnniversary ? monthIndex(anchor) : 0, anchorDay: isAnniversary ? anchor.day : 1, timeZone };
}

function periodOf(
  line: CalendarLine,
  lifetime: { fromMs: number; toMs: number },
  { n, firstN }: { n: number; firstN: number },
): BillingPeriod | null {
  const startMs = lineStartMs(line, n);
  const endMs = lineStartMs(line, n + 1);
  // Empty when the period is a single date that the zone left out.
  if (startMs === endMs) return null;
  return {
    index: n - firstN,
    window: Window.of(new Date(Math.max(startMs, lifetime.fromMs)), new Date(Math.min(endMs, lifetime.toMs))),
    full: Window.of(new Date(startMs), new Date(endMs)),
  };
}

/** From the start to the end, which may be the same instant: a subscription that was ended as it began has no period. */
function lifetimeOf({ startedAt, endedAt }: BillingCycle): { fromMs: number; toMs: number } {
  const fromMs = startedAt.getTime();
  const toMs = endedAt === null ? Number.POSITIVE_INFINITY : endedAt.getTime();
  if (!(fromMs <= toMs))
    throw new RangeError(
      `not a billing cycle: from ${String(startedAt)} to ${String(endedAt)}; expected valid dates, the end not before the start`,
    );
  return { fromMs, toMs };
}
