import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { MIN_CAP_BYTES, capJson, jsonBytes } from './cap-json.js';

describe('capJson', () => {
  it.each([
    ['a value that fits', { a: [1, 'x', null] }, { a: [1, 'x', null] }],
    ['a long string', 'x'.repeat(1_000), `${'x'.repeat(206)}[truncated: 794 more characters]`],
    ['a long list', Array.from({ length: 1_000 }, () => 1), [...Array.from({ length: 103 }, () => 1), '[truncated: 897 more elements]']],
    [
      'an object with a long member',
      { a: 1, b: 'x'.repeat(1_000), c: 2 },
      { a: 1, b: `${'x'.repeat(145)}[truncated: 855 more characters]`, '[truncated]': '1 more members' },
    ],
  ] as [string, unknown, unknown][])('%s', (_name, value, expected) => {
    expect(capJson(value, MIN_CAP_BYTES)).toEqual(expected);
  });

  it('never takes more than the cap, stays JSON of the same kind, and keeps what fits', () => {
    const json = fc.oneof(
      fc.jsonValue({ maxDepth: 6 }),
      fc.array(fc.string({ maxLength: 200, unit: 'binary' })),
      fc.string({ maxLength: 2_000, unit: 'binary' }),
    );
    fc.assert(
      fc.property(json, fc.integer({ min: MIN_CAP_BYTES, max: 2_000 }), (value, maxBytes) => {
        const capped = capJson(value, maxBytes);
        const text = JSON.stringify(capped);
        expect(Buffer.byteLength(text)).toBeLessThanOrEqual(Math.max(maxBytes, 0));
        expect(jsonBytes(capped)).toBe(Buffer.byteLength(text));
        expect([typeof capped, Array.isArray(capped)]).toEqual([typeof value, Array.isArray(value)]);
        if (jsonBytes(value) <= maxBytes) expect(capped).toBe(value);
        else expect(text).toContain('truncated');
      }),
      { numRuns: 500 },
    );
  });

  it('refuses a cap that leaves no room for its marker', () => {
    expect(() => capJson({}, 100)).toThrow('not a cap: 100 bytes; expected at least 256');
  });
});
