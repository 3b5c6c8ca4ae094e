import { describe, expect, it } from '@jest/globals';
import { moveDay, nearestDay } from './move-day.js';

describe('moveDay', () => {
  it.each([
    ['ArrowLeft', 5, 4],
    ['ArrowDown', 5, 4],
    ['ArrowRight', 5, 6],
    ['ArrowUp', 5, 6],
    ['PageUp', 5, 12],
    ['PageDown', 9, 2],
    ['Home', 5, 0],
    ['End', 5, 29],
    ['ArrowLeft', 0, 0],
    ['ArrowRight', 29, 29],
    ['PageDown', 3, 0],
    ['a', 5, null],
    ['toString', 5, null],
  ])('%s on day %d of 30 goes to %s', (key, current, next) => {
    expect(moveDay(key, current, 30)).toBe(next);
  });

  it('goes nowhere where there are no days', () => {
    expect(moveDay('Home', 0, 0)).toBeNull();
  });
});

describe('nearestDay', () => {
  const columns = [{ middle: 10 }, { middle: 20 }, { middle: 30 }];
  it.each([
    [-50, 0],
    [14, 0],
    [16, 1],
    [99, 2],
  ])('x %d is nearest to day %d', (x, index) => {
    expect(nearestDay(x, columns)).toBe(index);
  });
});
