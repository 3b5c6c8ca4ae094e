/** Start of the kept history, inclusive: that of the month so many before the current one. An event may not be from before it. */
export function oldestKept(now: Date, retentionMonths: number): Date {
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - retentionMonths, 1));
}
