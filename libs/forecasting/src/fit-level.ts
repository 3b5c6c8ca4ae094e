import { type DailySeries, type WeekdayFactors, weekdayAt, weekdayFactors } from './weekday-factors.js';

/** What the complete days say about the days to come. */
export interface LevelFit {
  /** Usage of a usual day, free of its weekday; never negative. */
  readonly level: number;
  /** How far one day's error moves the level: the α of exponential smoothing. */
  readonly gain: number;
  readonly factors: WeekdayFactors;
  /** Standard deviation of a day's error relative to the level, inflated for errors that come in runs. */
  readonly relativeSpread: number;
  /** How many errors the spread was measured on: the degrees of freedom of its Student's t. */
  readonly errorCount: number;
}

/** Older days than these change no forecast noticeably, and the backtest was measured with them cut off. */
export const FIT_DAYS = 90;
/** Fewest complete days that a level and its spread can be measured on. */
export const FEWEST_FIT_DAYS = 3;

const GAINS = [0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5] as const;
const DAYS_TO_CHOOSE_GAIN = 21;
const DAYS_TO_SMOOTH = 8;
const DEFAULT_GAIN = 0.2;
const ERRORS_TO_MEASURE = 56;
const MAX_AUTOCORRELATION = 0.6;
/**
 * An error counts against at least this share of the mean day. Without it a few idle days, after which the level is next to nothing,
 * turn the first busy one into an error of a million percent. On series without idle days it changes nothing.
 */
const SCALE_FLOOR = 0.25;
/**
 * A weekday with less than this share of a usual day moves the level, and counts in the spread, in proportion to what it has. Its usage over a
 * small factor says little about the level: idle weekends would halve it every Sunday.
 */
const FULL_WEIGHT_FACTOR = 0.5;

interface Smoothing {
  readonly level: number;
  readonly gain: number;
  /** One-step errors: value − level known the day before, times the root of the day's weight. */
  readonly errors: readonly number[];
  /** The same errors over that level, or over a floor where it is next to nothing. */
  readonly relativeErrors: readonly number[];
}

/**
 * Simple exponential smoothing of the usage without its weekday shape, on the last {@link FIT_DAYS} days.
 * There is no trend term: the README says why.
 *
 * @throws RangeError below {@link FEWEST_FIT_DAYS} days.
 */
export function fitLevel(history: DailySeries): LevelFit {
  if (history.values.length < FEWEST_FIT_DAYS) {
    throw new RangeError(`cannot fit a level to ${history.values.length} days; expected at least ${FEWEST_FIT_DAYS}`);
  }
  const cut = Math.max(0, history.values.length - FIT_DAYS);
  const series = { values: history.values.slice(cut), firstWeekday: weekdayAt(history, cut) };
  const factors = weekdayFactors(series);
  const flattened = series.values.map((value, day) => value / factors[weekdayAt(series, day)]!);
  const weights = series.values.map((_value, day) => Math.min(1, factors[weekdayAt(series, day)]! / FULL_WEIGHT_FACTOR));
  const smoothing = smooth(flattened, weights);
  const relativeErrors = smoothing.relativeErrors.slice(-ERRORS_TO_MEASURE);
  return {
    level: Math.max(0, smoothing.level),
    gain: smoothing.gain,
    factors,
    relativeSpread: rootMeanSquare(relativeErrors) * runInflation(relativeErrors),
    errorCount: relativeErrors.length,
  };
}

function smooth(values: readonly number[], weights: readonly number[]): Smoothing {
  // Below 14 days all factors are 1, and so are the weights: the running mean is the plain mean.
  if (values.length < DAYS_TO_SMOOTH) return runThrough(values, weights, (day) => 1 / (day + 1), 1 / values.length);
  const gains = values.length < DAYS_TO_CHOOSE_GAIN ? [DEFAULT_GAIN] : GAINS;
  const candidates = gains.map((gain) => runThrough(values, weights, () => gain, gain));
  return candidates.reduce((best, candidate) => (sumOfSquares(candidate.errors) < sumOfSquares(best.errors) ? candidate : best));
}

/** Starts at the first value and moves by `gainAt(day)` of each error; `gain` is what one more day would move the level by. */
function runThrough(values: readonly number[], weights: readonly number[], gainAt: (day: number) => number, gain: number): Smoothing {
  const floor = SCALE_FLOOR * mean(values);
  const errors: number[] = [];
  const relativeErrors: number[] = [];
  let level = values[0]!;
  for (let day = 1; day < values.length; day += 1) {
    const weight = weights[day]!;
    const error = values[day]! - level;
    const scale = Math.max(level, floor);
    errors.push(error * Math.sqrt(weight));
    relativeErrors.push(scale > 0 ? (error / scale) * Math.sqrt(weight) : 0);
    level += gainAt(day) * weight * error;
  }
  return { level, gain, errors, relativeErrors };
}

/** √((1+ρ)/(1−ρ)): errors that repeat their sign add up over the days, and do not cancel. */
function runInflation(errors: readonly number[]): number {
  const energy = sumOfSquares(errors);
  if (energy === 0) return 1;
  const neighbours = errors.slice(1).reduce((sum, error, index) => sum + error * errors[index]!, 0);
  const autocorrelation = Math.min(MAX_AUTOCORRELATION, Math.max(0, neighbours / energy));
  return Math.sqrt((1 + autocorrelation) / (1 - autocorrelation));
}

function rootMeanSquare(values: readonly number[]): number {
  return Math.sqrt(sumOfSquares(values) / values.length);
}

function sumOfSquares(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value * value, 0);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
