import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { weekdayFactors } from './weekday-factors.js';

const weeks = (count: number, week: readonly number[]) => Array.from({ length: count }, () => week).flat();
const ONES = [1, 1, 1, 1, 1, 1, 1];

describe('weekdayFactors', () => {
  it.each([
    ['13 days are too few to show a shape', [...weeks(1, [0, 9, 9, 9, 9, 9, 0]), 0, 9, 9, 9, 9, 9]],
    ['equal days', weeks(10, [4, 4, 4, 4, 4, 4, 4])],
    ['nothing used', weeks(10, [0, 0, 0, 0, 0, 0, 0])],
  ])('all weekdays are alike: %s', (_name, values) => {
    expect(weekdayFactors({ values, firstWeekday: 0 })).toEqual(ONES);
  });

  it('finds a weekend at half of a working day, nearly', () => {
    const factors = weekdayFactors({ values: weeks(10, [5, 10, 10, 10, 10, 10, 5]), firstWeekday: 0 });
    expect(factors[0]! / factors[1]!).toBeCloseTo((9 * (5 / (60 / 7)) + 2) / (9 * (10 / (60 / 7)) + 2), 1);
    expect(factors[0]! / factors[1]!).toBeGreaterThan(0.5);
  });

  it('names weekdays from the first day on', () => {
    const fromSunday = weekdayFactors({ values: weeks(10, [5, 10, 11, 12, 13, 14, 6]), firstWeekday: 0 });
    const fromWednesday = weekdayFactors({ values: weeks(10, [5, 10, 11, 12, 13, 14, 6]), firstWeekday: 3 });
    expect(fromWednesday).toEqual([4, 5, 6, 0, 1, 2, 3].map((weekday) => fromSunday[weekday]));
  });

  it('is not moved by one giant day, since it takes medians', () => {
    const values = weeks(10, [10, 10, 10, 10, 10, 10, 10]);
    values[33] = 1e6;
    for (const factor of weekdayFactors({ values, firstWeekday: 0 })) expect(factor).toBeCloseTo(1, 6);
  });

  it('forgets a shape older than 70 days', () => {
    const values = [...weeks(20, [0, 10, 10, 10, 10, 10, 0]), ...weeks(10, [10, 10, 10, 10, 10, 10, 10])];
    for (const factor of weekdayFactors({ values, firstWeekday: 0 })) expect(factor).toBeCloseTo(1, 6);
  });

  it('has positive factors with mean 1, whatever the usage', () => {
    const values = fc.array(fc.integer({ min: -50, max: 1_000_000 }), { maxLength: 120 });
    fc.assert(
      fc.property(values, fc.integer({ min: 0, max: 6 }), (series, firstWeekday) => {
        const factors = weekdayFactors({ values: series, firstWeekday });
        expect(factors.reduce((sum, factor) => sum + factor, 0) / 7).toBeCloseTo(1, 9);
        expect(Math.min(...factors)).toBeGreaterThan(0);
      }),
    );
  });
});
