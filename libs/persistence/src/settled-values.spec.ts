import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ValueSet } from './settled-values.js';

describe('ValueSet', () => {
  it('holds each hash once', () => {
    // Hashes that differ in their last byte, or their first, alone.
    const hash = fc.tuple(fc.constantFrom(0, 127, 128, 255), fc.constantFrom(0, 255), fc.nat({ max: 5 })).map(([first, middle, last]) => {
      const bytes = Buffer.alloc(16, middle);
      bytes[0] = first;
      bytes[15] = last;
      return bytes.toString('hex');
    });
    const setOf = (hashes: readonly string[]): ValueSet => ValueSet.of(Buffer.from([...new Set(hashes)].sort().join(''), 'hex'));
    fc.assert(
      fc.property(fc.array(hash), fc.array(hash), fc.array(hash), (a, b, c) => {
        const union = setOf(a).union(setOf(b)).union(setOf(c));
        expect(union).toEqual(setOf([...a, ...b, ...c]));
        expect(union.size).toBe(new Set([...a, ...b, ...c]).size);
      }),
    );
    expect(ValueSet.EMPTY.size).toBe(0);
  });
});
