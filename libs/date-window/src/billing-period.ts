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
  /** IANA zone in whose calendar periods begin, from the start on. */
  readonly timeZone: string;
  /** First instant of the subscription; its local date is the anchor of anniversary billing, also after the zone has changed. */
  readonly startedAt: Date;
  /** Exclusive; null while it runs. */
  readonly endedAt: Date | null;
  /** Moves to other zones, in order of time. Default: none. */
  readonly zoneChanges?: readonly ZoneChange[];
}

/** From the first end of a period at or after an instant on, periods follow the calendar of another zone. At or before the start: from the start on. */
export interface ZoneChange {
  readonly from: Date;
  readonly timeZone: string;
}

/** One billing period of a subscription. */
export interface BillingPeriod {
  /** Intervals since the period that holds the start, which is 0. Counts a date that a zone left out, which has no period. */
  readonly index: number;
  /** What is billed: `full` clipped to `[startedAt, endedAt)`. */
  readonly window: Window;
  /** The uncut period, by which a prorated amount is divided. Some hours longer or shorter than others where it leads over to another zone. */
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
 * month's length from the original anchor (31 January, 28 February, 31 March). The first is clipped to the instant of the start. Where the zone
 * changes, one period runs from its last boundary in the old zone to the boundary of the new one that is nearest to one interval later.
 *
 * @throws RangeError when a zone is unknown, a date is invalid, or the end lies before the start.
 */
export function billingPeriodAt(cycle: BillingCycle, instant: Date): BillingPeriod | null {
  const lifetime = lifetimeOf(cycle);
  const instantMs = instant.getTime();
  if (Number.isNaN(instantMs)) throw new RangeError('billingPeriodAt received an invalid date; expected an instant');
  if (instantMs < lifetime.fromMs || instantMs >= lifetime.toMs) return null;
  const stretch = stretchesOf(cycle).findLast(({ beginMs }) => beginMs <= instantMs)!;
  return periodOf(stretch, lifetime, numberAt(stretch, instantMs));
}

/**
 * All billing periods that overlap a window, in order; none where the subscription does not run. See {@link billingPeriodAt}.
 *
 * @throws RangeError as there, or when there would be more than 10 000.
 */
export function billingPeriods(cycle: BillingCycle, within: Window): BillingPeriod[] {
  const lifetime = lifetimeOf(cycle);
  const periods: BillingPeriod[] = [];
  const stretches = stretchesOf(cycle);
  stretches.forEach((stretch, position) => {
    const fromMs = Math.max(lifetime.fromMs, within.fromMs, stretch.beginMs);
    const toMs = Math.min(lifetime.toMs, within.toMs, stretches[position + 1]?.beginMs ?? Number.POSITIVE_INFINITY);
    if (fromMs >= toMs) return;
    for (let n = numberAt(stretch, fromMs); startMs(stretch, n) < toMs; n += 1) {
      if (periods.length === MAX_PIECES)
        throw new RangeError(`the window makes more than ${MAX_PIECES} billing periods; expected a shorter one`);
      const period = periodOf(stretch, lifetime, n);
      if (period !== null) periods.push(period);
    }
  });
  return periods;
}

/** The periods between two changes of the zone. All but the first are those of a calendar line; the first begins where the stretch before ended. */
interface Stretch {
  readonly line: CalendarLine;
  /** First instant of the first period, uncut. */
  readonly beginMs: number;
  /** Number in the line of the first period. */
  readonly firstN: number;
  /** What {@link BillingPeriod.index} is of the first period. */
  readonly firstIndex: number;
}

function stretchesOf({ interval, billingTime, timeZone, startedAt, zoneChanges = [] }: BillingCycle): Stretch[] {
  const zoneAtStart = zoneChanges.findLast(({ from }) => from <= startedAt)?.timeZone ?? timeZone;
  const line = lineOf({ interval, billingTime, timeZone: zoneAtStart, startedAt });
  const firstN = lineIndexAt(line, startedAt.getTime());
  const stretches: Stretch[] = [{ line, beginMs: lineStartMs(line, firstN), firstN, firstIndex: 0 }];
  for (const change of zoneChanges) {
    if (Number.isNaN(change.from.getTime())) throw new RangeError('a change of the time zone has an invalid date; expected an instant');
    const last = stretches.at(-1)!;
    if (change.from > startedAt && change.timeZone !== last.line.timeZone) stretches.push(stretchAfter(last, change));
  }
  return stretches;
}

function stretchAfter(before: Stretch, { from, timeZone }: ZoneChange): Stretch {
  const changeMs = from.getTime();
  const running = numberAt(before, changeMs);
  const beginMs = startMs(before, running) === changeMs ? changeMs : startMs(before, running + 1);
  // What the period would have been in the old zone: its end is one interval later.
  const n = numberAt(before, beginMs);
  const endMs = startMs(before, n + 1);
  const line = { ...before.line, timeZone };
  const earlierN = lineIndexAt(line, endMs);
  const [earlierMs, laterMs] = [lineStartMs(line, earlierN), lineStartMs(line, earlierN + 1)];
  const isEarlierNearest = earlierMs > beginMs && endMs - earlierMs < laterMs - endMs;
  return { line, beginMs, firstN: isEarlierNearest ? earlierN - 1 : earlierN, firstIndex: before.firstIndex + n - before.firstN };
}

/** Number in the line of the period of a stretch that holds an instant in it. */
function numberAt(stretch: Stretch, instantMs: number): number {
  // The first period may begin before its line does.
  return Math.max(stretch.firstN, lineIndexAt(stretch.line, instantMs));
}

function startMs(stretch: Stretch, n: number): number {
  return n === stretch.firstN ? stretch.beginMs : lineStartMs(stretch.line, n);
}

function lineOf({ interval, billingTime, timeZone, startedAt }: Omit<BillingCycle, 'endedAt' | 'zoneChanges'>): CalendarLine {
  const { unit, step } = STEPS[interval];
  const anchor = localDateAt(startedAt.getTime(), timeZone);
  const isAnniversary = billingTime === 'anniversary';
  if (unit === 'day') return { unit, step, anchorEpochDay: isAnniversary ? daysFromEpoch(anchor) : MONDAY_EPOCH_DAY, timeZone };
  // Month 0 is a January, so that quarters, half-years and years of the calendar fall where they belong.
  return { unit, step, anchorMonthIndex: isAnniversary ? monthIndex(anchor) : 0, anchorDay: isAnniversary ? anchor.day : 1, timeZone };
}

function periodOf(stretch: Stretch, lifetime: { fromMs: number; toMs: number }, n: number): BillingPeriod | null {
  const fullFromMs = startMs(stretch, n);
  const fullToMs = startMs(stretch, n + 1);
  // Empty when the period is a single date that the zone left out.
  if (fullFromMs === fullToMs) return null;
  return {
    index: stretch.firstIndex + n - stretch.firstN,
    window: Window.of(new Date(Math.max(fullFromMs, lifetime.fromMs)), new Date(Math.min(fullToMs, lifetime.toMs))),
    full: Window.of(new Date(fullFromMs), new Date(fullToMs)),
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
