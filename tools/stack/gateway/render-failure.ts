import {
  billingUsageErrors,
  cometErrors,
  type ContractErrors,
  crossmintErrors,
  gnipErrors,
  lagoErrors,
  lagoEventErrors,
  openmeterErrors,
  platformErrors,
  type Problem,
  type RenderedError,
} from '@tallymark/provider-contracts';

/** Each contract's and dialect's clients read errors in its own shape, also when it is the gateway that fails. */
const CONTRACT_ERRORS: readonly ContractErrors[] = [
  billingUsageErrors,
  cometErrors,
  crossmintErrors,
  gnipErrors,
  lagoErrors,
  lagoEventErrors,
  openmeterErrors,
];

/** Seconds after which a caller should try again: a service that died is back by then. */
const RETRY_AFTER_SECONDS = 1;

/** A failure of the gateway itself, as it is told to the caller of `path`. */
export function renderFailure(
  failure: { readonly status: number; readonly message: string },
  request: { readonly path: string; readonly id: string; readonly now: Date },
): RenderedError {
  const problem: Problem = {
    status: failure.status,
    code: codeOf(failure.status),
    message: failure.message,
    details: [],
    now: request.now,
    requestId: request.id,
  };
  const errors = CONTRACT_ERRORS.find((contract) => contract.matches(request.path)) ?? platformErrors;
  const rendered = errors.render(problem);
  if (failure.status !== 503) return rendered;
  return { ...rendered, headers: { ...rendered.headers, 'retry-after': String(RETRY_AFTER_SECONDS) } };
}

function codeOf(status: number): Problem['code'] {
  if (status === 413) return 'payload_too_large';
  if (status === 405) return 'method_not_allowed';
  if (status === 404) return 'not_found';
  if (status === 429) return 'rate_limited';
  if (status === 503) return 'unavailable';
  return status >= 500 ? 'internal' : 'invalid_request';
}
