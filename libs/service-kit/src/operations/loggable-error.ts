/**
 * What of a database's error tells what failed, and nothing of whom: codes and names of the schema. Left out are the parameters of the statement, the
 * values of the row (`detail`, `where`), and the driver's error, which holds all of it a second time.
 */
const KEPT_MEMBERS = ['code', 'severity', 'schema', 'table', 'column', 'dataType', 'constraint', 'routine', 'position'];

/** Enough of a statement to know it again; values are in its parameters, not in its text. */
const QUERY_CHARACTERS = 1_000;

/** SQLSTATE class 22, data exceptions: PostgreSQL quotes the value that it could not read. */
const QUOTES_VALUE = /^22/;
const QUOTED = /".*"/s;

const DEEPEST_CAUSE = 5;

/**
 * An error as it may be logged: those of the database, anywhere among its causes and parts, without any value that came from or was to go into a row.
 *
 * @returns the error itself where nothing is to be left out.
 */
export function loggableError(error: Error, depth = 0): Error {
  if (isDatabaseError(error)) return withoutValues(error);
  const inner = innerErrors(error);
  if (inner === undefined) return error;
  const loggable = Object.create(Object.getPrototypeOf(error) as object, Object.getOwnPropertyDescriptors(error)) as Error;
  // Deeper than anything of ours goes: a circle, perhaps.
  const next = (value: unknown): unknown => (value instanceof Error && depth < DEEPEST_CAUSE ? loggableError(value, depth + 1) : undefined);
  if (error.cause !== undefined) define(loggable, 'cause', next(error.cause));
  if (inner.parts !== undefined) define(loggable, 'errors', inner.parts.map(next));
  return loggable;
}

/** Errors of the driver have a severity, those that TypeORM wraps around them the parameters. */
function isDatabaseError(error: Error): error is Error & Partial<Record<string, unknown>> {
  return 'severity' in error || 'parameters' in error || 'driverError' in error;
}

function innerErrors(error: Error): { parts: readonly unknown[] | undefined } | undefined {
  const parts = 'errors' in error && Array.isArray(error.errors) ? (error.errors as readonly unknown[]) : undefined;
  return parts === undefined && error.cause === undefined ? undefined : { parts };
}

function withoutValues(error: Error & Partial<Record<string, unknown>>): Error {
  const message = QUOTES_VALUE.test(String(error['code'])) ? error.message.replace(QUOTED, '"[redacted]"') : error.message;
  // The stack begins with the message as it was.
  const frames = (error.stack ?? '').split('\n').filter((line) => /^ +at /.test(line));
  const loggable = Object.create(Object.getPrototypeOf(error) as object) as Error;
  define(loggable, 'message', message);
  define(loggable, 'stack', [`${error.constructor.name}: ${message}`, ...frames].join('\n'));
  for (const member of KEPT_MEMBERS) if (error[member] !== undefined) define(loggable, member, error[member]);
  if (typeof error['query'] === 'string') define(loggable, 'query', error['query'].slice(0, QUERY_CHARACTERS));
  return loggable;
}

function define(error: Error, member: string, value: unknown): void {
  Object.defineProperty(error, member, { value, enumerable: true, configurable: true, writable: true });
}
