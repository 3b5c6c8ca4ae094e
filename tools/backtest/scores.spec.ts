import { describe, expect, it } from '@jest/globals';
import { judge } from './judge.js';
import type { Trial } from './run-backtest.js';
import { macroSkill, scoreTrials, skillRange, winklerScore } from './scores.js';

function trialOf(overrides: Partial<Trial> & { ours?: number; runRate?: number } = {}): Trial {
  const { ours = 110, runRate = 120, ...rest } = overrides;
  return {
    period: 0,
    originDay: 10,
    daysLeft: 20,
    actual: 100,
    projected: { run_rate: runRate, last_7_days: 130, seasonal_naive: 90, weekday_ses: ours },
    interval80: { lower: 95, upper: 125 },
    interval95: { lower: 80, upper: 140 },
    weeklyChange: 2,
    ...rest,
  };
}

describe('scoreTrials', () => {
  it('scores one trial as by hand', () => {
    const scores = scoreTrials([trialOf()]);
    expect(scores.mape).toEqual({ run_rate: 0.2, last_7_days: 0.3, seasonal_naive: 0.1, weekday_ses: 0.1 });
    expect(scores).toMatchObject({ trials: 1, mase: 0.25, coverage80: 1, coverage95: 1, width80: 0.3, winkler80: 0.3 });
    // 0.1 · (100 − 95), 0.5 · (110 − 100), 0.1 · (125 − 100)
    expect(scores.pinball).toBeCloseTo((0.5 + 5 + 2.5) / 3 / 100, 12);
  });

  it('counts what the intervals miss', () => {
    const inside = trialOf();
    const outside = trialOf({ interval80: { lower: 101, upper: 120 } });
    expect(scoreTrials([inside, inside, inside, outside])).toMatchObject({ coverage80: 0.75, coverage95: 1 });
  });

  it('has no relative error for a total of zero', () => {
    expect(scoreTrials([trialOf({ actual: 0 })]).mape.weekday_ses).toBeNull();
  });

  it('leaves trials without an interval out of the coverage', () => {
    expect(scoreTrials([trialOf(), trialOf({ interval80: null, interval95: null })]).coverage80).toBe(1);
  });
});

describe('winklerScore', () => {
  it.each([
    ['inside: the width', 100, 10],
    ['above: ten times the miss on top', 107, 30],
    ['below', 94, 20],
  ])('%s', (_name, actual, expected) => {
    expect(winklerScore({ lower: 95, upper: 105 }, actual, 0.2)).toBe(expected);
  });
});

describe('macroSkill', () => {
  it('counts each series once, however long', () => {
    const long = Array.from({ length: 50 }, () => trialOf({ ours: 110, runRate: 110 }));
    const short = [trialOf({ ours: 100, runRate: 110 })];
    expect(macroSkill([long, short])).toBeCloseTo(0.5, 12);
  });

  it('lies within the range that drawing the months anew gives', () => {
    const trials = Array.from({ length: 40 }, (_, period) => trialOf({ period, ours: 100 + (period % 7), runRate: 100 + (period % 11) }));
    const { lower, upper } = skillRange([trials], 300);
    const skill = macroSkill([trials]);
    expect(lower).toBeLessThan(skill);
    expect(upper).toBeGreaterThan(skill);
    expect(skillRange([trials], 300)).toEqual({ lower, upper });
  });
});

describe('judge', () => {
  const held = trialOf();
  const missed = trialOf({ interval80: { lower: 101, upper: 120 } });
  const series = (holding: number, missing: number) => [...Array<Trial>(holding).fill(held), ...Array<Trial>(missing).fill(missed)];

  it.each([
    ['passes better errors with 80 % held', series(8, 2), []],
    ['passes 74 %', series(74, 26), []],
    ['fails 73 %', series(73, 27), ['the 80 % interval held 73.0 %; expected 74.0 % to 90.0 %']],
    ['fails intervals that hold nearly all', series(95, 5), ['the 80 % interval held 95.0 %; expected 74.0 % to 90.0 %']],
    [
      'fails larger errors',
      series(8, 2).map((trial) => ({ ...trial, projected: { ...trial.projected, run_rate: 105 } })),
      ['skill against the run rate is -100.0 %; expected at least 0.0 %'],
    ],
  ])('%s', (_name, trials, failures) => {
    expect(judge([trials]).failures).toEqual(failures);
  });
});
