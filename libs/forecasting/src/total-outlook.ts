import type { LevelFit } from './fit-level.js';
import type { DayChance, Outlook } from './outlook.js';
import { studentTCdf, studentTQuantile } from './student-t.js';

/** A day's part in a total still to come. */
export interface DayShare {
  readonly date: string;
  /** Expected usage. */
  readonly expected: number;
  /** By how many levels the day's usage moves when its relative error is 1: its weekday factor, less what is past of it. */
  readonly weight: number;
}

interface RunningTotal {
  readonly date: string;
  readonly expected: number;
  readonly deviation: number;
}

/**
 * Outlook of usage that adds up. The deviation is in closed form: the error of day i counts with its own weight, and with α times all
 * later weights since it moves the level, so `level · σ · √Σ_i (w_i + α · Σ_{j>i} w_j)²`.
 */
export function totalOutlook(days: readonly DayShare[], fit: LevelFit): Outlook {
  const totals = runningTotals(days, fit);
  const { expected, deviation } = totals.at(-1) ?? { expected: 0, deviation: 0 };
  return {
    median: expected,
    interval: (coverage) => {
      const halfWidth = deviation === 0 ? 0 : deviation * studentTQuantile((1 + coverage) / 2, fit.errorCount);
      return { lower: Math.max(0, expected - halfWidth), upper: expected + halfWidth };
    },
    chancesAbove: (headroom) =>
      neverFalling(totals.map((total) => ({ date: total.date, probability: chanceAbove(total, headroom, fit.errorCount) }))),
  };
}

/** Expected extra usage and its deviation by the end of each day. With W_k = Σ_{j≤k} w_j the sum of squares is Σ (w_i − αW_i + αW_k)², which grows in one pass. */
function runningTotals(days: readonly DayShare[], { level, relativeSpread, gain }: LevelFit): RunningTotal[] {
  const running = { expected: 0, weight: 0, base: 0, baseSquares: 0 };
  return days.map((day, index) => {
    running.expected += day.expected;
    running.weight += day.weight;
    const base = day.weight - gain * running.weight;
    running.base += base;
    running.baseSquares += base * base;
    const moved = gain * running.weight;
    const squares = running.baseSquares + 2 * moved * running.base + (index + 1) * moved * moved;
    return { date: day.date, expected: running.expected, deviation: level * relativeSpread * Math.sqrt(Math.max(0, squares)) };
  });
}

function chanceAbove({ expected, deviation }: RunningTotal, headroom: number, degrees: number): number {
  if (deviation === 0) return expected > headroom ? 1 : 0;
  return studentTCdf((expected - headroom) / deviation, degrees);
}

/** What is passed stays passed, also where a growing deviation alone would lower the probability again. */
function neverFalling(chances: readonly DayChance[]): DayChance[] {
  let highest = 0;
  return chances.map(({ date, probability }) => {
    highest = Math.max(highest, probability);
    return { date, probability: highest };
  });
}
