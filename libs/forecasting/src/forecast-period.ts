import type { Window } from '@tallymark/date-window';
import type { Aggregation, Decimal } from '@tallymark/domain';
import { crossingOf } from './crossing.js';
import { type DailyUsage, toDailySeries } from './daily-usage.js';
import { type DayAhead, daysAhead } from './days-ahead.js';
import { type DistinctCurve, projectDistinct } from './distinct-curve.js';
import { fromEstimate, toEstimate } from './estimate.js';
import { FEWEST_FIT_DAYS, type LevelFit, fitLevel } from './fit-level.js';
import type { Forecast, UsageInterval } from './forecast.js';
import type { Outlook } from './outlook.js';
import { peakOutlook } from './peak-outlook.js';
import { type ProjectionRule, projectionFor } from './projection-rule.js';
import { projectRunRate } from './run-rate.js';
import { totalOutlook } from './total-outlook.js';

/** Below this much of a period a run rate is an accident of the hour, not a rate. */
const SHORTEST_RUN_MS = 86_400_000;

/** What a forecast is made from. All quantities are in the meter's units. */
export interface ForecastInput {
  /** Decides the rule: see {@link projectionFor}. */
  readonly aggregation: Aggregation;
  /** The period whose end is asked for. */
  readonly window: Window;
  readonly now: Date;
  /** IANA zone in which days begin and end. */
  readonly timeZone: string;
  /** Complete local days, consecutive, oldest first, up to yesterday; days of earlier periods are welcome. {@link fillDailyUsage} makes it. */
  readonly history: readonly DailyUsage[];
  /** The meter's value in the window up to `now`. Of a time-weighted gauge: value × time so far over the length of the whole window. */
  readonly usedSoFar: Decimal;
  /** The part of it that belongs to the current local day; sums and counts alone read it. */
  readonly todayUsed: Decimal;
  /** The amount whose crossing is asked for; null or absent for none. */
  readonly included?: Decimal | null;
  /** Earlier periods of the same meter; distinct counts alone read it. */
  readonly pastCurves?: readonly DistinctCurve[];
}

/**
 * Usage at the end of a period, with 80 % and 95 % intervals: what is used, plus the level of the last weeks times the weekdays left.
 *
 * From 3 complete days on `weekday_ses`; below, a `run_rate` without interval once a day of the period has passed, else
 * `insufficient_data`. Peaks, gauges and distinct counts follow the rule of their aggregation.
 * Used amounts stay exact decimals throughout; what is added to them is an estimate, computed in binary floating point and handed out as a
 * decimal of 12 significant digits. It is never to be billed.
 *
 * @throws RangeError when the history is not one day after another up to yesterday, or the zone is unknown.
 */
export function forecastPeriod(input: ForecastInput): Forecast {
  const series = toDailySeries(input.history, input.now, input.timeZone);
  const rule = projectionFor(input.aggregation);
  if (rule === 'stands') return withoutInterval(input, 'value_so_far', input.usedSoFar);
  if (rule === 'distinct') return forecastDistinct(input);
  if (series.values.length < FEWEST_FIT_DAYS) return forecastFromLittle(input, rule);
  const days = daysAhead(input.window, input.now, input.timeZone);
  const outlook = outlookFor(rule, days, fitLevel(series), input);
  const interval = (coverage: number): UsageInterval => {
    const { lower, upper } = outlook.interval(coverage);
    return { lower: input.usedSoFar.plus(fromEstimate(lower)), upper: input.usedSoFar.plus(fromEstimate(upper)) };
  };
  return {
    method: 'weekday_ses',
    projected: input.usedSoFar.plus(fromEstimate(outlook.median)),
    interval80: interval(0.8),
    interval95: interval(0.95),
    crossing: input.included ? crossingOf(outlook, toEstimate(input.included.minus(input.usedSoFar))) : null,
    historyDays: input.history.length,
    asOf: input.now,
  };
}

function outlookFor(rule: 'total' | 'peak' | 'time_average', days: readonly DayAhead[], fit: LevelFit, input: ForecastInput): Outlook {
  switch (rule) {
    case 'total':
      return totalOutlook(
        days.map((day) => totalShare(day, fit, toEstimate(input.todayUsed))),
        fit,
      );
    case 'peak':
      return peakOutlook(days, fit, toEstimate(input.usedSoFar));
    case 'time_average':
      return totalOutlook(
        days.map((day) => averageShare(day, fit, input.window.durationMs)),
        fit,
      );
  }
}

/** Of the current day comes what it is expected to have and does not have yet; only the hours left of it can still surprise. */
function totalShare(day: DayAhead, fit: LevelFit, todayUsed: number): { date: string; expected: number; weight: number } {
  const factor = fit.factors[day.weekday]!;
  const wholeDay = fit.level * factor * day.shareInWindow;
  return { date: day.date, expected: day.isToday ? Math.max(0, wholeDay - todayUsed) : wholeDay, weight: factor * day.shareAhead };
}

/** A gauge's value counts by the part of the whole period for which it stands. */
function averageShare(day: DayAhead, fit: LevelFit, windowMs: number): { date: string; expected: number; weight: number } {
  const weight = (fit.factors[day.weekday]! * day.aheadMs) / windowMs;
  return { date: day.date, expected: fit.level * weight, weight };
}

function forecastDistinct(input: ForecastInput): Forecast {
  const projected = projectDistinct({ used: input.usedSoFar, curves: input.pastCurves ?? [], window: input.window, now: input.now });
  return withoutInterval(input, projected === null ? 'insufficient_data' : 'past_curve', projected);
}

function forecastFromLittle(input: ForecastInput, rule: ProjectionRule): Forecast {
  if (rule === 'peak') return withoutInterval(input, 'value_so_far', input.usedSoFar);
  const nowMs = input.now.getTime();
  if (nowMs - input.window.fromMs < SHORTEST_RUN_MS && nowMs < input.window.toMs) return withoutInterval(input, 'insufficient_data', null);
  return withoutInterval(input, 'run_rate', projectRunRate({ used: input.usedSoFar, window: input.window, now: input.now }));
}

function withoutInterval(input: ForecastInput, method: Forecast['method'], projected: Decimal | null): Forecast {
  return { method, projected, interval80: null, interval95: null, crossing: null, historyDays: input.history.length, asOf: input.now };
}
