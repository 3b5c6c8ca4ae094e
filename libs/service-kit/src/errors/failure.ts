import { HttpException } from '@nestjs/common';
import { DomainError, type ErrorCode, type ErrorDetail } from '@tallymark/domain';
import { isDependencyFailure } from './dependency-failure.js';
import { codeOfStatus } from './http-status.js';

/** Any thrown value, in the words of the business. */
export interface Failure {
  readonly code: ErrorCode;
  readonly message: string;
  readonly details: readonly ErrorDetail[];
  readonly retryAfterSeconds: number | undefined;
  /** Whether the cause belongs into the log, because it is ours and not the client's. */
  readonly isOurs: boolean;
}

const RETRY_AFTER_SECONDS = 1;

/** Says of any thrown value what the client may know. Nothing of an unknown error is passed on. */
export function toFailure(error: unknown): Failure {
  if (error instanceof DomainError) return fromDomainError(error);
  if (error instanceof HttpException) return fromHttpException(error);
  if (isDependencyFailure(error)) {
    return {
      code: 'unavailable',
      message: 'the database does not answer at the moment; try again',
      details: [],
      retryAfterSeconds: RETRY_AFTER_SECONDS,
      isOurs: true,
    };
  }
  const status = frameworkStatus(error);
  if (status !== undefined && error instanceof Error)
    return { code: codeOfStatus(status), message: error.message, details: [], retryAfterSeconds: undefined, isOurs: false };
  return {
    code: 'internal',
    message: 'a fault of ours; it is logged under the id of this request',
    details: [],
    retryAfterSeconds: undefined,
    isOurs: true,
  };
}

function fromDomainError(error: DomainError): Failure {
  const retryAfterSeconds = error.retryAfterSeconds ?? (error.code === 'unavailable' ? RETRY_AFTER_SECONDS : undefined);
  return { code: error.code, message: error.message, details: error.details, retryAfterSeconds, isOurs: error.code === 'internal' };
}

function fromHttpException(error: HttpException): Failure {
  const code = codeOfStatus(error.getStatus());
  if (code === 'internal')
    return {
      code,
      message: 'a fault of ours; it is logged under the id of this request',
      details: [],
      retryAfterSeconds: undefined,
      isOurs: true,
    };
  return {
    code,
    message: error.message,
    details: [],
    retryAfterSeconds: code === 'unavailable' ? RETRY_AFTER_SECONDS : undefined,
    isOurs: code === 'unavailable',
  };
}

/** Fastify's own errors bear a status; those from 500 on are faults of ours. */
function frameworkStatus(error: unknown): number | undefined {
  if (!(error instanceof Error) || error.name !== 'FastifyError' || !('statusCode' in error)) return undefined;
  const { statusCode } = error;
  return typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500 ? statusCode : undefined;
}
