/**
 * What of a database's error tells what failed, and nothing of whom: codes, names of the schema, and advice. Left out are the parameters of the statement,
 * the values of the row (`detail`, `where`), and the driver's error, which holds all of it a second time.
 */
const KEPT_MEMBERS = ['code', 'severity', 'hint', 'schema', 'table', 'column', 'dataType', 'constraint', 'routine', 'position'];

/** SQLSTATE classes of lost races (40), resources (53, 58), locks and states (55) and interventions (57): they tell of processes and files, not of rows. */
const TELLS_OF_NO_ROW = /^(?:40|53|55|57|58)/;

/** Where even they quote one: what COPY was reading, and the parameters, if the server is set to tell them. */
const QUOTES_ROW = /(^COPY [^\n]*?, line \d+| with parameters| parameter \$\d+)[^]*/m;

/** Enough of a statement to know it again; values are in its parameters, not in its text. */
const QUERY_CHARACTERS = 1_000;

/** SQLSTATE class 22, data exceptions: PostgreSQL quotes the value that it could not read. */
const QUOTES_VALUE = /^22/;
const QUOTED = /".*"/s;

/** Deeper than anything of ours goes: a circle, perhaps. */
const DEEPEST_CAUSE = 5;
const TOO_DEEP = '[left out: too deep]';
/** A thrown value of any other kind may be anything, a row included. */
const NO_ERROR = '[left out: not an error]';

/** Messages of the database that hold values, and what is logged in their place. */
type Redactions = Map<string, string>;

type ErrorWithMembers = Error & Partial<Record<string, unknown>>;

/**
 * An error as it may be logged: those of the database, anywhere among its causes and parts, without any value that came from or was to go into a row, and
 * those around them without the values that their own messages repeat.
 *
 * @returns the error itself where nothing is to be left out.
 */
export function loggableError(error: Error): Error {
  return withoutValuesWithin(error, 0, new Map());
}

/** @param redactions is told of all that is redacted in the error and below it */
function withoutValuesWithin(error: Error, depth: number, redactions: Redactions): Error {
  if (isDatabaseError(error)) return withoutValues(error, redactions);
  const inner = innerErrors(error);
  if (inner === undefined) return error;
  const below: Redactions = new Map();
  const next = (value: unknown): unknown => {
    if (!(value instanceof Error)) return NO_ERROR;
    return depth < DEEPEST_CAUSE ? withoutValuesWithin(value, depth + 1, below) : TOO_DEEP;
  };
  const loggable = Object.create(Object.getPrototypeOf(error) as object, Object.getOwnPropertyDescriptors(error)) as Error;
  if (error.cause !== undefined) define(loggable, 'cause', next(error.cause));
  if (inner.parts !== undefined) define(loggable, 'errors', inner.parts.map(next));
  define(loggable, 'message', redact(error.message, below));
  define(loggable, 'stack', redact(error.stack ?? '', below));
  for (const [message, logged] of below) redactions.set(message, logged);
  return loggable;
}

/** Errors of the driver have a severity, those that TypeORM wraps around them the parameters. */
function isDatabaseError(error: Error): error is ErrorWithMembers {
  return 'severity' in error || 'parameters' in error || 'driverError' in error;
}

function innerErrors(error: Error): { parts: readonly unknown[] | undefined } | undefined {
  const parts = 'errors' in error && Array.isArray(error.errors) ? (error.errors as readonly unknown[]) : undefined;
  return parts === undefined && error.cause === undefined ? undefined : { parts };
}

function withoutValues(error: ErrorWithMembers, redactions: Redactions): Error {
  const code = String(error['code']);
  const message = QUOTES_VALUE.test(code) ? error.message.replace(QUOTED, '"[redacted]"') : error.message;
  if (message !== error.message) redactions.set(error.message, message);
  // The stack begins with the message as it was.
  const frames = (error.stack ?? '').split('\n').filter((line) => /^ +at /.test(line));
  const loggable = Object.create(Object.getPrototypeOf(error) as object) as Error;
  define(loggable, 'message', message);
  define(loggable, 'stack', [`${error.constructor.name}: ${message}`, ...frames].join('\n'));
  for (const member of KEPT_MEMBERS) if (error[member] !== undefined) define(loggable, member, error[member]);
  if (TELLS_OF_NO_ROW.test(code)) keepPlace(loggable, error);
  if (typeof error['query'] === 'string') define(loggable, 'query', error['query'].slice(0, QUERY_CHARACTERS));
  return loggable;
}

/** Who waited for whom, and for what: without it nobody can tell where a deadlock came from. */
function keepPlace(loggable: Error, { detail, where }: ErrorWithMembers): void {
  if (detail !== undefined) define(loggable, 'detail', detail);
  if (typeof where === 'string') define(loggable, 'where', where.replace(QUOTES_ROW, '$1'));
}

/** The longest message first: a shorter one may stand in it. */
function redact(text: string, redactions: Redactions): string {
  const longestFirst = [...redactions].sort(([a], [b]) => b.length - a.length);
  return longestFirst.reduce((redacted, [message, logged]) => redacted.replaceAll(message, () => logged), text);
}

function define(error: Error, member: string, value: unknown): void {
  Object.defineProperty(error, member, { value, enumerable: true, configurable: true, writable: true });
}
