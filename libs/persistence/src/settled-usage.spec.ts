import { describe, expect, it } from '@jest/globals';
import { type SettledQuestion, SettledUsage, type VersionedRecord } from './settled-usage.js';

const FROM = new Date('2026-11-01T00:00:00Z');
const TO = new Date('2026-11-21T00:00:00Z');
const ROW = { version: null, settled_before: String(Date.parse('2026-11-19T05:00:00Z')) };

const question = (key: string, bytes: number): SettledQuestion<VersionedRecord, number> => ({
  key,
  from: FROM,
  to: TO,
  grainMs: 86_400_000,
  ask: (since) => ({ statement: { name: 'asked', sql: '' }, values: [since] }),
  split: () => ({ before: 1, after: 10 }),
  add: (before, after) => before + after,
  bytesOf: () => bytes,
});

describe('SettledUsage', () => {
  const answer = (settled: SettledUsage, key: string, bytes: number): number | undefined =>
    settled.readOf(question(key, bytes))?.answer([ROW] as never[]);
  const since = (settled: SettledUsage, key: string): unknown => settled.readOf(question(key, 1))?.values[0];

  it('takes 32 MB at most, and gives up what was not asked for the longest', () => {
    const settled = new SettledUsage();
    for (let n = 0; n < 1_000; n += 1) answer(settled, `question ${n}`, 100_000);
    expect(settled.bytes).toBeGreaterThan(31 * 1_048_576);
    expect(settled.bytes).toBeLessThanOrEqual(32 * 1_048_576);
    expect(since(settled, 'question 0')).toEqual(FROM);
    expect(since(settled, 'question 999')).toEqual(new Date('2026-11-19T00:00:00Z'));
  });

  it('has a question asked whole that takes more than 128 kB', () => {
    const settled = new SettledUsage();
    answer(settled, 'any', 1);
    expect(answer(settled, 'large', 200_000)).toBe(11);
    expect(settled.readOf(question('large', 200_000))).toBeNull();
    expect(settled.bytes).toBeLessThan(2_000);
  });

  it('does not go by what an answer found after it was asked for', () => {
    const settled = new SettledUsage();
    answer(settled, 'any', 1);
    const read = settled.readOf(question('asked', 1))!;
    const earlier = { ...ROW, settled_before: String(Date.parse('2026-11-17T05:00:00Z')) };
    expect(read.answer([earlier] as never[])).toBe(11);
    expect(since(settled, 'asked')).toEqual(FROM);
  });
});
