/**
 * Every code an error of the business can carry, with what it means. Codes are stable: clients switch on them.
 * HTTP status codes are given to them in one place, `libs/service-kit`, because only that layer knows HTTP.
 */
export const ERROR_CODES = {
  invalid_request: 'the request does not have the expected form',
  invalid_event: 'an event breaks CloudEvents 1.0 or our limits',
  event_time_in_future: 'an event bears a time further ahead than clocks may differ',
  event_time_too_old: 'an event bears a time before the kept history',
  unauthenticated: 'no credential, or one that is unknown, expired or revoked',
  forbidden: 'the credential lacks a scope or belongs to somebody else',
  not_found: 'nothing of that id for this caller',
  method_not_allowed: 'the route exists but not for this method',
  conflict: 'something else already has that code, external id or identity',
  precondition_failed: 'the entity changed since its ETag was read',
  payload_too_large: 'the body or a batch is over its limit',
  unsupported_media_type: 'the content type or encoding is not one we read',
  unprocessable: 'well formed, but it contradicts what is stored',
  rate_limited: 'more requests than the limit allows',
  unavailable: 'a dependency is away; try again',
  internal: 'a fault of ours',
} as const satisfies Record<string, string>;

/** A stable error code. */
export type ErrorCode = keyof typeof ERROR_CODES;

/** One thing wrong with an input: where (an RFC 6901 JSON pointer, or a parameter's name), what, and what was expected. */
export interface ErrorDetail {
  readonly pointer?: string;
  readonly parameter?: string;
  readonly code: string;
  readonly message: string;
}

/** An error of the business: a stable code, a sentence that quotes what was received and expected, and details per field. */
export class DomainError extends Error {
  override readonly name = 'DomainError';
  readonly code: ErrorCode;
  readonly details: readonly ErrorDetail[];
  /** Seconds after which a retry makes sense, where the error is one of time. */
  readonly retryAfterSeconds: number | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    options: { details?: readonly ErrorDetail[]; retryAfterSeconds?: number; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.details = options.details ?? [];
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}
