import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { ApiRequest } from '../canonical.js';
import { redactRequest } from './redact-request.js';

const base64 = (text: string) => Buffer.from(text).toString('base64');
const base64Url = (text: string) => Buffer.from(text).toString('base64url');
const percent = (text: string) => [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');

/** Secrets that their own form tells; no two alike. */
const FORMS = [
  'tm_live_Qm3rT8vX2kLp9sWd4hJy7nBc5fGz1aRe_0aB1cD',
  'tm_test_Zx9wV7uT5sR3qP1oN8mL6kJ4iH2gF0eD_9zY8xW',
  'sk_live_canary0001AbCdEf',
  'sk_test_canary0002AbCdEf',
  'rk_live_canary0003AbCdEf',
  'ghp_canary0004abcdefghijklmnopqrstuvwxyz',
  'gho_canary0005abcdefghijklmnopqrstuvwxyz',
  'github_pat_canary0006_abcdefghijklmnopqrst',
  'glpat-canary0007abcdefghijkl',
  'xoxb-canary0008-abcdefghijkl',
  'whsec_canary0009abcdefghijkl',
  'AKIACANARY0010ABCDEF',
  'ASIACANARY0011ABCDEF',
  'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJjYW5hcnkwMDEyIn0.Y2FuYXJ5MDAxMnNpZ25hdHVyZQ',
  'Bearer canary0013tokentoken',
  '4111111111111111',
  '5500005555555559',
  '378282246310005',
  '6011111111111117',
];
/** Secrets that only their place tells. */
const PLACED = [
  'canary-0021',
  'canary 0022 with spaces',
  'canary"0023"quotes',
  'canary&0024=x',
  'cañary0025',
  'canary0026😀',
  'canary,0027;x',
  'canary\\0028',
  'c4n4ry0029',
  '30canary',
  'canary/0031+x==',
];
const NAMES = [
  'authorization',
  'Proxy-Authorization',
  'cookie',
  'Set-Cookie',
  'X-API-Key',
  'apiKey',
  'api_key',
  'access_token',
  'refreshToken',
  'client_secret',
  'PASSWORD',
  'user.password',
  'secret[0]',
  'sessionId',
];

function request(parts: {
  path?: string;
  headers?: object;
  query?: object;
  params?: object;
  body?: unknown;
  response?: unknown;
}): ApiRequest {
  return {
    path: parts.path ?? '/',
    method: 'POST',
    request: {
      body: parts.body ?? {},
      query: { ...parts.query },
      params: { ...parts.params },
      headers: { ...parts.headers },
    },
    response: parts.response ?? {},
    status: 200,
    createdAt: new Date('2026-11-21T10:00:00Z'),
  };
}

/** The first of the secret's encodings that the redacted request still holds. */
function leakOf(secret: string, given: ApiRequest): string | undefined {
  const kept = JSON.stringify(redactRequest(given));
  const core = secret.replace(/^Bearer /, '');
  return [
    core,
    JSON.stringify(core).slice(1, -1),
    encodeURIComponent(core),
    percent(core),
    base64(core).replace(/=+$/, ''),
    base64Url(core),
  ].find((form) => kept.includes(form));
}

/** Each puts a secret that is known by its form somewhere in a text. */
const CARRIERS: [string, (secret: string) => string][] = [
  ['alone', (secret) => secret],
  ['in a sentence', (secret) => `the key is ${secret}, keep it`],
  ['percent-encoded', (secret) => `q=${encodeURIComponent(secret)}`],
  ['percent-encoded to the last character', percent],
  ['percent-encoded twice', (secret) => encodeURIComponent(percent(secret))],
  ['in base64', (secret) => base64(secret)],
  ['in base64 within a sentence', (secret) => `got ${base64(`x ${secret} y`)} back`],
  ['in URL-safe base64', (secret) => base64Url(`{"a":"${secret}"}`)],
  ['as JSON in a string', (secret) => JSON.stringify({ a: [{ b: secret }] })],
  ['as JSON in JSON in a string', (secret) => JSON.stringify({ a: JSON.stringify({ b: secret }) })],
  ['as JSON percent-encoded', (secret) => `state=${encodeURIComponent(JSON.stringify({ b: secret }))}`],
  ['as JSON percent-encoded in base64', (secret) => base64(encodeURIComponent(JSON.stringify({ b: secret })))],
  ['in cut-off JSON', (secret) => `{"a":"${secret}","b`],
  ['between lines', (secret) => `a\r\n${secret}\r\nb`],
];

describe.each(CARRIERS)('a secret %s', (_name, carry) => {
  it.each(FORMS)('does not leak: %s', (secret) => {
    const text = carry(secret);
    const everywhere = request({
      path: `/v1/${encodeURIComponent(text)}/x`,
      headers: { 'x-note': text, 'x-list': ['a', text] },
      query: { q: text },
      params: { id: text },
      body: { deep: [{ deeper: [text] }], [text]: 1 },
      response: text,
    });
    expect(leakOf(secret, everywhere)).toBeUndefined();
  });
});

describe.each(PLACED)('the secret %j', (secret) => {
  it.each(NAMES)('does not leak from %s', (name) => {
    const form = new URLSearchParams({ a: '1', [name]: secret, b: '2' }).toString();
    const everywhere = request({
      path: `/x?${form}`,
      headers: { [name]: secret, [name.toUpperCase()]: [secret, secret], raw: ['Host', 'h', name, secret] },
      query: { [name]: secret, list: [[name, secret]] },
      params: { [name]: secret },
      body: {
        a: [{ [name]: { any: [secret, { thing: secret }] } }],
        har: [{ name, value: secret }],
        text: JSON.stringify({ x: { [name]: secret } }),
        form,
      },
      response: base64(JSON.stringify({ [name]: secret })),
    });
    expect(leakOf(secret, everywhere)).toBeUndefined();
  });
});

describe('in whatever nesting', () => {
  const secrets = fc.constantFrom(...FORMS);
  const names = fc.constantFrom(...NAMES);
  const wrappers = fc.constantFrom<((value: unknown) => unknown)[]>(
    (value) => [value],
    (value) => ({ a: value, b: 1 }),
    (value) => ['x', { y: value }, null],
    (value) => JSON.stringify(value),
    (value) => `state=${encodeURIComponent(JSON.stringify(value))}`,
    (value) => base64(JSON.stringify(value)),
    (value) => ({ 'a.b': { '': value } }),
  );
  /** Encodings multiply, so that at most three of the wrappers are text. */
  const nestings = fc.array(wrappers, { maxLength: 6 }).filter((list) => list.filter((wrap) => typeof wrap(1) === 'string').length <= 3);

  it('a secret that its form tells does not leak', () => {
    fc.assert(
      fc.property(secrets, nestings, (secret, wraps) => {
        const body = wraps.reduce((value, wrap) => wrap(value), secret as unknown);
        expect(leakOf(secret, request({ body, response: body }))).toBeUndefined();
      }),
      { numRuns: 500 },
    );
  });

  it('a secret that its name tells does not leak', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z0-9]{20}$/), names, nestings, nestings, (random, name, inside, outside) => {
        const secret = `canary${random}`;
        const value = { [name]: inside.reduce((inner, wrap) => wrap(inner), secret as unknown) };
        const body = outside.reduce((inner, wrap) => wrap(inner), value as unknown);
        expect(leakOf(secret, request({ body, query: { body } }))).toBeUndefined();
      }),
      { numRuns: 500 },
    );
  });

  it('what is redacted stays as it is when redacted again', () => {
    const tree = fc.object({ key: fc.oneof(names, fc.string()), values: [secrets, fc.string(), fc.integer(), fc.boolean()], maxDepth: 4 });
    fc.assert(
      fc.property(tree, (body) => {
        const once = redactRequest(request({ body }));
        expect(redactRequest(once)).toEqual(once);
      }),
      { numRuns: 300 },
    );
  });
});

it('keeps the shape and what is no secret', () => {
  const given = request({
    path: '/rest/v1/collection/098f868479eb/owners/',
    headers: { Host: 'api.example.com', Authorization: 'Bearer IncYP3edd3blm2ypLGFFOYwQsC5vff3n', 'Content-Length': '220' },
    query: { page: '2' },
    params: { tokenDefinitionId: '098f868479eb' },
    body: { airdrops: [{ address: 'AXkcPCWrWYGuayYgKp7y6LhugKzq5f3pqeKnrSod9ufy', units: 1.5 }], sequential: false },
    response: { id: 'I4WTgq6ZHb2ncugUWBz1oSPDld5eJi5U', count: 2 },
  });
  expect(redactRequest(given)).toEqual({
    ...given,
    request: { ...given.request, headers: { host: 'api.example.com', authorization: 'Bearer ****f3n', 'content-length': '220' } },
  });
});
