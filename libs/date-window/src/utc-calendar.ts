import { type CalendarDate, DAY_MS, dateOfEpochDay, daysFromEpoch, daysInMonth, monthIndex, monthOfIndex } from './calendar-date.js';

/** Midnight in UTC of a calendar date. */
export function utcMidnight(date: CalendarDate): Date {
  return new Date(daysFromEpoch(date) * DAY_MS);
}

/** The UTC calendar date of an instant. */
export function utcDateAt(instant: Date): CalendarDate {
  return dateOfEpochDay(Math.floor(instant.getTime() / DAY_MS));
}

/** Midnight of an instant's UTC day. */
export function startOfUtcDay(instant: Date): Date {
  return utcMidnight(utcDateAt(instant));
}

/** Midnight of the first day of an instant's UTC month. */
export function startOfUtcMonth(instant: Date): Date {
  return utcMidnight({ ...utcDateAt(instant), day: 1 });
}

/** That many UTC days later, or earlier when negative. */
export function addUtcDays(instant: Date, days: number): Date {
  return new Date(instant.getTime() + days * DAY_MS);
}

/** Midnight of the instant's day of the month that many months later, or earlier when negative; of the month's last day where it is shorter. */
export function addUtcMonths(instant: Date, months: number): Date {
  const date = utcDateAt(instant);
  const month = monthOfIndex(monthIndex(date) + months);
  return utcMidnight({ ...month, day: Math.min(date.day, daysInMonth(month)) });
}
