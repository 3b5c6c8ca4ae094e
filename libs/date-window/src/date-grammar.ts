import { type CalendarDate, dateExists, type YearMonth } from './calendar-date.js';
import { DateFormatError } from './errors.js';
import { parseRfc3339 } from './rfc3339.js';
import { utcMidnight } from './utc-calendar.js';

const YEAR_MONTH = /^(\d{4})-(0[1-9]|1[0-2])$/;
const GNIP_TIMESTAMP = /^(\d{4})(\d{2})(\d{2})([01]\d|2[0-3])[0-5]\d$/;
const ISO_DATE = /^(\d{4})-(\d{2})-(\d{2})$/;

/** Reads `YYYY-MM` (Crossmint). Years are 0001 to 9999. @throws DateFormatError */
export function parseYearMonth(text: string): YearMonth {
  const match = YEAR_MONTH.exec(text);
  const year = Number(match?.[1]);
  if (match === null || year === 0) throw new DateFormatError(text, 'YYYY-MM, for example 2023-11');
  return { year, month: Number(match[2]) };
}

/**
 * Reads `YYYYMMDDHHMM` in UTC (X/Gnip): exactly 12 digits, a date that exists, a time of day that exists.
 * Hour and minute are cut to 0000, never rounded, since the contract counts in whole days.
 *
 * @throws DateFormatError
 */
export function parseGnipTimestamp(text: string): Date {
  const date = calendarDate(GNIP_TIMESTAMP.exec(text));
  if (date === null) throw new DateFormatError(text, 'YYYYMMDDHHMM, 12 digits in UTC, for example 202611210000');
  return utcMidnight(date);
}

/** Reads `YYYY-MM-DD`, a date that exists, years 0001 to 9999. Which zone it is in, the caller knows. @throws DateFormatError */
export function parseIsoDate(text: string): CalendarDate {
  const date = calendarDate(ISO_DATE.exec(text));
  if (date === null) throw new DateFormatError(text, 'YYYY-MM-DD, for example 2026-11-21');
  return date;
}

/**
 * Reads a date (`2026-11-21`, taken as its midnight in UTC) or an RFC 3339 date-time with offset (`2026-11-21T10:00:00+02:00`).
 * A date-time without offset is refused: it names no instant. Digits finer than a millisecond are cut.
 *
 * @throws DateFormatError
 */
export function parseIsoDateOrDateTime(text: string): { readonly instant: Date; readonly dateOnly: boolean } {
  const date = calendarDate(ISO_DATE.exec(text));
  if (date !== null) return { instant: utcMidnight(date), dateOnly: true };
  try {
    return { instant: parseRfc3339(text), dateOnly: false };
  } catch {
    throw new DateFormatError(text, 'YYYY-MM-DD, or a date-time with offset, for example 2026-11-21 or 2026-11-21T10:00:00Z');
  }
}

/** `YYYY-MM`, the form that {@link parseYearMonth} reads. */
export function formatYearMonth({ year, month }: YearMonth): string {
  return `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}`;
}

/** `YYYY-MM-DD`, the form that {@link parseIsoDate} reads. */
export function formatIsoDate(date: CalendarDate): string {
  return `${formatYearMonth(date)}-${String(date.day).padStart(2, '0')}`;
}

/** `YYYYMMDD0000` of the instant's UTC date, the form that {@link parseGnipTimestamp} reads. */
export function formatGnipTimestamp(instant: Date): string {
  return `${instant.toISOString().slice(0, 10).replaceAll('-', '')}0000`;
}

/** The date in the first three groups of a match; null when there is no match or no such date. */
function calendarDate(match: RegExpExecArray | null): CalendarDate | null {
  if (match === null) return null;
  const date = { year: Number(match[1]), month: Number(match[2]), day: Number(match[3]) };
  return dateExists(date) ? date : null;
}
