import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { alignedPart, BUCKET_MS, bucketStart, isBucketAligned } from './bucket.js';
import { Window } from './window.js';

const at = (time: string): Date => new Date(`2026-01-01T${time}Z`);
const span = (text: string | null): Window | null => {
  if (text === null) return null;
  const [from = '', to = ''] = text.split(' ');
  return Window.of(at(from), at(to));
};

describe('bucketStart', () => {
  it.each([
    ['2026-01-01T10:14:59.999Z', '2026-01-01T10:00:00.000Z'],
    ['2026-01-01T10:15:00.000Z', '2026-01-01T10:15:00.000Z'],
    ['1969-12-31T23:59:59.999Z', '1969-12-31T23:45:00.000Z'],
    ['1969-12-31T23:45:00.000Z', '1969-12-31T23:45:00.000Z'],
  ])('of %s is %s', (instant, start) => {
    expect(bucketStart(new Date(instant)).toISOString()).toBe(start);
  });

  it('refuses an invalid date', () => {
    expect(() => bucketStart(new Date('never'))).toThrow('invalid date');
  });
});

describe('isBucketAligned', () => {
  it.each([
    ['2026-01-01T10:15:00.000Z', true],
    ['2026-01-01T10:15:00.001Z', false],
    ['1969-12-31T23:45:00.000Z', true],
    ['1969-12-31T23:45:01.000Z', false],
    ['never', false],
  ])('%s: %s', (instant, aligned) => {
    expect(isBucketAligned(new Date(instant))).toBe(aligned);
  });
});

describe('alignedPart', () => {
  it.each<[string, string | null, string | null, string | null]>([
    ['10:00:00 11:00:00', null, '10:00:00 11:00:00', null],
    ['10:05:00 11:00:00', '10:05:00 10:15:00', '10:15:00 11:00:00', null],
    ['10:00:00 11:05:00', null, '10:00:00 11:00:00', '11:00:00 11:05:00'],
    ['10:05:00 11:05:00', '10:05:00 10:15:00', '10:15:00 11:00:00', '11:00:00 11:05:00'],
    ['10:05:00 10:20:00', '10:05:00 10:15:00', null, '10:15:00 10:20:00'],
    ['10:05:00 10:10:00', '10:05:00 10:10:00', null, null],
    ['10:00:00 10:10:00', null, null, '10:00:00 10:10:00'],
    ['10:05:00 10:15:00', '10:05:00 10:15:00', null, null],
  ])('cuts %s into %s | %s | %s', (window, before, aligned, after) => {
    expect(alignedPart(span(window) as Window)).toEqual({ before: span(before), aligned: span(aligned), after: span(after) });
  });

  it('tiles every window, with whole buckets in the middle and less than one at either end', () => {
    const edge = fc.integer({ min: -4 * BUCKET_MS, max: 4 * BUCKET_MS });
    fc.assert(
      fc.property(edge, edge, (a, b) => {
        fc.pre(a !== b);
        const window = Window.of(new Date(Math.min(a, b)), new Date(Math.max(a, b)));
        const { before, aligned, after } = alignedPart(window);
        const parts = [before, aligned, after].filter((part) => part !== null);
        expect(parts[0]?.fromMs).toBe(window.fromMs);
        expect(parts.at(-1)?.toMs).toBe(window.toMs);
        parts.slice(1).forEach((part, index) => expect(part.fromMs).toBe(parts[index]?.toMs));
        expect([aligned?.from, aligned?.to].every((end) => end === undefined || isBucketAligned(end))).toBe(true);
        expect(Math.max(before?.durationMs ?? 0, after?.durationMs ?? 0)).toBeLessThan(BUCKET_MS);
      }),
    );
  });
});
