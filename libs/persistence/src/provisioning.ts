import pg from 'pg';
import type { DataSource } from 'typeorm';
import { forgetOldCorrections } from './correction-retention.js';
import { createDataSource } from './data-source.js';

/** The roles that act on the database, one for each kind of work. */
export const DATABASE_ROLES = ['owner', 'ingest', 'api', 'calc'] as const;
export type DatabaseRole = (typeof DATABASE_ROLES)[number];

const OLDEST_SERVER_VERSION = 150_000;

/** The server's version number, such as 180004 for 18.4. @throws the driver's error when it can't be reached. */
export async function serverVersion(url: string): Promise<number> {
  return withClient(url, async (client) => {
    const { rows } = await client.query<{ server_version_num: string }>('SHOW server_version_num');
    return Number(rows[0]!.server_version_num);
  });
}

/**
 * Creates the four roles, or gives them these passwords when they exist, and lets them into the database. Safe to repeat.
 *
 * @param adminUrl a role that may create roles and owns the database (or is a superuser).
 * @returns one connection URL per role.
 * @throws Error in one sentence when the server is older than PostgreSQL 15 or the role may not create roles.
 */
export async function provisionRoles(
  adminUrl: string,
  passwords: Readonly<Record<DatabaseRole, string>>,
): Promise<Record<DatabaseRole, string>> {
  await withClient(adminUrl, async (client) => {
    const { rows } = await client.query<{ version: number; database: string }>(
      `SELECT current_setting('server_version_num')::integer AS version, current_database() AS database`,
    );
    const { version, database } = rows[0]!;
    if (version < OLDEST_SERVER_VERSION)
      throw new Error(`PostgreSQL ${Math.floor(version / 10_000)} is too old: Tallymark needs PostgreSQL 15 or newer`);
    for (const role of DATABASE_ROLES) {
      const name = pg.escapeIdentifier(roleName(role));
      const { rowCount } = await client.query('SELECT FROM pg_roles WHERE rolname = $1', [roleName(role)]);
      await client.query(`${rowCount === 0 ? 'CREATE' : 'ALTER'} ROLE ${name} LOGIN PASSWORD ${pg.escapeLiteral(passwords[role])}`);
      await client.query(`GRANT CONNECT ON DATABASE ${pg.escapeIdentifier(database)} TO ${name}`);
      await client.query(`GRANT USAGE ON SCHEMA public TO ${name}`);
    }
    await client.query(`GRANT CREATE ON SCHEMA public TO ${pg.escapeIdentifier(roleName('owner'))}`);
    // Large rounds of the fold keep their sums in a temporary table.
    await client.query(`GRANT TEMPORARY ON DATABASE ${pg.escapeIdentifier(database)} TO ${pg.escapeIdentifier(roleName('calc'))}`);
  });
  return Object.fromEntries(DATABASE_ROLES.map((role) => [role, roleUrl(adminUrl, role, passwords[role])])) as Record<DatabaseRole, string>;
}

/**
 * Runs every migration that has not run yet, and makes the month partitions from 13 months back to 3 ahead.
 *
 * @returns the names of the migrations that ran.
 */
export async function migrate(ownerUrl: string, now: Date): Promise<{ applied: string[] }> {
  const dataSource = createDataSource({ url: ownerUrl, poolSize: 1, applicationName: 'tallymark-migrate', statementTimeoutMs: 0 });
  await dataSource.initialize();
  try {
    const applied = await dataSource.runMigrations();
    await ensurePartitions((sql, parameters) => dataSource.query(sql, parameters), now, 13);
    return { applied: applied.map((migration) => migration.name) };
  } finally {
    await dataSource.destroy();
  }
}

/** Months that are made ahead of time, so that a job that fails for weeks stops nothing. */
const MONTHS_AHEAD = 3;

/** Makes the month partitions that kept and coming events need. @returns the names of the new ones. */
export async function ensurePartitions(
  query: (sql: string, parameters: unknown[]) => Promise<{ made: string[] }[]>,
  now: Date,
  retentionMonths: number,
): Promise<string[]> {
  const rows = await query('SELECT ensure_month_partitions($1, $2) AS made', [monthOf(now, -retentionMonths), monthOf(now, MONTHS_AHEAD)]);
  return rows[0]!.made;
}

/** Drops the months before the kept ones, with the identities of their events and what corrections did to them. @returns the names of the dropped partitions. */
export async function dropOldPartitions(dataSource: DataSource, now: Date, retentionMonths: number): Promise<string[]> {
  const before = monthOf(now, -retentionMonths);
  const rows: { dropped: string[] }[] = await dataSource.query('SELECT drop_month_partitions($1) AS dropped', [before]);
  await forgetOldCorrections(dataSource, before);
  return rows[0]!.dropped;
}

function monthOf(now: Date, offset: number): string {
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + offset, 1)).toISOString().slice(0, 10);
}

/** PostgreSQL's name of a role. */
export function roleName(role: DatabaseRole): string {
  return `tallymark_${role}`;
}

function roleUrl(adminUrl: string, role: DatabaseRole, password: string): string {
  const url = new URL(adminUrl);
  url.username = roleName(role);
  url.password = encodeURIComponent(password);
  return url.toString();
}

async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000, application_name: 'tallymark-provision' });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
