import { type Decimal, decimal } from '@tallymark/domain';
import type { DailyUsage } from '@tallymark/forecasting';

export const DAY_MS = 86_400_000;

/** Usage per UTC day, without gaps. */
export interface Series {
  readonly name: string;
  readonly days: readonly Day[];
  /** Days the source left out, filled from the same weekday a week before. */
  readonly filledDays: number;
}

/** A day's usage, exact and as the number that the scores are computed with. */
export interface Day extends DailyUsage {
  readonly value: number;
}

/** A span of days whose total is forecast: `days[first]` to `days[first + length - 1]`. */
export interface Period {
  readonly first: number;
  readonly length: number;
}

/**
 * Makes a series of daily values by UTC date. A missing day is unknown, not zero, so it takes the value of the same weekday a week before (or of
 * the day before, in the first week): nothing later than the day itself is looked at.
 */
export function seriesOf(name: string, valueByDate: ReadonlyMap<string, number>): Series {
  const dates = [...valueByDate.keys()].sort();
  if (dates.length === 0) throw new RangeError(`series ${JSON.stringify(name)} has no days`);
  const days: Day[] = [];
  let filledDays = 0;
  for (let ms = Date.parse(dates[0]!); ms <= Date.parse(dates.at(-1)!); ms += DAY_MS) {
    const date = new Date(ms).toISOString().slice(0, 10);
    const known = valueByDate.get(date);
    if (known === undefined) filledDays += 1;
    const value = known ?? (days.at(-7) ?? days.at(-1)!).value;
    days.push({ date, value, used: toDecimal(value) });
  }
  return { name, days, filledDays };
}

/** The complete calendar months of a series. */
export function completeMonths(series: Series): Period[] {
  const periods: Period[] = [];
  series.days.forEach(({ date }, first) => {
    if (!date.endsWith('-01')) return;
    const length = daysInMonth(date);
    if (first + length <= series.days.length) periods.push({ first, length });
  });
  return periods;
}

function daysInMonth(date: string): number {
  return new Date(Date.UTC(Number(date.slice(0, 4)), Number(date.slice(5, 7)), 0)).getUTCDate();
}

function toDecimal(value: number): Decimal {
  return decimal(String(value));
}
