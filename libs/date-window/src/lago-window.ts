import { splitWindow } from './calendar.js';
import { type CalendarDate, dateOfEpochDay, daysFromEpoch } from './calendar-date.js';
import { formatIsoDate, parseIsoDate } from './date-grammar.js';
import { WindowError } from './errors.js';
import { readChoice, readParameter } from './parameter.js';
import { RememberedWindows } from './remembered-windows.js';
import { localDate, localDateAt, startOfDate } from './time-zone.js';
import { Window } from './window.js';

/** Date parameters of the Lago usage request. Absent and empty are one. */
export interface LagoQuery {
  readonly time_granularity?: string | undefined;
  readonly from_date?: string | undefined;
  readonly to_date?: string | undefined;
}

/** Width of the buckets. `yearly`, which one sentence of the documentation names and its enumeration does not, is refused. */
export type LagoGranularity = 'daily' | 'weekly' | 'monthly';

/** One bucket of the answer. `start` and `end` name exactly what is counted, so the first and last are cut where the request cuts them. */
export interface LagoBucket {
  /** First local date, `YYYY-MM-DD`. */
  readonly start: string;
  /** Last local date, inclusive. */
  readonly end: string;
  readonly window: Window;
}

/** What a Lago usage request asks for. */
export interface LagoWindow {
  readonly granularity: LagoGranularity;
  readonly window: Window;
  /** Tile the window, ascending. */
  readonly buckets: readonly LagoBucket[];
}

const SIZES = { daily: 'day', weekly: 'week', monthly: 'month' } as const;
/** The default window goes from the current date minus this many days to the current date: 31 dates. */
const DEFAULT_DAYS_BACK = 30;
/** Most dates in one answer, at any granularity: ten years. */
const MAX_DAYS = 3_660;
/** Most buckets in one answer: days of more than twice the kept history. */
const MAX_BUCKETS = 1_000;

/**
 * The window of a Lago usage request: local dates, both inclusive, weeks from Monday.
 * Without dates: the last 30 days and today. With from_date alone: to today. With to_date alone: the 30 days before it and it, the same length as without dates.
 *
 * @param now the current instant
 * @param timeZone the organization's zone, whose dates are meant
 * @throws WindowError `invalid_choice`, `invalid_format`, `empty_window` or `span_too_long`
 */
export function lagoWindow(query: LagoQuery, now: Date, timeZone: string): LagoWindow {
  // Of now only the local date matters.
  const today = localDateAt(now.getTime(), timeZone);
  const key = JSON.stringify([query.time_granularity, query.from_date, query.to_date, timeZone, daysFromEpoch(today)]);
  return known.recall(key, () => findWindow(query, today, timeZone));
}

const known = new RememberedWindows<LagoWindow>();

function findWindow(query: LagoQuery, today: CalendarDate, timeZone: string): LagoWindow {
  const granularity = readChoice('time_granularity', query.time_granularity, ['daily', 'weekly', 'monthly'] as const, 'daily');
  const toDate = readParameter('to_date', query.to_date, parseIsoDate) ?? today;
  const fromDate = readParameter('from_date', query.from_date, parseIsoDate) ?? addDays(toDate, -DEFAULT_DAYS_BACK);

  const dayCount = daysFromEpoch(toDate) - daysFromEpoch(fromDate) + 1;
  const received = `received ${formatIsoDate(fromDate)} to ${formatIsoDate(toDate)}`;
  if (dayCount < 1) throw new WindowError('empty_window', 'from_date', `from_date must not be after to_date: ${received}`);
  if (dayCount > MAX_DAYS || (granularity === 'daily' && dayCount > MAX_BUCKETS)) {
    const most = granularity === 'daily' ? MAX_BUCKETS : MAX_DAYS;
    throw new WindowError(
      'span_too_long',
      'from_date',
      `the window is too long for ${granularity} buckets: ${received}; expected at most ${most} days`,
    );
  }
  const from = startOfDate(fromDate, timeZone);
  const to = startOfDate(addDays(toDate, 1), timeZone);
  if (from >= to) throw new WindowError('empty_window', 'from_date', `no such date in ${timeZone}: ${received}`);
  const window = Window.of(from, to);
  return {
    granularity,
    window,
    buckets: splitWindow(window, SIZES[granularity], timeZone).map(({ covered }) => bucketOf(covered, timeZone)),
  };
}

function bucketOf(window: Window, timeZone: string): LagoBucket {
  return { start: localDate(window.from, timeZone), end: localDate(new Date(window.toMs - 1), timeZone), window };
}

function addDays(date: CalendarDate, days: number): CalendarDate {
  return dateOfEpochDay(daysFromEpoch(date) + days);
}
