import { Window } from '@tallymark/date-window';
import { type Decimal, decimal, formatDecimal, sumDecimals } from '@tallymark/domain';
import { type UsageInterval, forecastPeriod } from '@tallymark/forecasting';
import { DAY_MS, type Period, type Series } from './series.js';

/** Days of a period after whose end its total is asked for. Fixed before any run. */
export const ORIGIN_DAYS = [2, 3, 5, 7, 10, 14, 18, 21, 25, 28] as const;
const HISTORY_DAYS = 90;

/** The methods compared: ours, and the simple ones it has to beat. */
export const METHODS = ['run_rate', 'last_7_days', 'seasonal_naive', 'weekday_ses'] as const;
export type Method = (typeof METHODS)[number];

export interface Interval {
  readonly lower: number;
  readonly upper: number;
}

/** One question asked of the past, and its answer by each method. */
export interface Trial {
  /** Which period of the series: trials of one period are not independent of each other. */
  readonly period: number;
  readonly originDay: number;
  readonly daysLeft: number;
  readonly actual: number;
  readonly projected: Readonly<Record<Method, number>>;
  /** Null where the history is too short for ours to give any. */
  readonly interval80: Interval | null;
  readonly interval95: Interval | null;
  /** Mean |y_t − y_{t−7}| of the history; null below eight days or where it is zero. */
  readonly weeklyChange: number | null;
}

/** Asks for each period's total at the end of each origin day, showing the methods no day beyond it. */
export function runBacktest(series: Series, periods: readonly Period[]): Trial[] {
  return periods.flatMap((period, index) =>
    ORIGIN_DAYS.filter((originDay) => originDay < period.length).map((originDay) => trial(series, period, index, originDay)),
  );
}

function trial(series: Series, { first, length }: Period, period: number, originDay: number): Trial {
  const origin = first + originDay;
  const known = series.days.slice(Math.max(0, origin - HISTORY_DAYS), origin);
  const usedSoFar = sumDecimals(series.days.slice(first, origin).map(({ used }) => used));
  const startMs = Date.parse(series.days[first]!.date);
  const forecast = forecastPeriod({
    aggregation: 'sum',
    window: Window.of(new Date(startMs), new Date(startMs + length * DAY_MS)),
    now: new Date(startMs + originDay * DAY_MS),
    timeZone: 'UTC',
    history: known,
    usedSoFar,
    todayUsed: decimal('0'),
  });
  const used = toNumber(usedSoFar);
  const daysLeft = length - originDay;
  const values = known.map(({ value }) => value);
  return {
    period,
    originDay,
    daysLeft,
    actual: total(series.days.slice(first, first + length).map(({ value }) => value)),
    projected: {
      run_rate: (used * length) / originDay,
      last_7_days: used + (total(values.slice(-7)) / Math.min(7, values.length)) * daysLeft,
      seasonal_naive: used + sameWeekdays(values, daysLeft),
      weekday_ses: forecast.projected === null ? used : toNumber(forecast.projected),
    },
    interval80: toInterval(forecast.interval80),
    interval95: toInterval(forecast.interval95),
    weeklyChange: weeklyChangeOf(values),
  };
}

/** The last week over and over; the last day where there is no week yet. */
function sameWeekdays(values: readonly number[], daysLeft: number): number {
  const week = values.length < 7 ? values.slice(-1) : values.slice(-7);
  return total(Array.from({ length: daysLeft }, (_, day) => week[day % week.length]!));
}

function weeklyChangeOf(values: readonly number[]): number | null {
  const changes = values.slice(7).map((value, index) => Math.abs(value - values[index]!));
  const mean = total(changes) / changes.length;
  return changes.length > 0 && mean > 0 ? mean : null;
}

function toInterval(interval: UsageInterval | null): Interval | null {
  return interval === null ? null : { lower: toNumber(interval.lower), upper: toNumber(interval.upper) };
}

function toNumber(value: Decimal): number {
  return Number(formatDecimal(value));
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
