import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import type { FastRead } from './fast-read.js';
import { PlainReads } from './plain-read.js';

const read = (route: string): FastRead => ({
  route,
  scopes: [],
  schemes: ['bearer'],
  parameters: ['from', 'to'],
  answer: async () => ({ body: {}, headers: {} }),
});
const READS = new PlainReads([read('/usage'), read('/accounts/:account.json'), read('/projects/:id/usage')]);

function find(url: string, more: Partial<IncomingMessage> = {}) {
  const found = READS.find({ method: 'GET', httpVersionMinor: 1, url, headers: {}, ...more } as IncomingMessage);
  return found === undefined ? undefined : [found.read.route, found.request.path, found.request.variable, found.request.query];
}

describe('a plain read', () => {
  it.each([
    ['/usage', ['/usage', '/usage', '', {}]],
    ['/usage?from=2026-01-01', ['/usage', '/usage', '', { from: '2026-01-01' }]],
    ['/usage?to=a:b,c.d~e_f&from=', ['/usage', '/usage', '', { to: 'a:b,c.d~e_f', from: '' }]],
    ['/accounts/acme-1.json', ['/accounts/:account.json', '/accounts/acme-1.json', 'acme-1', {}]],
    ['/projects/7d2f4c1e/usage?from=1', ['/projects/:id/usage', '/projects/7d2f4c1e/usage', '7d2f4c1e', { from: '1' }]],
  ])('%s', (url, expected) => {
    expect(find(url)).toEqual(expected);
  });

  it.each([
    ['a path of nobody', '/other'],
    ['a longer path', '/usage/'],
    ['a path in another case', '/Usage'],
    ['no variable', '/accounts/.json'],
    ['overlapping ends', '/accounts.json'],
    ['a variable with a dot', '/accounts/a.b.json'],
    ['a variable with a slash', '/projects/a/b/usage'],
    ['an encoded variable', '/projects/a%2Fb/usage'],
    ['an empty query', '/usage?'],
    ['an encoded query', '/usage?from=%32'],
    ['a blank as a plus', '/usage?from=a+b'],
    ['a parameter that is not the route’s', '/usage?other=1'],
    ['a parameter of every object', '/usage?__proto__=1'],
    ['a repeated parameter', '/usage?from=1&from=2'],
    ['a parameter without a value', '/usage?from'],
    ['two equals signs', '/usage?from=1=2'],
    ['an empty pair', '/usage?from=1&'],
    ['another separator', '/usage?from=1;to=2'],
    ['a fragment', '/usage#top'],
    ['an absolute address', 'http://host/usage'],
  ])('is none with %s', (_name, url) => {
    expect(find(url)).toBeUndefined();
  });

  it.each(['content-length', 'transfer-encoding', 'content-encoding', 'expect', 'upgrade', 'if-none-match'])(
    'is none with %s',
    (header) => {
      expect(find('/usage', { headers: { [header]: '0' } })).toBeUndefined();
    },
  );

  it.each([{ method: 'HEAD' }, { method: 'POST' }, { httpVersionMinor: 0 }])('is none with %j', (more) => {
    expect(find('/usage', more)).toBeUndefined();
  });
});
