import { formatIsoDate, localDate, parseIsoDate } from '@tallymark/date-window';
import { type Decimal, ZERO } from '@tallymark/domain';
import { toEstimate } from './estimate.js';
import type { DailySeries } from './weekday-factors.js';

const DAY_MS = 86_400_000;

/** Usage of one complete local day. */
export interface DailyUsage {
  /** Calendar date in the customer's zone, `YYYY-MM-DD`. */
  readonly date: string;
  /** For sums and counts the day's total, for a maximum the day's highest, for a time-weighted gauge the day's mean. */
  readonly used: Decimal;
}

/**
 * The complete days up to yesterday, oldest first, one each: days that a store left out because nothing happened are 0. Today and what lies
 * after it fall away, and so do the days before the first one given, since a customer who was not yet there did not use zero.
 *
 * @throws RangeError when a date does not exist or comes twice.
 */
export function fillDailyUsage({ days, now, timeZone }: { days: readonly DailyUsage[]; now: Date; timeZone: string }): DailyUsage[] {
  const today = localDate(now, timeZone);
  const usedByDate = new Map<string, Decimal>();
  for (const { date, used } of days) {
    if (usedByDate.has(date)) throw new RangeError(`two days of the same date: ${JSON.stringify(date)}; expected each once`);
    if (dayNumber(date) < dayNumber(today)) usedByDate.set(date, used);
  }
  const first = [...usedByDate.keys()].sort()[0];
  if (first === undefined) return [];
  const filled: DailyUsage[] = [];
  for (let day = dayNumber(first); day < dayNumber(today); day += 1) {
    const date = dateOfDayNumber(day);
    filled.push({ date, used: usedByDate.get(date) ?? ZERO });
  }
  return filled;
}

/**
 * The history as plain numbers for the statistics. Anything but consecutive days up to yesterday would shift every weekday silently.
 *
 * @throws RangeError that quotes the date out of place.
 */
export function toDailySeries(history: readonly DailyUsage[], now: Date, timeZone: string): DailySeries {
  const first = dayNumber(localDate(now, timeZone)) - history.length;
  history.forEach(({ date }, index) => {
    const expected = dateOfDayNumber(first + index);
    if (date !== expected)
      throw new RangeError(
        `history day ${index + 1} of ${history.length} is ${JSON.stringify(date)}; expected ${expected}: one per day up to yesterday`,
      );
  });
  return { values: history.map(({ used }) => toEstimate(used)), firstWeekday: weekdayOfDayNumber(first) };
}

/** Weekday of a calendar date: 0 Sunday … 6 Saturday. @throws RangeError when it is no date. */
export function weekdayOf(date: string): number {
  return weekdayOfDayNumber(dayNumber(date));
}

function weekdayOfDayNumber(day: number): number {
  // 1970-01-01 was a Thursday.
  return (((day + 4) % 7) + 7) % 7;
}

function dayNumber(date: string): number {
  return Date.parse(`${formatIsoDate(parseIsoDate(date))}T00:00:00Z`) / DAY_MS;
}

function dateOfDayNumber(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}
