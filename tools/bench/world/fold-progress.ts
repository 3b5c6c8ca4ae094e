import { setTimeout as delay } from 'node:timers/promises';
import { type BenchDatabase, withClient } from './bench-server.js';

const POLL_MS = 20;
const PATIENCE_MS = 15 * 60_000;

/** Waits until every meter has been folded, no commit is pending, and no statement waits to be refreshed. */
export function waitUntilSettled(database: BenchDatabase): Promise<void> {
  return withClient(database.adminUrl, async (client) => {
    await poll(async () => {
      const { rows } = await client.query<{ isSettled: boolean }>(`
        SELECT NOT EXISTS (SELECT FROM meter WHERE NOT folded) AND NOT EXISTS (SELECT FROM ingest_commit) AND NOT EXISTS (SELECT FROM statement_queue) AS "isSettled"`);
      return rows[0]!.isSettled;
    }, 'all usage folded and priced');
  });
}

/** Leaves the events of a window to be folded, all at once. @returns how many seconds pass until they are. */
export function timeFold(database: BenchDatabase, { from, to }: { readonly from: Date; readonly to: Date }): Promise<number> {
  return withClient(database.adminUrl, async (client) => {
    await client.query('BEGIN');
    await client.query(
      `INSERT INTO ingest_commit (organization_id, commit_id, event_count)
       SELECT organization_id, commit_id, count(*) FROM event WHERE occurred_at >= $1 AND occurred_at < $2 GROUP BY 1, 2`,
      [from, to],
    );
    await client.query('NOTIFY tallymark_commit');
    const begin = performance.now();
    await client.query('COMMIT');
    await poll(async () => (await client.query('SELECT FROM ingest_commit LIMIT 1')).rowCount === 0, 'no commit pending');
    return (performance.now() - begin) / 1_000;
  });
}

async function poll(isReached: () => Promise<boolean>, what: string): Promise<void> {
  for (const deadline = performance.now() + PATIENCE_MS; !(await isReached()); await delay(POLL_MS)) {
    if (performance.now() >= deadline) throw new Error(`after ${PATIENCE_MS / 60_000} minutes there is not: ${what}`);
  }
}
