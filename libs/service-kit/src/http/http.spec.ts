import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Fixture, createFixture } from '../../test/fixture-service.js';
import { checkIfMatch, etagOf, matchesIfNoneMatch } from './etag.js';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await createFixture({ allowsRepeatedQuery: (path) => path === '/platform/v1/things/view' });
});
afterAll(() => fixture.app.close());

const get = (url: string, headers: Record<string, string> = {}): ReturnType<Fixture['app']['inject']> =>
  fixture.app.inject({ method: 'GET', url, headers });
const TAGGED = '/platform/v1/things/tagged';
const ETAG = etagOf({ name: 'stays' });

describe('ETags', () => {
  it('tell whether an answer changed', async () => {
    const first = await get(TAGGED);
    expect(first.headers).toMatchObject({ etag: ETAG, 'cache-control': 'private, no-cache' });
    const second = await get(TAGGED, { 'if-none-match': ETAG });
    expect([second.statusCode, second.body, second.headers['etag']]).toEqual([304, '', ETAG]);
    expect((await get(TAGGED, { 'if-none-match': '"other"' })).json()).toEqual({ name: 'stays' });
  });

  it('are not put on routes that did not ask for them', async () => {
    expect((await get('/platform/v1/things/view')).headers).not.toHaveProperty('etag');
  });

  it.each([
    [undefined, false],
    ['"other"', false],
    [ETAG, true],
    [`W/${ETAG}`, true],
    [`"other", ${ETAG}`, true],
    ['*', true],
    ['nonsense', false],
  ])('If-None-Match: %s holds it: %s', (header, expected) => {
    expect(matchesIfNoneMatch(header, ETAG)).toBe(expected);
  });

  it.each([undefined, ETAG, `"other", ${ETAG}`, '*'])('If-Match: %s lets a change through', (header) => {
    expect(() => checkIfMatch(header, ETAG)).not.toThrow();
  });

  it.each(['"other"', `W/${ETAG}`, 'nonsense'])('If-Match: %s stops it', (header) => {
    expect(() => checkIfMatch(header, ETAG)).toThrow(expect.objectContaining({ code: 'precondition_failed' }));
  });

  it('a stopped change is 412', async () => {
    const response = await fixture.app.inject({ method: 'POST', url: '/platform/v1/things/change', headers: { 'if-match': '"old"' } });
    expect(response.json()).toMatchObject({
      status: 412,
      detail: `If-Match: received "old"; expected ${ETAG}, the ETag of the entity as it is now`,
    });
  });
});

describe('the query', () => {
  it('refuses a repeated parameter', async () => {
    const response = await get(`${TAGGED}?a=1&b=2&a=3`);
    expect(response.json()).toMatchObject({
      status: 400,
      errors: [{ parameter: 'a', code: 'repeated_parameter', message: 'received 2 values; expected one' }],
    });
  });

  it('lets it through where a contract says so', async () => {
    expect((await get('/platform/v1/things/view?a=1&a=2')).statusCode).toBe(200);
  });

  it.each(['api_key', 'apiKey', 'API-KEY', 'x-api-key', 'access_token'])('refuses ?%s=, and does not log what it held', async (name) => {
    const response = await get(`${TAGGED}?${name}=canary-4711`);
    expect(response.json()).toMatchObject({ status: 400, errors: [{ parameter: name, code: 'credential_in_url' }] });
    expect(response.body).not.toContain('canary-4711');
    expect(fixture.lines.join('')).not.toContain('canary-4711');
  });
});

describe('headers', () => {
  it('stand on every answer', async () => {
    expect((await get('/platform/v1/things/view')).headers).toMatchObject({
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'cache-control': 'no-store',
    });
  });

  it('do not tell what serves', async () => {
    const { headers } = await get('/platform/v1/things/view');
    expect([headers['server'], headers['x-powered-by']]).toEqual([undefined, undefined]);
  });

  it.each([
    ['repeats one that is fit', 'req_018f-3c1e:7d64.~', true],
    ['replaces one that is too short', 'abc', false],
    ['replaces one that would break a log line', 'x\u0000y-0123456789', false],
    ['replaces one that is too long', 'x'.repeat(129), false],
  ])('X-Request-Id %s', async (_, sent, isKept) => {
    const received = (await get('/platform/v1/things/view', { 'x-request-id': sent })).headers['x-request-id'];
    expect(received === sent).toBe(isKept);
    if (!isKept) expect(received).toMatch(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
  });
});

describe('a service that reads its bodies itself', () => {
  it('gets them as its parser makes them', async () => {
    const own = await createFixture({
      parsesBodies: false,
      configureFastify: (instance) => {
        instance.removeContentTypeParser('application/json');
        instance.addContentTypeParser('application/json', { parseAs: 'string' }, async (_: unknown, text: string) => ({
          name: `read ${text.length}`,
        }));
      },
    });
    const response = await own.app.inject({
      method: 'POST',
      url: '/platform/v1/things',
      headers: { 'content-type': 'application/json' },
      payload: '[1, 2]',
    });
    expect(response.json()).toEqual({ name: 'read 6', parts: [] });
    await own.app.close();
  });
});
