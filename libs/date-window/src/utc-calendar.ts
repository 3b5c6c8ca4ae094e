import { daysInMonth, monthIndex, monthOfIndex } from './epoch-day.js';

const DAY_MS = 86_400_000;

/** Midnight of an instant's UTC day. */
export function startOfUtcDay(instant: Date): Date {
  return new Date(Math.floor(instant.getTime() / DAY_MS) * DAY_MS);
}

/** Midnight of the first day of an instant's UTC month. */
export function startOfUtcMonth(instant: Date): Date {
  return utcDate(instant.getUTCFullYear(), instant.getUTCMonth() + 1, 1);
}

/** That many days of 24 hours later, or earlier when negative. */
export function addUtcDays(instant: Date, days: number): Date {
  return new Date(instant.getTime() + days * DAY_MS);
}

/** The same day of the month and time of day that many months later, or earlier when negative; the month's last day where it is shorter. */
export function addUtcMonths(instant: Date, months: number): Date {
  const { year, month } = monthOfIndex(monthIndex({ year: instant.getUTCFullYear(), month: instant.getUTCMonth() + 1 }) + months);
  const timeOfDayMs = instant.getTime() - startOfUtcDay(instant).getTime();
  return new Date(utcDate(year, month, Math.min(instant.getUTCDate(), daysInMonth(year, month))).getTime() + timeOfDayMs);
}

/** Midnight in UTC of a date; years 0 to 99 are themselves, unlike in `Date.UTC`. */
export function utcDate(year: number, month: number, day: number): Date {
  return new Date(new Date(0).setUTCFullYear(year, month - 1, day));
}
