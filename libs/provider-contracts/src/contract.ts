import type { ErrorCode, ErrorDetail } from '@tallymark/domain';

/** A failed request before it has a shape: what went wrong, told in no contract's language yet. */
export interface Problem {
  /** HTTP status. */
  readonly status: number;
  readonly code: ErrorCode;
  /** A sentence that quotes what was received and what was expected. */
  readonly message: string;
  readonly details: readonly ErrorDetail[];
  /** When the error is answered; some error bodies carry it. */
  readonly now: Date;
  /** Id of the failed request, for bodies that name it; absent where the sender keeps none. */
  readonly requestId?: string | undefined;
}

/** An HTTP error answer, ready to be sent. `body` is to be serialised as JSON. */
export interface RenderedError {
  readonly status: number;
  /** Names in lower case. Holds the content type; names of the transport (retry-after, allow) are added by the sender. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/**
 * How one contract speaks of errors. Every error on a path that {@link matches} is rendered by it, also those that no
 * handler of the contract raised: an unknown route, a method that is not allowed, a rate limit.
 */
export interface ContractErrors {
  /** Whether a request path (without query) belongs to the contract, unknown sub-paths included. */
  matches(path: string): boolean;
  render(problem: Problem): RenderedError;
}
