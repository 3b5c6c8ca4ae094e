import { type Random, randomFrom } from './random.js';
import { type Interval, METHODS, type Method, type Trial } from './run-backtest.js';

/** How well the forecasts of one series did. Errors, widths and scores are fractions of the actual total; null where nothing could be scored. */
export interface Scores {
  readonly trials: number;
  readonly mape: Readonly<Record<Method, number | null>>;
  /** Error of the total over (mean |y_t − y_{t−7}| × days left): below 1 beats repeating last week's changes. */
  readonly mase: number | null;
  readonly coverage80: number | null;
  readonly coverage95: number | null;
  readonly width80: number | null;
  /** Mean pinball loss at 0.1, 0.5 and 0.9. */
  readonly pinball: number | null;
  /** Winkler score of the 80 % interval: its width, plus ten times what it misses by. */
  readonly winkler80: number | null;
}

/** Scores trials. A period whose actual total is zero has no relative error and counts for coverage and number alone. */
export function scoreTrials(trials: readonly Trial[]): Scores {
  const scored = trials.filter(({ actual }) => actual > 0);
  const banded = trials.filter(({ interval80 }) => interval80 !== null);
  const bandedScored = banded.filter(({ actual }) => actual > 0);
  const mape = Object.fromEntries(METHODS.map((method) => [method, mean(scored.map((trial) => relativeError(trial, method)))])) as Record<
    Method,
    number | null
  >;
  return {
    trials: trials.length,
    mape,
    mase: mean(
      trials.flatMap((trial) =>
        trial.weeklyChange === null ? [] : [absoluteError(trial, 'weekday_ses') / (trial.weeklyChange * trial.daysLeft)],
      ),
    ),
    coverage80: mean(banded.map((trial) => (holds(trial.interval80!, trial.actual) ? 1 : 0))),
    coverage95: mean(banded.map((trial) => (holds(trial.interval95!, trial.actual) ? 1 : 0))),
    width80: mean(bandedScored.map(({ interval80, actual }) => (interval80!.upper - interval80!.lower) / actual)),
    pinball: mean(bandedScored.map(pinballLoss)),
    winkler80: mean(bandedScored.map(({ interval80, actual }) => winklerScore(interval80!, actual, 0.2) / actual)),
  };
}

/** How much smaller the error is than the run rate's, macro: 1 − mean MAPE / mean MAPE of the run rate, each series counting once. */
export function macroSkill(seriesTrials: readonly (readonly Trial[])[]): number {
  return skillOf(seriesTrials.map(errorsByPeriod));
}

/**
 * The range that holds 9 of 10 macro skills when the periods of each series are drawn anew, with replacement. Whole periods are drawn, since the
 * questions about one month share its luck.
 */
export function skillRange(seriesTrials: readonly (readonly Trial[])[], draws = 2_000): Interval {
  const random = randomFrom(20_261_121);
  const series = seriesTrials.map(errorsByPeriod);
  const skills = Array.from({ length: draws }, () => skillOf(series.map((periods) => periods.map(() => drawOne(periods, random))))).sort(
    (a, b) => a - b,
  );
  return { lower: skills[Math.floor(draws * 0.05)]!, upper: skills[Math.floor(draws * 0.95)]! };
}

/** Winkler's interval score: width, plus 2/α for each unit by which the truth lies outside. */
export function winklerScore({ lower, upper }: Interval, actual: number, alpha: number): number {
  return upper - lower + (2 / alpha) * Math.max(0, lower - actual, actual - upper);
}

/** Mean of what is given; null for nothing. */
export function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}

interface PeriodErrors {
  readonly ours: number;
  readonly runRate: number;
  readonly count: number;
}

function errorsByPeriod(trials: readonly Trial[]): PeriodErrors[] {
  const periods = new Map<number, PeriodErrors>();
  for (const trial of trials.filter(({ actual }) => actual > 0)) {
    const { ours, runRate, count } = periods.get(trial.period) ?? { ours: 0, runRate: 0, count: 0 };
    periods.set(trial.period, {
      ours: ours + relativeError(trial, 'weekday_ses'),
      runRate: runRate + relativeError(trial, 'run_rate'),
      count: count + 1,
    });
  }
  return [...periods.values()];
}

function skillOf(series: readonly (readonly PeriodErrors[])[]): number {
  let ours = 0;
  let runRate = 0;
  for (const periods of series) {
    const count = periods.reduce((sum, period) => sum + period.count, 0);
    ours += periods.reduce((sum, period) => sum + period.ours, 0) / count;
    runRate += periods.reduce((sum, period) => sum + period.runRate, 0) / count;
  }
  return 1 - ours / runRate;
}

function drawOne<T>(values: readonly T[], random: Random): T {
  return values[Math.floor(random() * values.length)]!;
}

function absoluteError(trial: Trial, method: Method): number {
  return Math.abs(trial.projected[method] - trial.actual);
}

function relativeError(trial: Trial, method: Method): number {
  return absoluteError(trial, method) / trial.actual;
}

function holds({ lower, upper }: Interval, actual: number): boolean {
  // An interval of no width still holds the total it names, up to the last binary digits.
  const slack = 1e-9 * Math.abs(actual);
  return actual >= lower - slack && actual <= upper + slack;
}

function pinballLoss({ interval80, projected, actual }: Trial): number {
  const quantiles = [
    [0.1, interval80!.lower],
    [0.5, projected.weekday_ses],
    [0.9, interval80!.upper],
  ] as const;
  const losses = quantiles.map(([level, value]) => (actual >= value ? level * (actual - value) : (1 - level) * (value - actual)));
  return losses.reduce((sum, loss) => sum + loss, 0) / losses.length / actual;
}
