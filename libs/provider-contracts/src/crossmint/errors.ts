import type { ContractErrors, Problem, RenderedError } from '../contract.js';
import { CROSSMINT_PREFIXES } from './canonical.js';

/** Body of 400. `error` is a boolean here, and a string in the other errors. */
export interface CrossmintBatchError {
  readonly error: true;
  readonly message: string;
  readonly validationErrors?: readonly { readonly message: string }[];
}
/** Body of 403 and 503. */
export interface CrossmintError {
  readonly error: 'Forbidden' | 'Service Unavailable';
  readonly message: string;
}

/** One sentence for every refusal, so that nobody learns from it which projects exist. */
const FORBIDDEN_MESSAGE =
  'The X-API-KEY header must hold a known key with the scope projects:usage.read, and the key must belong to this project.';

/**
 * Errors of the Crossmint contract, which knows 400, 403 and 503 and nothing else: no credential, a foreign or unknown project and an
 * unknown route are 403; faults of ours are 503; every other refusal, a rate limit too, is 400.
 */
export const crossmintErrors: ContractErrors = {
  matches: (path) => CROSSMINT_PREFIXES.some((prefix) => path === prefix || path.startsWith(`${prefix}/`)),
  render: renderCrossmintError,
};

function renderCrossmintError(problem: Problem): RenderedError {
  if (problem.status >= 500) return json(503, { error: 'Service Unavailable', message: 'Please try again in a few minutes.' });
  if ([401, 403, 404].includes(problem.status)) return json(403, { error: 'Forbidden', message: FORBIDDEN_MESSAGE });
  const validationErrors = problem.details.map(({ message }) => ({ message }));
  return json(400, { error: true, message: problem.message, ...(validationErrors.length > 0 ? { validationErrors } : {}) });
}

function json(status: number, body: CrossmintBatchError | CrossmintError): RenderedError {
  return { status, headers: { 'content-type': 'application/json; charset=utf-8' }, body };
}
