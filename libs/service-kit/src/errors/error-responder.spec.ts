import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Fixture, createFixture } from '../../test/fixture-service.js';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await createFixture({ bodyLimitBytes: 200 });
});
afterAll(() => fixture.app.close());

interface ProblemBody {
  readonly code: string;
  readonly detail: string;
  readonly errors: readonly Record<string, string>[];
}

const THINGS = '/platform/v1/things';
const json = { 'content-type': 'application/json' };

describe('every error is a problem', () => {
  it.each([
    ['an unknown route', { method: 'GET', url: '/platform/v1/nothing' }, 404, 'not_found'],
    ['a route outside the API', { method: 'GET', url: '/favicon.ico' }, 404, 'not_found'],
    ['another method on a known path', { method: 'DELETE', url: THINGS }, 405, 'method_not_allowed'],
    ['another method on a path with a parameter', { method: 'PUT', url: `${THINGS}/failures/x` }, 405, 'method_not_allowed'],
    ['TRACE', { method: 'TRACE', url: THINGS }, 405, 'method_not_allowed'],
    ['a malformed path', { method: 'GET', url: '/platform/v1/%zz' }, 400, 'invalid_request'],
    ['an over-long parameter', { method: 'GET', url: `${THINGS}/failures/${'x'.repeat(3_100)}` }, 400, 'invalid_request'],
    ['broken JSON', { method: 'POST', url: THINGS, headers: json, payload: '{"name":' }, 400, 'invalid_request'],
    ['no JSON at all', { method: 'POST', url: THINGS, headers: json, payload: '' }, 400, 'invalid_request'],
    ['a prototype key', { method: 'POST', url: THINGS, headers: json, payload: '{"__proto__":{}}' }, 400, 'invalid_request'],
    [
      'a body over the limit',
      { method: 'POST', url: THINGS, headers: json, payload: `{"name":"${'x'.repeat(200)}"}` },
      413,
      'payload_too_large',
    ],
    [
      'a type nobody reads',
      { method: 'POST', url: THINGS, headers: { 'content-type': 'text/csv' }, payload: 'a,b' },
      415,
      'unsupported_media_type',
    ],
    ['a domain error', { method: 'GET', url: `${THINGS}/failures/none` }, 404, 'not_found'],
    ['a limit', { method: 'GET', url: `${THINGS}/failures/limited` }, 429, 'rate_limited'],
    ['a database that refuses', { method: 'GET', url: `${THINGS}/failures/refused` }, 503, 'unavailable'],
    ['a database that shuts down, wrapped', { method: 'GET', url: `${THINGS}/failures/shutdown` }, 503, 'unavailable'],
    ['a fault of ours', { method: 'GET', url: `${THINGS}/failures/unknown` }, 500, 'internal'],
  ] as const)('%s', async (_, request, status, code) => {
    const response = await fixture.app.inject(request);
    expect(response.headers['content-type']).toBe('application/problem+json');
    expect(response.statusCode).toBe(status);
    expect(response.json()).toMatchObject({
      type: `https://tallymark.dev/problems/${code}`,
      status,
      code,
      instance: `urn:request:${String(response.headers['x-request-id'])}`,
      errors: expect.any(Array),
    });
    expect(response.headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' });
  });

  it('names the allowed methods', async () => {
    const response = await fixture.app.inject({ method: 'PATCH', url: THINGS });
    expect(response.headers['allow']).toBe('GET, HEAD, POST');
    expect(response.json<ProblemBody>().detail).toContain('received PATCH /platform/v1/things; expected one of GET, HEAD, POST');
  });

  it('says when to try again', async () => {
    const [limited, refused] = await Promise.all([
      fixture.app.inject(`${THINGS}/failures/limited`),
      fixture.app.inject(`${THINGS}/failures/refused`),
    ]);
    expect([limited.headers['retry-after'], refused.headers['retry-after']]).toEqual(['2', '1']);
  });

  it('keeps internals out of the body and puts them into the log', async () => {
    const response = await fixture.app.inject(`${THINGS}/failures/unknown`);
    expect(response.body).not.toMatch(/SELECT|pantry|at /);
    const logged = fixture.lines.find((line) => line.includes('SELECT secret FROM pantry')) ?? '';
    expect(logged).toContain('"stack"');
    expect(logged).toContain('"level":"error"');
  });
});

describe('what a schema refuses', () => {
  it('points to each member of a body, with what was received and expected', async () => {
    const payload = { name: '', size: -1, parts: [{ code: 1, 'a/b': 2 }] };
    const response = await fixture.app.inject({ method: 'POST', url: THINGS, payload });
    expect(response.statusCode).toBe(400);
    expect(response.json<ProblemBody>().errors).toEqual([
      { pointer: '/name', code: 'too_small', message: 'received ""; too small: expected string to have >=1 characters' },
      { pointer: '/size', code: 'too_small', message: 'received -1; too small: expected number to be >0' },
      { pointer: '/parts/0/code', code: 'invalid_type', message: 'received 1; expected string' },
      { pointer: '/parts/0/a~1b', code: 'unrecognized_keys', message: 'received 2; expected no such member' },
    ]);
    expect(response.json<ProblemBody>().detail).toBe(
      '/name: received ""; too small: expected string to have >=1 characters (and 3 more, see errors)',
    );
  });

  it('names the query parameter', async () => {
    const key = fixture.credentials.issue();
    const response = await fixture.app.inject({
      method: 'GET',
      url: `${THINGS}?limit=1000&status=new`,
      headers: { authorization: `Bearer ${key}` },
    });
    expect(response.json<ProblemBody>().errors).toEqual([
      { parameter: 'limit', code: 'too_big', message: 'received "1000"; too big: expected number to be <=100' },
      { parameter: 'status', code: 'invalid_value', message: 'received "new"; invalid option: expected one of "open"|"closed"' },
    ]);
  });

  it('lets through what fits, with defaults', async () => {
    const response = await fixture.app.inject({ method: 'POST', url: THINGS, payload: { name: 'bolt', more: 1 } });
    expect([response.statusCode, response.json()]).toEqual([201, { name: 'bolt', parts: [] }]);
  });

  it('answers with the declared members alone', async () => {
    expect((await fixture.app.inject(`${THINGS}/view`)).json()).toEqual({ name: 'shown' });
  });
});

describe('on the paths of a contract errors take its form', () => {
  it.each([
    ['no credential', 'GET', '/metrics/usage/accounts/acme.json', 401],
    ['an unknown route', 'GET', '/metrics/usage/other/acme.json', 404],
    ['another method', 'POST', '/metrics/usage/accounts/acme.json', 405],
    ['a variable left empty', 'GET', '/metrics/usage/accounts/', 404],
    ['a variable left empty before its suffix', 'GET', '/metrics/usage/reports/.json', 404],
    ['a repeated parameter', 'GET', '/metrics/usage/accounts/acme.json?bucket=day&bucket=month', 400],
  ] as const)('%s', async (_, method, url, status) => {
    const response = await fixture.app.inject({ method, url });
    expect(response.statusCode).toBe(status);
    expect(response.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(response.json()).toEqual({ error: { message: expect.any(String), sent: '2026-11-21T12:00:00.000Z' } });
  });
});
