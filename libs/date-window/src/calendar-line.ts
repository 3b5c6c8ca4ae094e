import { dateOfEpochDay, daysFromEpoch, daysInMonth, monthIndex, monthOfIndex } from './calendar-date.js';
import { localDateAt, startOfDateMs } from './time-zone.js';

/**
 * Periods that follow one another without end in both directions: period n begins n steps after an anchor date, at the start of that local day.
 * The start is always computed from the anchor and never from the period before, so that a 31st stays a 31st wherever the month has one.
 */
export type CalendarLine =
  | { readonly unit: 'day'; readonly step: number; readonly anchorEpochDay: number; readonly timeZone: string }
  | {
      readonly unit: 'month';
      readonly step: number;
      readonly anchorMonthIndex: number;
      readonly anchorDay: number;
      readonly timeZone: string;
    };

/** 1970-01-05, the anchor of calendar weeks: they begin on Mondays (ISO 8601). */
export const MONDAY_EPOCH_DAY = 4;

/** First instant of period n, in epoch milliseconds. */
export function lineStartMs(line: CalendarLine, n: number): number {
  if (line.unit === 'day') return startOfDateMs(dateOfEpochDay(line.anchorEpochDay + n * line.step), line.timeZone);
  const month = monthOfIndex(line.anchorMonthIndex + n * line.step);
  return startOfDateMs({ ...month, day: Math.min(line.anchorDay, daysInMonth(month)) }, line.timeZone);
}

/**
 * Number of the period that holds an instant. The local date gives a first guess; the starts themselves decide, because a clock that is set
 * back over midnight shows a date that is already over, and a zone that left out a date has an empty period, which nothing lies in.
 */
export function lineIndexAt(line: CalendarLine, instantMs: number): number {
  let n = guessIndex(line, instantMs);
  while (lineStartMs(line, n) > instantMs) n -= 1;
  while (lineStartMs(line, n + 1) <= instantMs) n += 1;
  return n;
}

function guessIndex(line: CalendarLine, instantMs: number): number {
  const date = localDateAt(instantMs, line.timeZone);
  if (line.unit === 'day') return Math.floor((daysFromEpoch(date) - line.anchorEpochDay) / line.step);
  return Math.floor((monthIndex(date) - line.anchorMonthIndex) / line.step);
}
