import { describe, expect, it } from '@jest/globals';
import { DomainError } from '@tallymark/domain';
import fc from 'fast-check';
import { SlidingWindowLimit } from './sliding-window-limit.js';

const MINUTE_MS = 60_000;
const START_MS = Date.UTC(2026, 2, 12, 9);
const at = (ms: number): Date => new Date(START_MS + ms);

/** Null when the call is let through, else the seconds to wait. */
function call(limit: SlidingWindowLimit, ms: number, key = 'acme'): number | null {
  try {
    limit.admit(key, at(ms));
    return null;
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    expect(error.code).toBe('rate_limited');
    return error.retryAfterSeconds ?? NaN;
  }
}

describe('SlidingWindowLimit', () => {
  it.each<[string, number, readonly (readonly [atMs: number, expected: number | null])[]]>([
    ['the third of two', 2, [[0, null], [1, null], [2, 60], [59_999, 1], [60_000, null], [60_000, 1], [60_001, null]]], // prettier-ignore
    [
      'what comes after an hour',
      1,
      [
        [0, null],
        [3_600_000, null],
      ],
    ],
    [
      'whoever keeps asking',
      1,
      [
        [0, null],
        [30_000, 30],
        [59_000, 1],
        [60_000, null],
      ],
    ],
    [
      'after the clock was set back',
      1,
      [
        [3_600_000, null],
        [0, null],
        [1, 60],
      ],
    ],
  ])('refuses as it should: %s', (_name, limit, calls) => {
    const window = new SlidingWindowLimit({ limit, windowMs: MINUTE_MS });
    expect(calls.map(([atMs]) => [atMs, call(window, atMs)])).toEqual(calls);
  });

  it('counts keys apart, and forgets those that have not called for a window', () => {
    const window = new SlidingWindowLimit({ limit: 1, windowMs: MINUTE_MS });
    for (let index = 0; index < 100; index += 1) expect(call(window, index, `account-${index}`)).toBeNull();
    expect(window.size).toBe(100);
    expect(call(window, MINUTE_MS + 49, 'account-0')).toBeNull();
    expect(window.size).toBe(51);
  });

  it('never lets more than the limit through in any window, and always the one that waits as it is told', () => {
    const gaps = fc.array(fc.nat({ max: 40_000 }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(gaps, fc.integer({ min: 1, max: 4 }), (gapsMs, limit) => {
        const window = new SlidingWindowLimit({ limit, windowMs: MINUTE_MS });
        const admitted: number[] = [];
        let nowMs = 0;
        for (const gapMs of gapsMs) {
          nowMs += gapMs;
          const waitSeconds = call(window, nowMs);
          if (waitSeconds === null) admitted.push(nowMs);
          else {
            nowMs += waitSeconds * 1_000;
            expect(call(window, nowMs)).toBeNull();
            admitted.push(nowMs);
          }
          expect(admitted.filter((ms) => ms > nowMs - MINUTE_MS).length).toBeLessThanOrEqual(limit);
        }
      }),
    );
  });
});
