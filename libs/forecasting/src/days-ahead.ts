import { Window, localDate, splitWindow } from '@tallymark/date-window';
import { weekdayOf } from './daily-usage.js';

/** A local day, or what is left of it, between now and the period's end. */
export interface DayAhead {
  readonly date: string;
  readonly weekday: number;
  /** Part of the day that belongs to the period, 0 to 1; below 1 only where a period begins or ends in mid-day. */
  readonly shareInWindow: number;
  /** Part of the day that belongs to the period and is still to come, 0 to 1. */
  readonly shareAhead: number;
  /** Milliseconds still to come. */
  readonly aheadMs: number;
  /** Whether it has begun: the one day part of which is used already. */
  readonly isToday: boolean;
}

/** The days from now, or from the period's begin where that is later, to its end, in the customer's zone; none after the end. */
export function daysAhead(window: Window, now: Date, timeZone: string): DayAhead[] {
  const fromMs = Math.max(window.fromMs, now.getTime());
  if (fromMs >= window.toMs) return [];
  return splitWindow(Window.of(new Date(fromMs), window.to), 'day', timeZone).map(({ label, covered }) => {
    const date = localDate(label.from, timeZone);
    const inWindowMs = Math.min(label.toMs, window.toMs) - Math.max(label.fromMs, window.fromMs);
    return {
      date,
      weekday: weekdayOf(date),
      shareInWindow: inWindowMs / label.durationMs,
      shareAhead: covered.durationMs / label.durationMs,
      aheadMs: covered.durationMs,
      isToday: label.fromMs <= now.getTime(),
    };
  });
}
