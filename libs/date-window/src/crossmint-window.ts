import { monthIndex, monthOfIndex } from './calendar-date.js';
import { formatYearMonth, parseYearMonth } from './date-grammar.js';
import { WindowError } from './errors.js';
import { readParameter } from './parameter.js';
import { utcDateAt, utcMidnight } from './utc-calendar.js';
import { Window } from './window.js';

/** Date parameters of the Crossmint usage request. Absent and empty are one. */
export interface CrossmintQuery {
  readonly startDate?: string | undefined;
  readonly endDate?: string | undefined;
}

/** How the answer holds months: one object, a list, or an object for one month and a list for more. */
export type CrossmintShape = 'auto' | 'object' | 'array';

/** One month of the answer. */
export interface CrossmintMonth {
  /** `YYYY-MM`. */
  readonly month: string;
  /** The whole UTC month. */
  readonly window: Window;
}

/** Most months in one answer: ten years, far beyond any kept history. */
const MAX_MONTHS = 120;

/**
 * The months of a Crossmint usage request, ascending, every one of them, both ends inclusive, in UTC.
 * endDate defaults to startDate, which keeps the answer one object, and to the current month for the shape `array`.
 *
 * @param now the current instant
 * @throws WindowError `missing`, `invalid_format`, `in_future`, `empty_window` (startDate after endDate) or `span_too_long` (over 120 months, or more
 * than one for the shape `object`)
 */
export function crossmintWindow(query: CrossmintQuery, now: Date, shape: CrossmintShape): { readonly months: readonly CrossmintMonth[] } {
  const start = readParameter('startDate', query.startDate, parseYearMonth);
  if (start === null)
    throw new WindowError('missing', 'startDate', 'startDate is required: received none; expected YYYY-MM, for example 2023-11');
  const current = utcDateAt(now);
  const startText = formatYearMonth(start);
  if (monthIndex(start) > monthIndex(current)) {
    throw new WindowError(
      'in_future',
      'startDate',
      `startDate lies in the future: received ${startText}; expected a month not after ${formatYearMonth(current)}`,
    );
  }
  const end = readParameter('endDate', query.endDate, parseYearMonth) ?? (shape === 'array' ? current : start);
  const count = monthIndex(end) - monthIndex(start) + 1;
  const received = `received ${startText} to ${formatYearMonth(end)}`;
  if (count < 1) throw new WindowError('empty_window', 'endDate', `startDate must not be after endDate: ${received}`);
  const mostMonths = shape === 'object' ? 1 : MAX_MONTHS;
  if (count > mostMonths) throw new WindowError('span_too_long', 'endDate', `too many months: ${received}; expected at most ${mostMonths}`);
  return { months: Array.from({ length: count }, (_, offset) => monthAt(monthIndex(start) + offset)) };
}

function monthAt(index: number): CrossmintMonth {
  const first = monthOfIndex(index);
  const next = monthOfIndex(index + 1);
  return { month: formatYearMonth(first), window: Window.of(utcMidnight({ ...first, day: 1 }), utcMidnight({ ...next, day: 1 })) };
}
