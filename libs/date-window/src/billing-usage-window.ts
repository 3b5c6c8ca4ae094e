import { BUCKET_MS, bucketStart } from './bucket.js';
import { parseIsoDateOrDateTime } from './date-grammar.js';
import { WindowError } from './errors.js';
import { readParameter } from './parameter.js';
import { addUtcDays, addUtcMonths } from './utc-calendar.js';
import { Window } from './window.js';

/** Date parameters of the billing usage request. Absent and empty are one. */
export interface BillingUsageQuery {
  readonly startDate?: string | undefined;
  readonly endDate?: string | undefined;
}

/** What a billing usage request asks for. */
export interface BillingUsageWindow {
  readonly window: Window;
  /** Whether the window is exactly the current billing period. */
  readonly isCurrentPeriod: boolean;
  /** `period` of the answer: both ends inclusive, to the second, in UTC: `2024-01-01T00:00:00Z`, `2024-01-31T23:59:59Z`. */
  readonly echo: { readonly start: string; readonly end: string };
}

const HISTORY_MONTHS = 12;
const SECOND_MS = 1_000;

/**
 * The window of a billing usage request. Dates without time are UTC dates, the end one inclusive. Without dates it is the current billing period;
 * with one date, the other is the bound of the billing period that holds it.
 *
 * A date-time as endDate is exclusive. The last second before a bucket boundary means that boundary, since this contract prints midnight as
 * `23:59:59Z`: what it printed as a period can be sent back and gives the same window.
 *
 * @param now the current instant
 * @param currentPeriod the billing period that holds `now`
 * @param periodContaining the billing period that holds an instant
 * @throws WindowError `invalid_format`, `empty_window` (with the contract's own sentence) or `before_history` (over 12 months ago, by the UTC date)
 */
export function billingUsageWindow(
  query: BillingUsageQuery,
  now: Date,
  currentPeriod: Window,
  periodContaining: (instant: Date) => Window,
): BillingUsageWindow {
  const start = readParameter('startDate', query.startDate, parseIsoDateOrDateTime)?.instant ?? null;
  const end = readParameter('endDate', query.endDate, readEnd);
  if (start !== null && end !== null && start >= end.sent) {
    throw new WindowError('empty_window', 'startDate', 'Invalid date range: startDate must be before endDate');
  }
  const window = windowBetween(start, end?.exclusive ?? null, periodContaining) ?? currentPeriod;
  const floor = addUtcMonths(now, -HISTORY_MONTHS);
  // The current period is always answered, however long a plan's periods are.
  if (window.from < floor && !window.equals(currentPeriod)) {
    const received = `received a window from ${toSecond(window.from)}; expected one from ${toSecond(floor)} or later`;
    throw new WindowError(
      'before_history',
      start === null ? 'endDate' : 'startDate',
      `usage is kept for ${HISTORY_MONTHS} months: ${received}`,
    );
  }
  return describe(window, currentPeriod);
}

/** The window between two bounds; a missing one is the bound of the billing period that holds the other. Null when both are missing. */
function windowBetween(start: Date | null, end: Date | null, periodContaining: (instant: Date) => Window): Window | null {
  if (start !== null) return Window.of(start, end ?? periodContaining(start).to);
  // The end is exclusive: at midnight the period that it ends is meant, not the one that begins.
  return end === null ? null : Window.of(periodContaining(new Date(end.getTime() - 1)).from, end);
}

interface EndDate {
  /** What was written, a date standing for the whole of it: compared with startDate. */
  readonly sent: Date;
  readonly exclusive: Date;
}

function readEnd(text: string): EndDate {
  const { instant, dateOnly } = parseIsoDateOrDateTime(text);
  if (dateOnly) return { sent: addUtcDays(instant, 1), exclusive: addUtcDays(instant, 1) };
  const nextBoundary = new Date(bucketStart(instant).getTime() + BUCKET_MS);
  return { sent: instant, exclusive: nextBoundary.getTime() - instant.getTime() <= SECOND_MS ? nextBoundary : instant };
}

function describe(window: Window, currentPeriod: Window): BillingUsageWindow {
  const echo = { start: toSecond(window.from), end: toSecond(new Date(Math.max(window.fromMs, window.toMs - SECOND_MS))) };
  return { window, isCurrentPeriod: window.equals(currentPeriod), echo };
}

function toSecond(instant: Date): string {
  return `${instant.toISOString().slice(0, 19)}Z`;
}
