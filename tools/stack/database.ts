import pg from 'pg';
import { migrate, provisionRoles, serverVersion } from '@tallymark/persistence';
import { describeConnectionFailure } from './connection-failure.js';
import { messageOf, StackError } from './stack-error.js';
import type { Secrets } from './secrets.js';

/** One URL for each role that acts on the database. */
export type RoleUrls = Readonly<Record<'owner' | 'ingest' | 'api' | 'calc', string>>;

const OLDEST_VERSION = 150_000;
const DATABASE = 'tallymark';

/** `18.4` of 180004. */
export function formatServerVersion(version: number): string {
  return `${Math.floor(version / 10_000)}.${version % 10_000}`;
}

/** Makes our database on a server of our own. @returns the superuser's URL of it. */
export async function makeDatabase(serverUrl: string): Promise<string> {
  const client = new pg.Client({ connectionString: serverUrl });
  await client.connect();
  try {
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [DATABASE]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${DATABASE}`);
  } finally {
    await client.end();
  }
  const url = new URL(serverUrl);
  url.pathname = `/${DATABASE}`;
  return url.toString();
}

/**
 * Checks that a database of the user's own will do.
 *
 * @returns its server's version.
 * @throws {@link StackError}, one sentence that says what is wrong.
 */
export async function checkOwnDatabase(url: string): Promise<number> {
  const version = await serverVersion(url).catch((error: unknown) => {
    throw describeConnectionFailure(error, url);
  });
  if (version < OLDEST_VERSION)
    throw new StackError(`DATABASE_URL is PostgreSQL ${formatServerVersion(version)}; expected PostgreSQL 15 or newer`);
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  await client.connect();
  try {
    const { rows } = await client.query<{ may: boolean; name: string }>(
      'SELECT rolsuper OR rolcreaterole AS may, rolname AS name FROM pg_roles WHERE rolname = current_user',
    );
    const role = rows[0];
    if (role?.may !== true) {
      const name = role?.name ?? 'of DATABASE_URL';
      throw new StackError(`the role ${name} of DATABASE_URL may not create roles`, [
        `Let it, as a superuser: ALTER ROLE ${pg.escapeIdentifier(name)} CREATEROLE;`,
      ]);
    }
  } finally {
    await client.end();
  }
  return version;
}

/** Makes the roles, or gives them our passwords. @throws {@link StackError} that says what the database refused. */
export async function makeRoles(adminUrl: string, secrets: Secrets): Promise<RoleUrls> {
  try {
    return await provisionRoles(adminUrl, secrets.rolePasswords);
  } catch (error) {
    throw new StackError(`the database's roles could not be made: ${messageOf(error)}`, [], error);
  }
}

/** Runs the migrations that have not run. @returns how many ran. @throws {@link StackError} that names the failure. */
export async function runMigrations(ownerUrl: string, now: Date): Promise<number> {
  try {
    return (await migrate(ownerUrl, now)).applied.length;
  } catch (error) {
    throw new StackError(`a migration failed: ${messageOf(error)}`, [], error);
  }
}
