/** A month of the calendar: `month` is 1 to 12. */
export interface YearMonth {
  readonly year: number;
  readonly month: number;
}

/** A date of the calendar, without zone: `month` is 1 to 12, `day` is 1 to 31. */
export interface CalendarDate extends YearMonth {
  readonly day: number;
}

export const DAY_MS = 86_400_000;

/** Days from 1970-01-01 to a calendar date, negative before it. Works for years 0 to 99 too, which `Date.UTC` takes for 1900 to 1999. */
export function daysFromEpoch({ year, month, day }: CalendarDate): number {
  return new Date(0).setUTCFullYear(year, month - 1, day) / DAY_MS;
}

/** The calendar date that many days from 1970-01-01. */
export function dateOfEpochDay(epochDay: number): CalendarDate {
  const date = new Date(epochDay * DAY_MS);
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
}

/** Days of a month, 28 to 31. */
export function daysInMonth({ year, month }: YearMonth): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** Whether the calendar has the date, in the years 0001 to 9999: PostgreSQL has no year 0, and RFC 3339 no year of five digits. */
export function dateExists({ year, month, day }: CalendarDate): boolean {
  return year >= 1 && year <= 9999 && month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth({ year, month });
}

/** Months from January of year 0: the number that makes "n months later" a plain addition. */
export function monthIndex({ year, month }: YearMonth): number {
  return year * 12 + month - 1;
}

/** Year and month of a {@link monthIndex}. */
export function monthOfIndex(index: number): YearMonth {
  const year = Math.floor(index / 12);
  return { year, month: index - year * 12 + 1 };
}
