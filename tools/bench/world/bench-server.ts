import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DatabaseRole, embeddedSettings, migrate, provisionRoles, startEmbeddedPostgres } from '@tallymark/persistence';
import pg from 'pg';

/** A migrated database of the server. */
export interface BenchDatabase {
  readonly name: string;
  /** The superuser's. */
  readonly adminUrl: string;
  readonly urls: Readonly<Record<DatabaseRole, string>>;
}

/** A PostgreSQL of our own, with the settings of production. */
export interface BenchServer {
  /** For whatever else has to be written; deleted at the end. */
  readonly folder: string;
  readonly createDatabase: (name: string) => Promise<BenchDatabase>;
  readonly dropDatabase: (database: BenchDatabase) => Promise<void>;
  /** Ends it and deletes its data. */
  readonly stop: () => Promise<void>;
}

const PASSWORDS: Readonly<Record<DatabaseRole, string>> = {
  owner: 'owner-bench',
  ingest: 'ingest-bench',
  api: 'api-bench',
  calc: 'calc-bench',
};

/** Starts it on a free port of the loopback interface. */
export async function startBenchServer(): Promise<BenchServer> {
  const folder = mkdtempSync(join(tmpdir(), 'tallymark-bench-'));
  // Root starts the server as another user, who has to get through.
  chmodSync(folder, 0o711);
  const dataDir = join(folder, 'postgres');
  // Temporary for its end alone: with our process at the latest, and without a trace. The settings are those of production.
  const server = await startEmbeddedPostgres({ dataDir, temporary: true, settings: embeddedSettings({ temporary: false }) });
  return {
    folder,
    createDatabase: async (name) => {
      await runSql(server.url, `CREATE DATABASE ${pg.escapeIdentifier(name)}`);
      const url = new URL(server.url);
      url.pathname = `/${name}`;
      const adminUrl = url.toString();
      const urls = await provisionRoles(adminUrl, PASSWORDS);
      await migrate(urls.owner, new Date());
      return { name, adminUrl, urls };
    },
    dropDatabase: (database) => runSql(server.url, `DROP DATABASE IF EXISTS ${pg.escapeIdentifier(database.name)} WITH (FORCE)`),
    stop: async () => {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Runs work with a connection of its own. */
export async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, application_name: 'tallymark-bench' });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Runs one statement without parameters, or several, on a connection of its own. */
export async function runSql(url: string, sql: string): Promise<void> {
  await withClient(url, (client) => client.query(sql));
}
