import type { ErrorCode } from '@tallymark/domain';

/** The one place where an error code gets a status. */
const HTTP_STATUS: Readonly<Record<ErrorCode, number>> = {
  invalid_request: 400,
  invalid_event: 400,
  event_time_in_future: 400,
  event_time_too_old: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  conflict: 409,
  precondition_failed: 412,
  payload_too_large: 413,
  unsupported_media_type: 415,
  unprocessable: 422,
  rate_limited: 429,
  internal: 500,
  unavailable: 503,
};

const CODES = Object.keys(HTTP_STATUS) as ErrorCode[];

/** HTTP status of an error code. */
export function statusOf(code: ErrorCode): number {
  return HTTP_STATUS[code];
}

/** The code that stands for a status of the framework. A 4xx that has no code of its own reads as `invalid_request`. */
export function codeOfStatus(status: number): ErrorCode {
  return CODES.find((code) => HTTP_STATUS[code] === status) ?? (status >= 500 ? 'internal' : 'invalid_request');
}
