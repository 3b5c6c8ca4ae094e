import { QueryFailedError } from 'typeorm';

/** The SQLSTATE of what PostgreSQL refused, or the code of what kept us from asking it; empty where there is neither. */
export function sqlStateOf(error: unknown): string {
  const thrown: unknown = error instanceof QueryFailedError ? error.driverError : error;
  return typeof thrown === 'object' && thrown !== null && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : '';
}

/**
 * Classes of SQLSTATE that pass if one tries again: connections (08), lost races (40), resources (53), a lock that was not to be had (55P03), shutdowns
 * (57P), the system below (58); and the codes of sockets, which begin with E.
 */
const TRANSIENT = /^(?:08|40|53|55P03|57P|58|E(?!RR_))/;
/** What the driver says without a code. */
const CONNECTION_LOST =
  /connection terminated|client has encountered a connection error|timeout exceeded when trying to connect|pool after calling end/i;

/** Whether the same may succeed in a moment, whatever was asked for; otherwise it fails by what was asked for. */
export function isTransient(error: unknown): boolean {
  const code = sqlStateOf(error);
  return code === '' ? error instanceof Error && CONNECTION_LOST.test(error.message) : TRANSIENT.test(code);
}
