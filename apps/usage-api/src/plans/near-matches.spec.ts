import { describe, expect, it } from '@jest/globals';
import { nearMatches } from './near-matches.js';

const KNOWN = ['api_calls', 'api_calls_eu', 'bandwidth', 'seats', 'storage'];

describe('nearMatches', () => {
  it.each([
    { code: 'api_call', expected: ['api_calls', 'api_calls_eu'] },
    { code: 'bandwith', expected: ['bandwidth'] },
    { code: 'saets', expected: ['seats'] },
    { code: 'storage_gb', expected: ['storage'] },
    { code: 'tokens', expected: [] },
  ])('$code may have meant $expected', ({ code, expected }) => {
    expect(nearMatches(code, KNOWN)).toEqual(expected);
  });
});
