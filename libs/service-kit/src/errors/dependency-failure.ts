/** Codes of Node's sockets: the server is not there, or went away. */
const SOCKET_CODES = new Set(['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'EPIPE', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);

/**
 * SQLSTATE (PostgreSQL appendix A) of what passes if one tries again: connection exceptions (08), insufficient resources (53),
 * the server shuts down or starts up (57P01 to 57P05), a cancelled statement (57014), a lost race (40001, 40P01), a lock (55P03).
 */
const TRANSIENT_SQL_STATE = /^(?:08\w{3}|53\w{3}|57P0[1-5]|57014|40001|40P01|55P03)$/;

/** What pg and pg-pool say without a code. */
const POOL_MESSAGES = [
  /timeout exceeded when trying to connect/i,
  /connection terminated/i,
  /client has encountered a connection error/i,
  /cannot use a pool after calling end/i,
];

const DEEPEST_CAUSE = 5;

/** Whether an error says that the database is away or too busy, anywhere along its causes, so that the client should try again. */
export function isDependencyFailure(error: unknown): boolean {
  let current = error;
  for (let depth = 0; depth < DEEPEST_CAUSE && current instanceof Error; depth++) {
    if (isTransient(current)) return true;
    if (current instanceof AggregateError && current.errors.some((inner: unknown) => isDependencyFailure(inner))) return true;
    current = 'driverError' in current && current.driverError !== current ? current.driverError : current.cause;
  }
  return false;
}

function isTransient(error: Error): boolean {
  if ('code' in error && typeof error.code === 'string') return SOCKET_CODES.has(error.code) || TRANSIENT_SQL_STATE.test(error.code);
  return POOL_MESSAGES.some((pattern) => pattern.test(error.message));
}
