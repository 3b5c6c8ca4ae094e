import { describe, expect, it } from '@jest/globals';
import { nextBackoff } from './backoff.js';

describe('nextBackoff', () => {
  it('doubles from 100 ms to 5 s while a process keeps ending early', () => {
    const waits: number[] = [];
    for (let previous: number | undefined; waits.length < 8;) waits.push((previous = nextBackoff(previous, 0)));
    expect(waits).toEqual([100, 200, 400, 800, 1600, 3200, 5000, 5000]);
  });

  it('begins anew after a process that ran well', () => {
    expect(nextBackoff(5_000, 20_000)).toBe(100);
  });
});
