import { Temporal } from 'temporal-polyfill';
import { type CalendarDate, DAY_MS, dateExists, dateOfEpochDay, daysFromEpoch } from './calendar-date.js';
import { formatIsoDate } from './date-grammar.js';

/** Letters first, so that a bare offset such as `+05:30` is no zone: it has no daylight saving and no name to store. */
const ZONE_NAME = /^[A-Za-z][A-Za-z0-9_+\-/]*$/;

/** Whether text names a zone of the IANA database, such as `Europe/Paris` or `UTC`. Upper and lower case are one; a bare offset is no zone. */
export function isTimeZone(text: string): boolean {
  if (!ZONE_NAME.test(text)) return false;
  try {
    zonedDateTimeAt(0, text);
    return true;
  } catch {
    return false;
  }
}

/** The calendar date on the wall of a zone at an instant, `YYYY-MM-DD`. @throws RangeError when the zone or the date is invalid. */
export function localDate(instant: Date, timeZone: string): string {
  return formatIsoDate(localDateAt(instant.getTime(), timeZone));
}

/**
 * The same time of day that many local days later. Where the clock was moved over that time, it is an hour later; where it comes twice, the earlier one.
 *
 * @throws RangeError when the zone or the date is invalid, or `days` is no whole number.
 */
export function addLocalDays(instant: Date, days: number, timeZone: string): Date {
  return new Date(zonedDateTimeAt(instant.getTime(), timeZone).add({ days }).epochMilliseconds);
}

/**
 * The first instant of a calendar date in a zone. That is not always midnight: where daylight saving begins at midnight the day starts
 * at 01:00, and where midnight comes twice it is the earlier one. For a date that a zone left out (Pacific/Apia had no 2011-12-30)
 * it is the start of the next date that exists.
 *
 * @throws RangeError when the zone is unknown or the date does not exist in the calendar.
 */
export function startOfDate(date: CalendarDate, timeZone: string): Date {
  if (!dateExists(date)) throw new RangeError(`no such date: ${JSON.stringify(date)}; expected a date of the years 0001 to 9999`);
  return new Date(startOfDateMs(date, timeZone));
}

/** {@link startOfDate} in epoch milliseconds, for a date that is known to exist. UTC, the zone of most windows, needs no database of zones. */
export function startOfDateMs({ year, month, day }: CalendarDate, timeZone: string): number {
  if (timeZone === 'UTC') return daysFromEpoch({ year, month, day }) * DAY_MS;
  return new Temporal.PlainDate(year, month, day).toZonedDateTime(timeZone).epochMilliseconds;
}

/** The calendar date of a zone at an instant given in epoch milliseconds. */
export function localDateAt(instantMs: number, timeZone: string): CalendarDate {
  if (Number.isNaN(instantMs)) throw new RangeError('received an invalid date; expected an instant');
  if (timeZone === 'UTC') return dateOfEpochDay(Math.floor(instantMs / DAY_MS));
  const { year, month, day } = zonedDateTimeAt(instantMs, timeZone);
  return { year, month, day };
}

/** What the zone's clock is ahead of UTC at an instant, in milliseconds. */
export function offsetMsAt(instantMs: number, timeZone: string): number {
  return zonedDateTimeAt(instantMs, timeZone).offsetNanoseconds / 1e6;
}

/** The last change of a zone's offset at or before an instant, in epoch milliseconds; null when there was none. */
export function offsetChangeBefore(instantMs: number, timeZone: string): number | null {
  return zonedDateTimeAt(instantMs + 1, timeZone).getTimeZoneTransition('previous')?.epochMilliseconds ?? null;
}

function zonedDateTimeAt(instantMs: number, timeZone: string): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(instantMs).toZonedDateTimeISO(timeZone);
}
