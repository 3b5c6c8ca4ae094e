import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { type DatabaseRole, migrate, provisionRoles, startEmbeddedPostgres } from '@tallymark/persistence';

/** The database of a platform: a superuser's URL, and one for each role. */
export interface PlatformDatabase {
  readonly adminUrl: string;
  readonly urls: Readonly<Record<DatabaseRole, string>>;
}

/** A server of our own, which can be killed. */
export interface OwnDatabase extends PlatformDatabase {
  /** Starts it again, at the same address, with the data it had. */
  readonly start: () => Promise<void>;
  /** `kill -9` of the server. */
  readonly kill: () => Promise<void>;
  /** Ends it and deletes its data. */
  readonly stop: () => Promise<void>;
}

const PASSWORDS: Readonly<Record<DatabaseRole, string>> = { owner: 'owner-e2e', ingest: 'ingest-e2e', api: 'api-e2e', calc: 'calc-e2e' };
/** As in real use: what is acknowledged is on the disk. */
const DURABLE = { fsync: 'on', full_page_writes: 'on', synchronous_commit: 'on' };

/** Starts a server below `folder` and migrates its database. */
export async function startOwnDatabase(folder: string, port: number): Promise<OwnDatabase> {
  // Root starts the server as another user, who has to get through.
  chmodSync(folder, 0o711);
  // Temporary for its end alone: with our process at the latest, and without a trace.
  const start = (): ReturnType<typeof startEmbeddedPostgres> =>
    startEmbeddedPostgres({ dataDir: join(folder, 'postgres'), port, temporary: true, settings: DURABLE });
  let server = await start();
  try {
    const urls = await provisionRoles(server.url, PASSWORDS);
    await migrate(urls.owner, new Date());
    return {
      adminUrl: server.url,
      urls,
      start: async () => {
        server = await start();
      },
      kill: () => server.kill(),
      stop: () => server.stop(),
    };
  } catch (error) {
    await server.stop();
    throw error;
  }
}
