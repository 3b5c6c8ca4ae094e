import { describe, expect, it } from '@jest/globals';
import { gnipErrors } from './errors.js';

const NOW = new Date('2026-10-17T06:00:00.789Z');
const problem = (status: number, message = 'what happened') => ({
  status,
  code: 'invalid_request' as const,
  message,
  details: [],
  now: NOW,
});

describe('gnipErrors', () => {
  it.each([
    ['/metrics/usage/accounts/acme.json', true],
    ['/metrics/usage/accounts', true],
    ['/metrics/usage', true],
    ['/metrics/usages', false],
    ['/metrics', false],
    ['/api/v1/metrics/usage', false],
  ])('matches %s: %p', (path, expected) => {
    expect(gnipErrors.matches(path)).toBe(expected);
  });

  it.each([
    [400, 400],
    [401, 401],
    [403, 404],
    [404, 404],
    [405, 405],
    [413, 400],
    [415, 400],
    [422, 422],
    [429, 429],
    [500, 500],
    [503, 503],
    [504, 500],
  ])('answers %p as %p, as JSON with message and time', (status, answered) => {
    const rendered = gnipErrors.render(problem(status));
    expect(rendered.status).toBe(answered);
    expect(rendered.headers['content-type']).toContain('application/json');
    expect(rendered.body).toEqual({ error: { message: expect.any(String), sent: '2026-10-17T06:00:00+00:00' } });
  });

  it('says what happened', () => {
    expect(gnipErrors.render(problem(400, 'bucket: received "week"')).body).toMatchObject({
      error: { message: 'bucket: received "week"' },
    });
  });

  it('does not tell an unknown account from a foreign one', () => {
    expect(gnipErrors.render(problem(403, 'account acme is not yours')).body).toEqual(
      gnipErrors.render(problem(404, 'no account acme')).body,
    );
  });

  it('asks for Basic credentials on 401', () => {
    expect(gnipErrors.render(problem(401)).headers['www-authenticate']).toBe('Basic realm="Usage API", charset="UTF-8"');
  });
});
