import { chmodSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '@tallymark/persistence';

/** Starts the one PostgreSQL of a test run; each test file makes a database of its own on it. Needs the built libraries: `npm test` builds first. */
export default async function startPostgres() {
  const directory = mkdtempSync(join(tmpdir(), 'tallymark-test-'));
  // As root the server runs as another user, who has to get in.
  chmodSync(directory, 0o755);
  const server = await startEmbeddedPostgres({
    dataDir: join(directory, 'postgres'),
    temporary: true,
    settings: { max_connections: '500' },
  });
  process.env.TALLYMARK_TEST_POSTGRES = server.url;
  globalThis.stopTallymarkTestPostgres = () => server.stop();
}
