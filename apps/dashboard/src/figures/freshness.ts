const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Usage is promised within five minutes; beyond that the page says that it lags. */
export const STALE_AFTER_MS = 5 * MINUTE_MS;

/** `4 s ago`, `12 min ago`, `3 h ago`, `2 days ago`: whole units, rounded down. The future, by clocks that differ, is now. */
export function describeAge(instant: Date, now: Date): string {
  const ms = Math.max(0, now.getTime() - instant.getTime());
  if (ms < MINUTE_MS) return `${Math.floor(ms / SECOND_MS)} s ago`;
  if (ms < HOUR_MS) return `${Math.floor(ms / MINUTE_MS)} min ago`;
  if (ms < DAY_MS) return `${Math.floor(ms / HOUR_MS)} h ago`;
  return countOf(Math.floor(ms / DAY_MS), 'day', 'ago');
}

/** Whether usage lags behind by more than {@link STALE_AFTER_MS}. A period that is over and counted to its end can't lag. */
export function isStale(asOf: Date, now: Date, periodTo: Date): boolean {
  return Math.min(now.getTime(), periodTo.getTime()) - asOf.getTime() > STALE_AFTER_MS;
}

/** What is left of a period: `9 days left`, `5 hours left`, `12 minutes left`, `ended`. Whole units, rounded down. */
export function describeTimeLeft(periodTo: Date, now: Date): string {
  const ms = periodTo.getTime() - now.getTime();
  if (ms <= 0) return 'ended';
  if (ms >= DAY_MS) return countOf(Math.floor(ms / DAY_MS), 'day', 'left');
  if (ms >= HOUR_MS) return countOf(Math.floor(ms / HOUR_MS), 'hour', 'left');
  return countOf(Math.floor(ms / MINUTE_MS), 'minute', 'left');
}

/** How much of a period has passed, from 0 to 1. */
export function elapsedShare(period: { readonly from: Date; readonly to: Date }, now: Date): number {
  const length = period.to.getTime() - period.from.getTime();
  return Math.min(1, Math.max(0, (now.getTime() - period.from.getTime()) / length));
}

function countOf(count: number, unit: string, suffix: string): string {
  return `${count} ${unit}${count === 1 ? '' : 's'} ${suffix}`;
}
