import { codeOf, messageOf, StackError } from './stack-error.js';

const HINT = 'DATABASE_URL has the form postgres://user:password@host:port/database; unset it to use the embedded PostgreSQL.';

/** Turns what the driver threw into one sentence. The password is never repeated. */
export function describeConnectionFailure(error: unknown, databaseUrl: string): StackError {
  const url = new URL(databaseUrl);
  const place = `${url.hostname}:${url.port || '5432'}`;
  const user = decodeURIComponent(url.username) || '(none)';
  const database = decodeURIComponent(url.pathname.slice(1));
  return new StackError(sentence(codeOf(error), messageOf(error), { place, host: url.hostname, user, database }), [HINT], error);
}

interface Target {
  readonly place: string;
  readonly host: string;
  readonly user: string;
  readonly database: string;
}

function sentence(code: string | undefined, message: string, { place, host, user, database }: Target): string {
  switch (code) {
    case 'ECONNREFUSED':
      return `DATABASE_URL: nothing listens on ${place}`;
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `DATABASE_URL: there is no host named ${host}`;
    case 'ETIMEDOUT':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return `DATABASE_URL: ${place} does not answer`;
    case '28P01':
      return `DATABASE_URL: the server at ${place} refuses the password of user ${user}`;
    case '28000':
      return `DATABASE_URL: the server at ${place} does not let user ${user} in (${message})`;
    case '3D000':
      return `DATABASE_URL: the server at ${place} has no database named ${database}`;
    case '53300':
      return `DATABASE_URL: the server at ${place} has no connection to spare`;
    case '57P03':
      return `DATABASE_URL: the server at ${place} is starting up or shutting down`;
    default:
      if (/timeout/i.test(message)) return `DATABASE_URL: ${place} does not answer`;
      // The driver's own check, before the server is asked.
      if (/password must be a string/i.test(message))
        return `DATABASE_URL: the server at ${place} asks user ${user} for a password, and there is none`;
      return `DATABASE_URL: cannot connect to ${place}: ${message}`;
  }
}
