import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { hashApiKey, isApiKey, mintApiKey } from './api-key.js';

describe('API keys', () => {
  it('have 32 random characters and a checksum', () => {
    const { key, hash, hint } = mintApiKey();
    expect(key).toMatch(/^tm_live_[0-9A-Za-z]{32}_[0-9A-Za-z]{6}$/);
    expect(isApiKey(key)).toBe(true);
    expect(hash).toEqual(hashApiKey(key));
    expect(hint).toBe(`tm_live_…${key.slice(-4)}`);
    expect(mintApiKey().key).not.toBe(key);
  });

  it('have the checksum of CRC-32 in base62: a known key stays valid', () => {
    // Computed with Python's zlib: crc32(b'0' * 32) = 2700251856.
    expect(isApiKey(`tm_live_${'0'.repeat(32)}_2wjyrI`)).toBe(true);
  });

  it('do not survive a change of one character', () => {
    fc.assert(
      fc.property(fc.nat({ max: 46 }), fc.constantFrom(...'abcXYZ019-'), (index, character) => {
        const { key } = mintApiKey();
        const changed = key.slice(0, index) + character + key.slice(index + 1);
        return changed === key || !isApiKey(changed);
      }),
    );
  });

  it.each(['', 'tm_live_', 'sk_live_abc', ` ${mintApiKey().key}`, `${mintApiKey().key}\n`, mintApiKey().key.toUpperCase()])(
    '%j is none',
    (text) => {
      expect(isApiKey(text)).toBe(false);
    },
  );
});
