import { splitWindow } from './calendar.js';
import { DAY_MS } from './calendar-date.js';
import { formatGnipTimestamp, parseGnipTimestamp } from './date-grammar.js';
import { WindowError } from './errors.js';
import { readChoice, readParameter } from './parameter.js';
import { RememberedWindows } from './remembered-windows.js';
import { addUtcDays, addUtcMonths, startOfUtcDay, startOfUtcMonth } from './utc-calendar.js';
import { Window } from './window.js';

/** Date parameters of the X/Gnip usage request, under the names of its documentation. Absent and empty are one. */
export interface GnipQuery {
  readonly bucket?: string | undefined;
  readonly fromDate?: string | undefined;
  readonly toDate?: string | undefined;
}

/** One entry of `used`: a UTC day or month. */
export interface GnipBucket {
  /** First day of the whole bucket, `YYYYMMDD0000`, also where the window begins later in the month. */
  readonly timePeriod: string;
  /** The part of the bucket that counts. */
  readonly window: Window;
}

/** What an X/Gnip usage request asks for. */
export interface GnipWindow {
  readonly bucket: 'day' | 'month';
  /** What is counted; null when an explicit toDate leaves no full UTC day, as with fromDate on the current day. */
  readonly window: Window | null;
  /** The window as asked for (or defaulted), not as clamped. Inclusive and exclusive. */
  readonly echo: { readonly fromDate: string; readonly toDate: string };
  /** The buckets of `window`, ascending, without gaps; none when `window` is null. */
  readonly buckets: readonly GnipBucket[];
  /** Whether `window` reaches into the current UTC month, the only one that has a projection. */
  readonly includesCurrentMonth: boolean;
}

/** No usage is kept from before, whatever the current date. */
const EARLIEST = new Date('2018-05-01T00:00:00Z');
/** On 10 October usage goes back to 1 September of the year before: the current month and 13 whole ones. */
const HISTORY_MONTHS = 13;
const LONGEST_SPAN_MONTHS = 3;
/** Buckets before the current one in the default window. */
const DEFAULT_PAST_BUCKETS = 2;

/**
 * The window of an X/Gnip usage request. All dates are UTC, days are whole; the end is exclusive.
 *
 * Without toDate the window runs to the end of the current bucket and so counts the current day so far. An explicit toDate counts full days only:
 * the current day and later are left out, yet echoed.
 *
 * @param now the current instant
 * @param options `allowLongSpan` lifts the limit of three months
 * @throws WindowError `invalid_choice`, `invalid_format`, `empty_window`, `in_future`, `before_history` or `span_too_long`
 */
export function gnipWindow(query: GnipQuery, now: Date, options: { readonly allowLongSpan?: boolean } = {}): GnipWindow {
  // All days are whole, so that of now only the day matters.
  const key = JSON.stringify([query.bucket, query.fromDate, query.toDate, options.allowLongSpan, Math.floor(now.getTime() / DAY_MS)]);
  return known.recall(key, () => findWindow(query, now, options));
}

const known = new RememberedWindows<GnipWindow>();

function findWindow(query: GnipQuery, now: Date, options: { readonly allowLongSpan?: boolean }): GnipWindow {
  const bucket = readChoice('bucket', query.bucket, ['day', 'month'] as const, 'month');
  const fromDate = readParameter('fromDate', query.fromDate, parseGnipTimestamp);
  const toDate = readParameter('toDate', query.toDate, parseGnipTimestamp);
  const floor = later(EARLIEST, addUtcMonths(startOfUtcMonth(now), -HISTORY_MONTHS));
  const to = toDate ?? endOfCurrentBucket(bucket, now);
  // A default of ours never reaches beyond the history, so it can't be the caller's fault.
  const from = fromDate ?? later(floor, defaultFrom(bucket, toDate === null ? now : addUtcDays(toDate, -1)));

  assertAllowed({ from, to, floor, now, hasFrom: fromDate !== null, allowLongSpan: options.allowLongSpan ?? false });
  const today = startOfUtcDay(now);
  const countedTo = toDate !== null && toDate > today ? today : to;
  const window = from < countedTo ? Window.of(from, countedTo) : null;
  return {
    bucket,
    window,
    echo: { fromDate: formatGnipTimestamp(from), toDate: formatGnipTimestamp(to) },
    buckets:
      window === null
        ? []
        : splitWindow(window, bucket, 'UTC').map(({ label, covered }) => ({
            timePeriod: formatGnipTimestamp(label.from),
            window: covered,
          })),
    includesCurrentMonth: window !== null && window.to > startOfUtcMonth(now),
  };
}

interface Asked {
  readonly from: Date;
  readonly to: Date;
  /** Begin of the offered history. */
  readonly floor: Date;
  readonly now: Date;
  /** Whether `from` is the caller's and no default of ours. */
  readonly hasFrom: boolean;
  readonly allowLongSpan: boolean;
}

function assertAllowed({ from, to, floor, now, hasFrom, allowLongSpan }: Asked): void {
  const received = `received ${formatGnipTimestamp(from)} to ${formatGnipTimestamp(to)}`;
  const oldest = formatGnipTimestamp(floor);
  if (from > now) {
    throw new WindowError(
      'in_future',
      hasFrom ? 'fromDate' : 'toDate',
      `the window lies in the future: ${received}; expected it to begin by ${formatGnipTimestamp(now)}`,
    );
  }
  if (from >= to && hasFrom) throw new WindowError('empty_window', 'fromDate', `fromDate must be before toDate: ${received}`);
  if (from < floor)
    throw new WindowError('before_history', 'fromDate', `fromDate lies before the kept history: ${received}; expected ${oldest} or later`);
  // A default fromDate is never before the floor, so that an empty window comes from a toDate that is.
  if (from >= to)
    throw new WindowError(
      'before_history',
      'toDate',
      `toDate lies before the kept history: received ${formatGnipTimestamp(to)}; expected later than ${oldest}`,
    );
  if (!allowLongSpan && to > addUtcMonths(from, LONGEST_SPAN_MONTHS)) {
    throw new WindowError(
      'span_too_long',
      'fromDate',
      `the window is longer than ${LONGEST_SPAN_MONTHS} months: ${received}; expected a later fromDate or an earlier toDate`,
    );
  }
}

function endOfCurrentBucket(bucket: 'day' | 'month', now: Date): Date {
  return bucket === 'day' ? addUtcDays(startOfUtcDay(now), 1) : addUtcMonths(startOfUtcMonth(now), 1);
}

/** Two whole months and the last day's month by month; the last day's month by day. */
function defaultFrom(bucket: 'day' | 'month', lastDay: Date): Date {
  return bucket === 'day' ? startOfUtcMonth(lastDay) : addUtcMonths(startOfUtcMonth(lastDay), -DEFAULT_PAST_BUCKETS);
}

function later(a: Date, b: Date): Date {
  return a > b ? a : b;
}
