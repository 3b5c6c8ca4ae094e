import { describe, expect, it } from '@jest/globals';
import { renderFailure } from './render-failure.js';

const NOW = new Date('2026-11-21T10:00:00Z');
const SENT = '2026-11-21T10:00:00+00:00';
const problem = (status: number, code: string): object => ({
  type: `https://tallymark.dev/problems/${code}`,
  status,
  code,
  detail: 'why',
  instance: 'urn:request:request-1',
});
const billing = (code: string, message = 'why'): object => ({ success: false, error: { code, message } });
const gnip = { error: { message: 'why', sent: SENT } };
const lago = (status: number, error: string, code: string): object => ({ status, error, code });
const openmeter = (status: number, title: string): object => ({ type: 'about:blank', title, status, detail: 'why' });
const BUSY = { error: 'Service Unavailable', message: 'Please try again in a few minutes.' };
const BAD = { error: true, message: 'why' };

/** What the gateway itself answers under each prefix: [given status, answered status, body]. */
const ANSWERS: Readonly<Record<string, readonly (readonly [given: number, answered: number, body: object])[]>> = {
  '/api/billing/usage': [
    [413, 413, billing('PAYLOAD_TOO_LARGE')],
    [429, 429, billing('RATE_LIMITED')],
    [500, 500, billing('INTERNAL_ERROR', 'Internal error')],
    [502, 502, billing('INTERNAL_ERROR', 'Internal error')],
    [503, 503, billing('SERVICE_UNAVAILABLE')],
  ],
  '/v1/usage': [
    [413, 413, { message: 'why' }],
    [429, 429, { message: 'why' }],
    [500, 500, { message: 'Internal server error' }],
    [503, 503, { message: 'why' }],
  ],
  '/api/v1-alpha1/projects/default/usage': [
    [413, 400, BAD],
    [429, 400, BAD],
    [500, 503, BUSY],
    [502, 503, BUSY],
    [503, 503, BUSY],
  ],
  '/metrics/usage/accounts/acme.json': [
    [413, 400, gnip],
    [429, 429, gnip],
    [500, 500, gnip],
    [502, 502, gnip],
    [503, 503, gnip],
  ],
  '/api/v1/analytics/usage': [
    [413, 413, lago(413, 'Payload Too Large', 'payload_too_large')],
    [429, 429, lago(429, 'Too Many Requests', 'too_many_requests')],
    [500, 500, lago(500, 'Internal Server Error', 'internal_error')],
    [503, 503, lago(503, 'Service Unavailable', 'service_unavailable')],
  ],
  '/api/v1/events/batch': [
    [413, 413, lago(413, 'Payload Too Large', 'payload_too_large')],
    [429, 429, lago(429, 'Too Many Requests', 'too_many_requests')],
    [503, 503, lago(503, 'Service Unavailable', 'service_unavailable')],
  ],
  '/api/v1/events': [
    [413, 413, openmeter(413, 'Content Too Large')],
    [429, 429, openmeter(429, 'Too Many Requests')],
    [503, 503, openmeter(503, 'Service Unavailable')],
  ],
  '/platform/v1/meters': [
    [413, 413, problem(413, 'payload_too_large')],
    [429, 429, problem(429, 'rate_limited')],
    [500, 500, problem(500, 'internal')],
    [503, 503, problem(503, 'unavailable')],
  ],
};

describe('renderFailure', () => {
  const cases = Object.entries(ANSWERS).flatMap(([path, answers]) => answers.map((answer) => [path, ...answer] as const));

  it.each(cases)('%s: %i is answered as %i', (path, given, answered, body) => {
    const rendered = renderFailure({ status: given, message: 'why' }, { path, id: 'request-1', now: NOW });
    expect([rendered.status, rendered.body]).toEqual([answered, expect.objectContaining(body)]);
    expect(rendered.headers['retry-after']).toBe(given === 503 ? '1' : undefined);
  });
});
