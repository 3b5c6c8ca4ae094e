import { z } from 'zod';
import type { ContractErrors, Problem, RenderedError } from '../contract.js';
import { readBody } from '../read-body.js';

/** Every code of the contract's errors. The first two are published; the others follow their style. */
export const BILLING_ERROR_CODES = [
  'UNAUTHORIZED',
  'BAD_REQUEST',
  'FORBIDDEN',
  'NOT_FOUND',
  'METHOD_NOT_ALLOWED',
  'PAYLOAD_TOO_LARGE',
  'RATE_LIMITED',
  'SERVICE_UNAVAILABLE',
  'INTERNAL_ERROR',
] as const;
export type BillingErrorCode = (typeof BILLING_ERROR_CODES)[number];

/** The error body. */
export const billingErrorSchema = z.object({
  success: z.literal(false),
  error: z.object({ code: z.enum(BILLING_ERROR_CODES), message: z.string() }),
});
export type BillingErrorBody = z.infer<typeof billingErrorSchema>;

const CODES: Readonly<Record<number, BillingErrorCode>> = {
  401: 'UNAUTHORIZED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  405: 'METHOD_NOT_ALLOWED',
  413: 'PAYLOAD_TOO_LARGE',
  429: 'RATE_LIMITED',
  503: 'SERVICE_UNAVAILABLE',
};

/** The contract's code of a status; other client errors are `BAD_REQUEST`, other server errors `INTERNAL_ERROR`. */
export function billingErrorCode(status: number): BillingErrorCode {
  return CODES[status] ?? (status >= 500 ? 'INTERNAL_ERROR' : 'BAD_REQUEST');
}

/** What an error answer of this contract says; codes of other servers pass as they are. @throws DomainError `invalid_request` */
export function readBillingError(body: unknown): { readonly code: string; readonly message: string } {
  const schema = billingErrorSchema.extend({ error: z.object({ code: z.string(), message: z.string() }) });
  return readBody(schema, body, 'a billing usage error').error;
}

function renderBillingError(problem: Problem): RenderedError {
  const code = billingErrorCode(problem.status);
  const body: BillingErrorBody = { success: false, error: { code, message: messageOf(code, problem.message) } };
  return {
    status: problem.status,
    headers: { 'content-type': 'application/json; charset=utf-8', ...(code === 'UNAUTHORIZED' ? { 'www-authenticate': 'Bearer' } : {}) },
    body,
  };
}

function messageOf(code: BillingErrorCode, message: string): string {
  if (code === 'UNAUTHORIZED') return 'Authentication required';
  return code === 'INTERNAL_ERROR' ? 'Internal error' : message;
}

/** Errors under the contract's prefix. */
export const billingUsageErrors: ContractErrors = {
  matches: (path) => path === '/api/billing' || path.startsWith('/api/billing/'),
  render: renderBillingError,
};
