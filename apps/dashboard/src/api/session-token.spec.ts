import { describe, expect, it } from '@jest/globals';
import { cleanToken, isTokenText, takeToken } from './session-token.js';

function places(hash: string, kept: string | null) {
  const stored = new Map<string, string>(kept === null ? [] : [['tallymark.token', kept]]);
  const addresses: string[] = [];
  return {
    stored,
    addresses,
    location: { hash, pathname: '/', search: '?a=1' },
    history: {
      state: null,
      replaceState: (_state: unknown, _title: string, url?: string | URL | null) => void addresses.push(String(url)),
    },
    sessionStorage: {
      getItem: (key: string) => stored.get(key) ?? null,
      setItem: (key: string, value: string) => void stored.set(key, value),
      removeItem: (key: string) => void stored.delete(key),
    },
  };
}

describe('takeToken', () => {
  it.each([
    ['a token in the address', '#token=abc.def', null, 'abc.def', ['/?a=1']],
    ['a token in the address over a kept one', '#token=new', 'old', 'new', ['/?a=1']],
    ['an encoded token among others', '#x=1&token=a%2Bb', null, 'a+b', ['/?a=1']],
    ['an empty one', '#token=', 'old', 'old', ['/?a=1']],
    ['a kept one', '', 'old', 'old', []],
    ['another fragment', '#cost-title', 'old', 'old', []],
    ['none', '', null, null, []],
  ])('%s', (_, hash, kept, token, addresses) => {
    const at = places(hash, kept);
    expect(takeToken(at)).toBe(token);
    expect(at.addresses).toEqual(addresses);
    expect(at.stored.get('tallymark.token') ?? null).toBe(token);
  });
});

describe('a pasted token', () => {
  it.each([
    ['  abc.def-_~+/= \n', 'abc.def-_~+/=', true],
    ['Bearer abc', 'abc', true],
    ['bearer  a\n b', 'ab', true],
    ['', '', false],
    ['“abc”', '“abc”', false],
    ['a=b', 'a=b', false],
  ])('%j is %j, to be sent: %s', (pasted, token, isSent) => {
    expect([cleanToken(pasted), isTokenText(cleanToken(pasted))]).toEqual([token, isSent]);
  });
});
