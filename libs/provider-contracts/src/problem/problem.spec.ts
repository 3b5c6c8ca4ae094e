import { describe, expect, it } from '@jest/globals';
import { ERROR_CODES } from '@tallymark/domain';
import type { ErrorCode } from '@tallymark/domain';
import fc from 'fast-check';
import type { Problem } from '../contract.js';
import { platformErrors, problemSchema, problemTitle, readProblem, renderProblem } from './problem.js';

const NOW = new Date('2026-11-21T10:00:00Z');
const CODES = Object.keys(ERROR_CODES) as ErrorCode[];

const problems: fc.Arbitrary<Problem> = fc.record(
  {
    status: fc.integer({ min: 400, max: 599 }),
    code: fc.constantFrom(...CODES),
    message: fc.string(),
    details: fc.array(
      fc.record(
        { pointer: fc.string(), parameter: fc.string(), code: fc.string(), message: fc.string() },
        { requiredKeys: ['code', 'message'] },
      ),
    ),
    now: fc.constant(NOW),
    requestId: fc.uuid(),
  },
  { requiredKeys: ['status', 'code', 'message', 'details', 'now'] },
);

describe('problem details', () => {
  it.each(CODES)('%s has a title and a type of its own', (code) => {
    const body = renderProblem({ status: 400, code, message: 'm', details: [], now: NOW });
    expect(body.type).toBe(`https://tallymark.dev/problems/${code}`);
    expect(body.title).toBe(problemTitle(code));
    expect(body.title).toMatch(/^[A-Z]/);
  });

  it('renders every member in the order of the RFC', () => {
    const details = [{ pointer: '/id', code: 'required', message: 'id is absent; expected a string' }];
    const problem: Problem = { status: 400, code: 'invalid_event', message: 'id is absent', details, now: NOW, requestId: 'r-1' };
    expect(JSON.stringify(renderProblem(problem))).toBe(
      '{"type":"https://tallymark.dev/problems/invalid_event","title":"An event breaks CloudEvents 1.0 or our limits","status":400,' +
        '"detail":"id is absent","instance":"urn:request:r-1","code":"invalid_event",' +
        '"errors":[{"pointer":"/id","code":"required","message":"id is absent; expected a string"}]}',
    );
  });

  it('reads back what it renders', () => {
    fc.assert(
      fc.property(problems, (problem) => {
        const body: unknown = JSON.parse(JSON.stringify(renderProblem(problem)));
        expect(problemSchema.safeParse(body).success).toBe(true);
        expect(readProblem(body, NOW)).toEqual(problem);
      }),
    );
  });

  it('refuses a body that is no problem', () => {
    expect(() => readProblem({ message: 'Not Found' }, NOW)).toThrow('code');
  });
});

describe('platformErrors', () => {
  it.each([
    ['/platform/v1/meters', true],
    ['/platform/v2', true],
    ['/platform', true],
    ['/platforms', false],
    ['/api/billing/usage', false],
  ])('%s: %s', (path, belongs) => {
    expect(platformErrors.matches(path)).toBe(belongs);
  });

  it('has the content type without charset', () => {
    const rendered = platformErrors.render({ status: 404, code: 'not_found', message: 'no route', details: [], now: NOW });
    expect([rendered.status, rendered.headers]).toEqual([404, { 'content-type': 'application/problem+json' }]);
  });
});
