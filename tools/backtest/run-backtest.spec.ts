import { describe, expect, it } from '@jest/globals';
import { judge } from './judge.js';
import { ORIGIN_DAYS, runBacktest } from './run-backtest.js';
import { completeMonths, seriesOf } from './series.js';
import { edgeCaseSeries, realisticSeries } from './synthetic-series.js';

describe('runBacktest', () => {
  it('asks after each origin day of each month', () => {
    const series = realisticSeries()[0]!;
    const trials = runBacktest(series, completeMonths(series).slice(0, 2));
    // February 2023 ends with its 28th day, so nothing is left to ask for then.
    expect(trials.map(({ originDay }) => originDay)).toEqual([...ORIGIN_DAYS, ...ORIGIN_DAYS.slice(0, -1)]);
  });

  it('shows no method a day beyond the origin', () => {
    const series = realisticSeries()[1]!;
    const period = completeMonths(series)[4]!;
    const origin = period.first + 10;
    const changed = seriesOf('changed', new Map(series.days.map(({ date, value }, day) => [date, day < origin ? value : value * 3 + 7])));
    const asked = (of: typeof series) => runBacktest(of, [period]).filter(({ originDay }) => originDay <= 10);
    expect(asked(changed).map(({ projected, interval80, interval95 }) => ({ projected, interval80, interval95 }))).toEqual(
      asked(series).map(({ projected, interval80, interval95 }) => ({ projected, interval80, interval95 })),
    );
  });

  it('knows by hand what the simple methods say', () => {
    const series = seriesOf(
      'plain',
      new Map(Array.from({ length: 30 }, (_, day) => [`2026-06-${String(day + 1).padStart(2, '0')}`, day < 7 ? 10 : 20])),
    );
    const trial = runBacktest(series, completeMonths(series)).find(({ originDay }) => originDay === 10)!;
    expect(trial).toMatchObject({ actual: 530, daysLeft: 20, weeklyChange: 10 });
    expect(trial.projected).toMatchObject({
      run_rate: 390,
      last_7_days: 130 + (100 / 7) * 20,
      seasonal_naive: 130 + 2 * 100 + 10 * 4 + 20 * 2,
    });
  });
});

describe('the method on seeded series', () => {
  it('keeps to its limits', () => {
    expect(judge(realisticSeries().map((series) => runBacktest(series, completeMonths(series)))).failures).toEqual([]);
  });

  it.each(edgeCaseSeries().map((series) => [series.name, series] as const))('stays finite and above what is used: %s', (_name, series) => {
    for (const { projected, interval80, interval95 } of runBacktest(series, completeMonths(series))) {
      expect(Number.isFinite(projected.weekday_ses)).toBe(true);
      if (interval80 === null || interval95 === null) continue;
      expect(interval95.lower).toBeLessThanOrEqual(interval80.lower);
      expect(interval80.upper).toBeLessThanOrEqual(interval95.upper);
      expect(Number.isFinite(interval95.upper)).toBe(true);
    }
  });
});
