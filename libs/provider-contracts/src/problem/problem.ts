import { ERROR_CODES } from '@tallymark/domain';
import type { ErrorCode } from '@tallymark/domain';
import { z } from 'zod';
import type { ContractErrors, Problem, RenderedError } from '../contract.js';
import { readBody } from '../read-body.js';

/** Sent without a charset: JSON has none (RFC 8259), and common clients read a problem only under exactly this type. */
export const PROBLEM_CONTENT_TYPE = 'application/problem+json';

/** `type` of a problem is this followed by its code. */
export const PROBLEM_TYPE_BASE = 'https://tallymark.dev/problems/';

const REQUEST_ID_PREFIX = 'urn:request:';

export const errorDetailSchema = z
  .object({
    pointer: z.string().optional().describe('JSON pointer (RFC 6901) into the request body; "" is the whole body'),
    parameter: z.string().optional().describe('Name of the query, path or header parameter'),
    code: z.string().describe('Stable, for programs'),
    message: z.string().describe('What was received and what was expected'),
  })
  .meta({ id: 'ErrorDetail' });

/** The error body of our own API: RFC 9457 problem details, extended by `code` and `errors`. */
export const problemSchema = z
  .object({
    type: z.string().describe('URI of the kind of problem'),
    title: z.string().describe('The kind of problem in words; the same for every problem of this type'),
    status: z.int().min(400).max(599),
    detail: z.string().describe('This problem in words: what was received and what was expected'),
    instance: z.string().optional().describe('urn:request:<id of the request>, as in the server’s log'),
    code: z.enum(Object.keys(ERROR_CODES) as [ErrorCode, ...ErrorCode[]]).describe('Stable, for programs'),
    errors: z.array(errorDetailSchema).describe('What is wrong in detail, where it can be told apart'),
  })
  .meta({
    id: 'Problem',
    examples: [
      {
        type: 'https://tallymark.dev/problems/invalid_request',
        title: 'The request does not have the expected form',
        status: 400,
        detail: 'limit is "1000"; expected a whole number from 1 to 100',
        instance: 'urn:request:018f3c1e-7d64-7b8e-9c55-3f1de0a1b2c3',
        code: 'invalid_request',
        errors: [{ parameter: 'limit', code: 'out_of_range', message: 'limit is "1000"; expected a whole number from 1 to 100' }],
      },
    ],
  });

/** The wire form. */
export type ProblemBody = z.infer<typeof problemSchema>;

/** The kind of problem in words: the meaning of its code, as a sentence begins. */
export function problemTitle(code: ErrorCode): string {
  const meaning = ERROR_CODES[code];
  return meaning.charAt(0).toUpperCase() + meaning.slice(1);
}

/** A failed request as problem details. `instance` is left out where the request has no id. */
export function renderProblem(problem: Problem): ProblemBody {
  return {
    type: `${PROBLEM_TYPE_BASE}${problem.code}`,
    title: problemTitle(problem.code),
    status: problem.status,
    detail: problem.message,
    ...(problem.requestId === undefined ? {} : { instance: `${REQUEST_ID_PREFIX}${problem.requestId}` }),
    code: problem.code,
    errors: problem.details.map((detail) => ({ ...detail })),
  };
}

/**
 * The failed request that a problem body tells of: the reverse of {@link renderProblem}.
 *
 * @throws DomainError `invalid_request` when the body is no problem of ours.
 */
export function readProblem(body: unknown, now: Date): Problem {
  const problem = readBody(problemSchema, body, 'a problem of ours');
  const requestId = problem.instance?.startsWith(REQUEST_ID_PREFIX) ? problem.instance.slice(REQUEST_ID_PREFIX.length) : undefined;
  return {
    status: problem.status,
    code: problem.code,
    message: problem.detail,
    details: problem.errors,
    now,
    ...(requestId === undefined ? {} : { requestId }),
  };
}

/** Errors of our own API, `/platform/v1`. Its `render` also serves every path that belongs to no contract. */
export const platformErrors: ContractErrors = {
  matches: (path) => path === '/platform' || path.startsWith('/platform/'),
  render: (problem): RenderedError => ({
    status: problem.status,
    headers: { 'content-type': PROBLEM_CONTENT_TYPE, ...(problem.status === 401 ? { 'www-authenticate': 'Bearer' } : {}) },
    body: renderProblem(problem),
  }),
};
