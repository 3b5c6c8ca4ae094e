import { describe, expect, it } from '@jest/globals';
import { fitLevel } from './fit-level.js';

const repeat = (count: number, value: number) => Array<number>(count).fill(value);

describe('fitLevel', () => {
  it.each([
    ['three days: their mean', [1, 2, 6], 3, 1 / 3],
    ['seven days: their mean', [1, 2, 3, 4, 5, 6, 7], 4, 1 / 7],
    ['eight days: α is 0.2', [...repeat(7, 10), 20], 12, 0.2],
    ['a constant', repeat(40, 10), 10, 0.05],
    ['all zeros', repeat(40, 0), 0, 0.05],
    ['a step that has settled', [...repeat(60, 10), ...repeat(30, 100)], 100, 0.5],
    ['only corrections: no negative level', repeat(10, -5), 0, 0.2],
  ])('%s', (_name, values, level, gain) => {
    const fit = fitLevel({ values, firstWeekday: 1 });
    expect(fit.level).toBeCloseTo(level, 4);
    expect(fit.gain).toBe(gain);
  });

  it('is certain of a constant', () => {
    expect(fitLevel({ values: repeat(40, 10), firstWeekday: 1 }).relativeSpread).toBe(0);
  });

  it('measures the spread on the last 56 errors', () => {
    expect(fitLevel({ values: repeat(40, 10), firstWeekday: 1 }).errorCount).toBe(39);
    expect(fitLevel({ values: repeat(400, 10), firstWeekday: 1 }).errorCount).toBe(56);
  });

  it('gives errors that come in runs a wider spread than the same errors mixed', () => {
    const mixed = [0, 1, 2, 3, 4, 5].flatMap(() => [9, 11, 9, 11]).slice(0, 20);
    const inRuns = [9, 9, 9, 9, 9, 11, 11, 11, 11, 11, 9, 9, 9, 9, 9, 11, 11, 11, 11, 11];
    const spreadOf = (values: number[]) => fitLevel({ values, firstWeekday: 1 }).relativeSpread;
    expect(spreadOf(inRuns)).toBeGreaterThan(1.2 * spreadOf(mixed));
  });

  it('keeps a spread that makes sense when usage comes back after idle weeks', () => {
    const fit = fitLevel({ values: [...repeat(30, 100), ...repeat(30, 0), ...repeat(5, 100)], firstWeekday: 1 });
    expect(fit.relativeSpread).toBeLessThan(4);
  });

  it.each([
    ['on a Saturday', 5],
    ['on a Monday', 0],
  ])('holds its level through idle weekends, asked %s', (_name, extraDays) => {
    const values = Array.from({ length: 70 + extraDays }, (_, day) => (day % 7 < 5 ? 700 : 0));
    const { level, factors } = fitLevel({ values, firstWeekday: 1 });
    expect(Math.abs((level * factors[1]!) / 700 - 1)).toBeLessThan(0.15);
  });

  it('refuses two days', () => {
    expect(() => fitLevel({ values: [1, 2], firstWeekday: 0 })).toThrow('2 days');
  });
});
