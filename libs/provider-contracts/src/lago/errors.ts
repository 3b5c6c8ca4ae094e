import type { ErrorDetail } from '@tallymark/domain';
import type { ContractErrors, Problem, RenderedError } from '../contract.js';

/** A Lago error body. `error_details` holds codes by field; for a batch of events it is keyed by index first. */
export interface LagoErrorBody {
  readonly status: number;
  readonly error: string;
  readonly code?: string;
  readonly error_details?: LagoErrorDetails;
}
/** Codes by field, or by index and then field. */
export interface LagoErrorDetails {
  readonly [key: string]: readonly string[] | LagoErrorDetails;
}

/** What each status is called and which code it carries. 401 carries none; that of 403 names what was refused. */
const FAMILY: Readonly<Record<number, { error: string; code?: string }>> = {
  400: { error: 'Bad Request', code: 'invalid_parameters' },
  401: { error: 'Unauthorized' },
  403: { error: 'Forbidden' },
  404: { error: 'Not Found', code: 'resource_not_found' },
  405: { error: 'Method Not Allowed', code: 'method_not_allowed' },
  413: { error: 'Payload Too Large', code: 'payload_too_large' },
  415: { error: 'Unsupported Media Type', code: 'unsupported_media_type' },
  422: { error: 'Unprocessable Entity', code: 'validation_errors' },
  429: { error: 'Too Many Requests', code: 'too_many_requests' },
  500: { error: 'Internal Server Error', code: 'internal_error' },
  503: { error: 'Service Unavailable', code: 'service_unavailable' },
};

/** Errors of the Lago contract: `{status, error[, code[, error_details]]}`. */
export const lagoErrors: ContractErrors = {
  matches: (path) => /^\/api\/v1\/analytics(?:\/|$)/.test(path),
  render: (problem) => renderLagoError(problem, 'read_action_not_allowed_for_analytic'),
};

/**
 * Errors of the event dialect, in the same family. Its batches have a path of their own, and whatever else lies below `/api/v1/events` is Lago's too;
 * that path itself belongs to OpenMeter's clients as well, so there the request's body says which errors it reads.
 */
export const lagoEventErrors: ContractErrors = {
  matches: (path) => /^\/api\/v1\/events\/./.test(path),
  render: (problem) => renderLagoError(problem, 'write_action_not_allowed_for_event'),
};

function renderLagoError(problem: Problem, forbiddenCode: string): RenderedError {
  const status = statusOf(problem.status);
  const details = status === 400 || status === 422 ? detailsOf(problem.details) : undefined;
  const code = status === 403 ? { code: forbiddenCode } : {};
  const body: LagoErrorBody = { status, ...FAMILY[status]!, ...code, ...(details === undefined ? {} : { error_details: details }) };
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', ...(status === 401 ? { 'www-authenticate': 'Bearer' } : {}) },
    body,
  };
}

/** The nearest status that the family knows: a conflict is a validation error in Lago. */
function statusOf(status: number): number {
  if (status in FAMILY) return status;
  if (status === 409) return 422;
  return status >= 500 ? 500 : 400;
}

function detailsOf(details: readonly ErrorDetail[]): LagoErrorDetails | undefined {
  if (details.length === 0) return undefined;
  const found = new Map<string, Map<string, string[]>>();
  for (const detail of details) {
    const { group, field } = placeOf(detail);
    const fields = found.get(group) ?? new Map<string, string[]>();
    fields.set(field, [...(fields.get(field) ?? []), detail.code]);
    found.set(group, fields);
  }
  const ungrouped = found.get('') ?? new Map<string, string[]>();
  found.delete('');
  return {
    ...Object.fromEntries(ungrouped),
    ...Object.fromEntries([...found].map(([group, fields]) => [group, Object.fromEntries(fields)])),
  };
}

/** `/event/code` → code; `/events/2/code` → 2, code; a parameter stands for itself. */
function placeOf(detail: ErrorDetail): { group: string; field: string } {
  if (detail.pointer === undefined) return { group: '', field: detail.parameter ?? 'base' };
  const [root = '', second, third] = detail.pointer.split('/').slice(1);
  if (root === 'events' && second !== undefined) return { group: second, field: third ?? 'base' };
  return { group: '', field: second ?? root };
}
