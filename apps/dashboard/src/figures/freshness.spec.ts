import { describe, expect, it } from '@jest/globals';
import { describeAge, describeTimeLeft, elapsedShare, isStale } from './freshness.js';

const NOW = new Date('2026-11-21T12:00:00Z');
const END = new Date('2026-12-01T00:00:00Z');
const before = (ms: number): Date => new Date(NOW.getTime() - ms);

describe('describeAge', () => {
  it.each([
    [-2_000, '0 s ago'],
    [999, '0 s ago'],
    [4_000, '4 s ago'],
    [59_999, '59 s ago'],
    [60_000, '1 min ago'],
    [3_599_999, '59 min ago'],
    [3_600_000, '1 h ago'],
    [86_400_000, '1 day ago'],
    [3 * 86_400_000, '3 days ago'],
  ])('%d ms is %s', (ms, words) => {
    expect(describeAge(before(ms), NOW)).toBe(words);
  });
});

describe('isStale', () => {
  it.each([
    ['just counted', NOW, NOW, END, false],
    ['five minutes behind', before(300_000), NOW, END, false],
    ['more than five minutes behind', before(300_001), NOW, END, true],
    ['counted to the end of a period long over', END, new Date('2027-01-01T00:00:00Z'), END, false],
    ['left behind before the end of a period that is over', NOW, new Date('2027-01-01T00:00:00Z'), END, true],
  ])('%s', (_, asOf, now, to, expected) => {
    expect(isStale(asOf, now, to)).toBe(expected);
  });
});

describe('describeTimeLeft', () => {
  it.each([
    ['2026-11-21T12:00:00Z', '9 days left'],
    ['2026-11-29T23:59:59Z', '1 day left'],
    ['2026-11-30T00:00:01Z', '23 hours left'],
    ['2026-11-30T22:30:00Z', '1 hour left'],
    ['2026-11-30T23:59:30Z', '0 minutes left'],
    ['2026-12-01T00:00:00Z', 'ended'],
    ['2026-12-09T00:00:00Z', 'ended'],
  ])('at %s: %s', (now, words) => {
    expect(describeTimeLeft(END, new Date(now))).toBe(words);
  });
});

describe('elapsedShare', () => {
  it.each([
    ['before', '2026-10-01T00:00:00Z', 0],
    ['in the middle', '2026-11-16T00:00:00Z', 0.5],
    ['after', '2027-01-01T00:00:00Z', 1],
  ])('%s the period', (_, now, share) => {
    expect(elapsedShare({ from: new Date('2026-11-01T00:00:00Z'), to: END }, new Date(now))).toBe(share);
  });
});
