import { describe, expect, it } from '@jest/globals';
import { waitPreferenceMs } from './wait-preference.js';

describe('waitPreferenceMs', () => {
  it.each<[string | undefined, number]>([
    [undefined, 10_000],
    ['', 10_000],
    ['wait=3', 3_000],
    ['wait=0', 0],
    ['respond-async', 0],
    ['respond-async, wait=5', 5_000],
    ['handling=lenient; foo, WAIT = "2"', 2_000],
    ['wait=600', 10_000],
    ['wait=soon', 10_000],
    ['await=1', 10_000],
  ])('%p waits %p ms', (prefer, expected) => {
    expect(waitPreferenceMs(prefer)).toBe(expected);
  });
});
