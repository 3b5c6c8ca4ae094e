import { describe, expect, it } from '@jest/globals';
import type { LevelFit } from './fit-level.js';
import { studentTQuantile } from './student-t.js';
import { totalOutlook } from './total-outlook.js';

const fit: LevelFit = { level: 100, gain: 0.3, factors: [1, 1, 1, 1, 1, 1, 1], relativeSpread: 0.1, errorCount: 20 };
const WEIGHTS = [0.4, 1.1, 1.2, 1.1, 0.6, 1.6];
const days = WEIGHTS.map((weight, index) => ({ date: `2026-03-0${index + 1}`, expected: weight * fit.level, weight }));

describe('totalOutlook', () => {
  it('has the deviation of the written-out sum', () => {
    const squares = WEIGHTS.map((weight, i) => (weight + fit.gain * WEIGHTS.slice(i + 1).reduce((sum, later) => sum + later, 0)) ** 2);
    const deviation = fit.level * fit.relativeSpread * Math.sqrt(squares.reduce((sum, square) => sum + square, 0));
    const { lower, upper } = totalOutlook(days, fit).interval(0.8);
    expect(upper - 600).toBeCloseTo(deviation * studentTQuantile(0.9, 20), 9);
    expect(600 - lower).toBeCloseTo(deviation * studentTQuantile(0.9, 20), 9);
  });

  it('gives a limit at the median even odds on the last day, and less before', () => {
    const chances = totalOutlook(days, fit)
      .chancesAbove(600)
      .map(({ probability }) => probability);
    expect(chances.at(-1)).toBeCloseTo(0.5, 9);
    expect([...chances].sort((a, b) => a - b)).toEqual(chances);
  });

  it('never falls back once a limit is as good as passed', () => {
    const chances = totalOutlook(days, fit)
      .chancesAbove(30)
      .map(({ probability }) => probability);
    expect([...chances].sort((a, b) => a - b)).toEqual(chances);
  });

  it('ends with nothing when no day is left', () => {
    const outlook = totalOutlook([], fit);
    expect(outlook.median).toBe(0);
    expect(outlook.interval(0.95)).toEqual({ lower: 0, upper: 0 });
    expect(outlook.chancesAbove(1)).toEqual([]);
  });
});
