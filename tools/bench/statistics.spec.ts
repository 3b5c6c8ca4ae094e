import { describe, expect, it } from '@jest/globals';
import { median, percentile } from './statistics.js';

const HUNDRED = Array.from({ length: 100 }, (_, index) => 100 - index);

describe('statistics', () => {
  it.each([
    [[3], 3],
    [[9, 1, 5], 5],
    [[4, 1, 3, 2], 2.5],
  ])('the median of %j is %d', (values, expected) => {
    expect(median(values)).toBe(expected);
  });

  it.each([
    [0.5, 50],
    [0.99, 99],
    [1, 100],
    [0, 1],
  ])('of 1 to 100 the percentile %d is %d', (share, expected) => {
    expect(percentile(HUNDRED, share)).toBe(expected);
  });

  it('has nothing to say of nothing', () => {
    expect(() => median([])).toThrow(RangeError);
    expect(() => percentile([], 0.5)).toThrow(RangeError);
  });
});
