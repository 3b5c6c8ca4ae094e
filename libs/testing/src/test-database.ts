import { randomBytes } from 'node:crypto';
import { type DatabaseRole, createDataSource, migrate, provisionRoles } from '@tallymark/persistence';
import pg from 'pg';
import type { DataSource } from 'typeorm';

/** A database of its own for one test file: migrated, empty, on the server that the test run started. */
export interface TestDatabase {
  readonly name: string;
  /** Superuser: for looking at, and for breaking, what no service may touch. */
  readonly adminUrl: string;
  readonly urls: Readonly<Record<DatabaseRole, string>>;
  readonly ownerUrl: string;
  readonly ingestUrl: string;
  readonly apiUrl: string;
  readonly calcUrl: string;
  /** A connected data source of a role, closed by `stop`. */
  connect(role: DatabaseRole): Promise<DataSource>;
  stop(): Promise<void>;
}

/** The environment variable in which the run's set-up leaves the server's address. */
const SERVER_VARIABLE = 'TALLYMARK_TEST_POSTGRES';
const PASSWORDS: Readonly<Record<DatabaseRole, string>> = {
  owner: 'owner-test',
  ingest: 'ingest-test',
  api: 'api-test',
  calc: 'calc-test',
};

/** Makes a database and migrates it. Fails, and never skips, when no server is there. `now` decides which month partitions exist. */
export async function startTestDatabase(options: { now?: Date } = {}): Promise<TestDatabase> {
  const serverUrl = process.env[SERVER_VARIABLE];
  if (!serverUrl)
    throw new Error(`no PostgreSQL for tests: ${SERVER_VARIABLE} is not set; run the tests through Jest with tools/jest/jest.config.mjs`);
  const name = `test_${randomBytes(6).toString('hex')}`;
  await runOn(serverUrl, `CREATE DATABASE ${name}`);
  const adminUrl = withDatabase(serverUrl, name);
  // Roles belong to the whole server: two files that create them at once would collide.
  const urls = await whileLocked(serverUrl, () => provisionRoles(adminUrl, PASSWORDS));
  await migrate(urls.owner, options.now ?? new Date());
  const connected: DataSource[] = [];
  return {
    name,
    adminUrl,
    urls,
    ownerUrl: urls.owner,
    ingestUrl: urls.ingest,
    apiUrl: urls.api,
    calcUrl: urls.calc,
    connect: async (role) => {
      const dataSource = await createDataSource({
        url: urls[role],
        poolSize: 5,
        applicationName: `test-${role}`,
        statementTimeoutMs: 0,
      }).initialize();
      connected.push(dataSource);
      return dataSource;
    },
    stop: async () => {
      await Promise.all(connected.map((dataSource) => dataSource.destroy()));
      await runOn(serverUrl, `DROP DATABASE ${name} WITH (FORCE)`);
    },
  };
}

async function whileLocked<T>(serverUrl: string, work: () => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: serverUrl });
  await client.connect();
  try {
    await client.query(`SELECT pg_advisory_lock(hashtext('tallymark.test-roles'))`);
    return await work();
  } finally {
    await client.end();
  }
}

async function runOn(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

function withDatabase(url: string, database: string): string {
  const copy = new URL(url);
  copy.pathname = `/${database}`;
  return copy.toString();
}
