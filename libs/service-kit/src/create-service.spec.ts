import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Fixture, createFixture } from '../test/fixture-service.js';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await createFixture();
});
afterAll(() => fixture.app.close());

describe('errors', () => {
  it.each([
    ['an unknown route', 'GET', '/platform/v1/nothing', 404, 'not_found'],
    ['another method', 'DELETE', '/platform/v1/things', 405, 'method_not_allowed'],
    ['TRACE', 'TRACE', '/platform/v1/things', 405, 'method_not_allowed'],
    ['a malformed path', 'GET', '/platform/v1/%zz', 400, 'invalid_request'],
    ['a fault', 'GET', '/platform/v1/things/failures/unknown', 500, 'internal'],
  ])('%s: %s %s is %i', async (_, method, url, status, code) => {
    const response = await fixture.app.inject({ method: method as 'GET', url });
    expect(response.headers['content-type']).toBe('application/problem+json');
    expect([response.statusCode, response.json<{ code: string }>().code]).toEqual([status, code]);
    expect(response.json()).toMatchObject({ instance: `urn:request:${String(response.headers['x-request-id'])}` });
  });
});
