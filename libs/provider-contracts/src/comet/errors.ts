import { z } from 'zod';
import type { ContractErrors, Problem, RenderedError } from '../contract.js';
import { readBody } from '../read-body.js';
import { COMET_USAGE_PATHS } from './request.js';

/** The error body: all that the contract's client reads. */
export const cometErrorSchema = z.object({ message: z.string() });
export type CometErrorBody = z.infer<typeof cometErrorSchema>;

/** What an error answer of this contract says. @throws DomainError `invalid_request` */
export function readCometError(body: unknown): string {
  return readBody(cometErrorSchema, body, 'a Comet error').message;
}

function renderCometError(problem: Problem): RenderedError {
  const body: CometErrorBody = { message: messageOf(problem) };
  return {
    status: problem.status,
    headers: { 'content-type': 'application/json; charset=utf-8', ...(problem.status === 401 ? { 'www-authenticate': 'Bearer' } : {}) },
    body,
  };
}

function messageOf({ status, message }: Problem): string {
  if (status === 401) return 'Unauthorized';
  return status === 500 ? 'Internal server error' : message;
}

/** Errors on the contract's paths and what lies below them. */
export const cometErrors: ContractErrors = {
  matches: (path) => COMET_USAGE_PATHS.some((usagePath) => path === usagePath || path.startsWith(`${usagePath}/`)),
  render: renderCometError,
};
