import { DATABASE_ROLES, type DatabaseRole, roleName } from './provisioning.js';

/** What the migrate command is told. */
export interface MigrateConfig {
  /** Of a role that may create roles and owns the database, or of a superuser. */
  readonly adminUrl: string;
  /** The roles get these. */
  readonly passwords: Readonly<Record<DatabaseRole, string>>;
}

/** The environment lacks something, or holds something unfit. Its message names every variable at fault and shows no value. */
export class MigrateConfigError extends Error {
  override readonly name = 'MigrateConfigError';
}

const ADMIN_URL = /^postgres(?:ql)?:\/\/\S+$/;
/** Its own letters in a URL too, since the services get it as part of one. */
const PASSWORD = /^[A-Za-z0-9._~-]{16,256}$/;

/**
 * Reads `ADMIN_DATABASE_URL` and, for each role, `TALLYMARK_<ROLE>_PASSWORD`.
 *
 * @throws {@link MigrateConfigError} that names all variables at fault, what was received and what was expected.
 */
export function readMigrateConfig(environment: Readonly<Record<string, string | undefined>> = process.env): MigrateConfig {
  const expectations: readonly [name: string, form: RegExp, expected: string][] = [
    ['ADMIN_DATABASE_URL', ADMIN_URL, 'a PostgreSQL URL, postgres://user:password@host:port/database'],
    ...DATABASE_ROLES.map((role): [string, RegExp, string] => [passwordVariable(role), PASSWORD, '16 to 256 letters, digits or . _ ~ -']),
  ];
  const faults = expectations
    .filter(([name, form]) => !form.test(environment[name] ?? ''))
    .map(([name, , expected]) => `  ${name}: received ${describeReceived(environment[name])}; expected ${expected}`);
  if (faults.length > 0) throw new MigrateConfigError(`The environment is not complete:\n${faults.join('\n')}`);
  const passwords = Object.fromEntries(DATABASE_ROLES.map((role) => [role, environment[passwordVariable(role)]!]));
  return { adminUrl: environment['ADMIN_DATABASE_URL']!, passwords: passwords as Record<DatabaseRole, string> };
}

/** Such as `TALLYMARK_INGEST_PASSWORD`. */
function passwordVariable(role: DatabaseRole): string {
  return `${roleName(role).toUpperCase()}_PASSWORD`;
}

function describeReceived(value: string | undefined): string {
  if (value === undefined) return 'nothing (not set)';
  return value === '' ? 'an empty value' : `a value of ${value.length} characters (not shown)`;
}
