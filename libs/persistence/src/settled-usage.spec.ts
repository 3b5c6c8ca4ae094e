import { describe, expect, it } from '@jest/globals';
import { NotSettled, type ProofRecord, type SettledQuestion, SettledUsage } from './settled-usage.js';

const FROM = new Date('2026-11-01T00:00:00Z');
const TO = new Date('2026-11-21T00:00:00Z');
const rowAt = (settledBefore: string): ProofRecord => ({ version: null, settled_before: String(Date.parse(settledBefore)) });
const ROW = rowAt('2026-11-19T00:10:00Z');

const question = (key: string, bytes: number): SettledQuestion<ProofRecord, number> => ({
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

  it('takes 64 MB at most, and gives up what was not asked for the longest', () => {
    const settled = new SettledUsage();
    for (let n = 0; n < 1_000; n += 1) answer(settled, `question ${n}`, 100_000);
    expect(settled.bytes).toBeGreaterThan(63 * 1_048_576);
    expect(settled.bytes).toBeLessThanOrEqual(64 * 1_048_576);
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
    expect(read.answer([rowAt('2026-11-18T23:50:00Z')] as never[])).toBe(11);
    expect(since(settled, 'asked')).toEqual(FROM);
  });

  /** One that remembers what two questions came to before {@link TO}. */
  const remembering = (): SettledUsage => {
    const settled = new SettledUsage();
    // The first answer says what is settled.
    for (const key of ['any', 'asked', 'other']) settled.readOf(question(key, 1))!.answer([rowAt('2026-11-21T00:20:00Z')] as never[]);
    for (const key of ['asked', 'other']) expect(since(settled, key)).toEqual(TO);
    return settled;
  };

  it.each([
    ['days', rowAt('2026-11-18T00:00:00Z')],
    ['minutes', rowAt('2026-11-20T23:55:00Z')],
    ['for ever', { version: null, settled_before: null }],
  ])('answers nothing from what is settled no longer: %s', (_, row) => {
    const settled = remembering();
    const reads = ['asked', 'other'].map((key) => settled.readOf(question(key, 1))!);
    for (const read of reads) expect(() => read.answer([row] as never[])).toThrow(NotSettled);
    for (const key of ['asked', 'other']) expect(since(settled, key)).toEqual(row.settled_before === null ? undefined : FROM);
  });

  it('forgets all once the database’s clock was set back, what is settled again before it is asked for as well', () => {
    const settled = remembering();
    expect(() => settled.readOf(question('asked', 1))!.answer([rowAt('2026-11-19T00:00:00Z')] as never[])).toThrow(NotSettled);
    expect(settled.readOf(question('asked', 1))!.answer([rowAt('2026-11-24T00:00:00Z')] as never[])).toBe(11);
    expect(since(settled, 'asked')).toEqual(new Date('2026-11-19T00:00:00Z'));
    expect(since(settled, 'other')).toEqual(FROM);
  });

  it('keeps what is settled while the clocks go a little apart', () => {
    const settled = remembering();
    expect(settled.readOf(question('asked', 1))!.answer([rowAt('2026-11-21T00:05:00Z')] as never[])).toBe(11);
    for (const key of ['asked', 'other']) expect(since(settled, key)).toEqual(TO);
  });
});
