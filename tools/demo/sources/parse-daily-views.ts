import { DAY_MS, type DailyCount } from './sources.js';

const LINE = /^"(\d{4}-\d{2}-\d{2})",([\d.]+)$/;

/** Reads daily page views given as natural logarithms (`"ds","y"`). Days in between that are missing get the count of a week before. */
export function parseDailyViews(text: string): DailyCount[] {
  const counts = new Map<number, number>();
  for (const line of text.split(/\r?\n/)) {
    const [, day, logarithm] = LINE.exec(line) ?? [];
    if (day !== undefined) counts.set(Date.parse(`${day}T00:00:00Z`), Math.round(Math.exp(Number(logarithm))));
  }
  const days = [...counts.keys()].sort((a, b) => a - b);
  const first = days[0];
  const last = days.at(-1);
  if (first === undefined || last === undefined) return [];
  const filled: DailyCount[] = [];
  for (let day = first; day <= last; day += DAY_MS) {
    const count = counts.get(day) ?? counts.get(day - 7 * DAY_MS) ?? filled.at(-1)?.count ?? 0;
    counts.set(day, count);
    filled.push({ day: new Date(day), count });
  }
  return filled;
}
