import type { ContractErrors, Problem, RenderedError } from '../contract.js';
import { GNIP_REALM } from './authentication.js';

/** Every error body: clients of this family parse all bodies as JSON and print `error.message`. */
export interface GnipErrorBody {
  readonly error: {
    readonly message: string;
    /** Second precision with the offset written out: `2026-03-12T09:00:00+00:00`. */
    readonly sent: string;
  };
}

/** One sentence for an unknown account and for somebody else's, so that nobody learns from it which accounts exist. */
const NOT_FOUND_MESSAGE =
  'No such resource for these credentials. Usage is at /metrics/usage/accounts/{account}.json, and account names are case-sensitive.';

/** Statuses of the family, besides 5xx. What else a server may answer becomes 400. */
const FAMILY_STATUSES: readonly number[] = [400, 401, 404, 405, 422, 429];

/** Errors of the Gnip usage contract: always JSON, `{error: {message, sent}}`. */
export const gnipErrors: ContractErrors = {
  matches: (path) => /^\/metrics\/usage(?:\/|$)/.test(path),
  render: renderGnipError,
};

function renderGnipError(problem: Problem): RenderedError {
  const status = statusOf(problem.status);
  const body: GnipErrorBody = { error: { message: status === 404 ? NOT_FOUND_MESSAGE : problem.message, sent: formatSent(problem.now) } };
  return {
    status,
    headers: {
      'content-type': 'application/json; charset=utf-8',
      ...(status === 401 ? { 'www-authenticate': `Basic realm="${GNIP_REALM}", charset="UTF-8"` } : {}),
    },
    body,
  };
}

function statusOf(status: number): number {
  if (FAMILY_STATUSES.includes(status)) return status;
  if (status === 403) return 404;
  if (status >= 500) return status === 502 || status === 503 ? status : 500;
  return 400;
}

function formatSent(now: Date): string {
  return `${now.toISOString().slice(0, 19)}+00:00`;
}
