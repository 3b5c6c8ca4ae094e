import type { DataSource, EntityManager } from 'typeorm';
import { addFold, TAKES } from './fold-sql.js';

/** What one round of folding did. */
export interface FoldRound {
  readonly commits: number;
  readonly events: number;
}

/** Most commits, and about the most events, that one transaction folds: enough to be cheap per event, short enough to stay fresh. */
const COMMITS_PER_ROUND = 500;
const EVENTS_PER_ROUND = 20_000;

/** The fence keeps PostgreSQL reading commit by commit, over their index, however little it knows of a log that grows this fast. */
const FOLD_COMMITS = addFold(`
  unnest($1::uuid[], $2::bigint[]) AS claimed (organization_id, commit_id)
  CROSS JOIN LATERAL (SELECT * FROM event c WHERE c.organization_id = claimed.organization_id AND c.commit_id = claimed.commit_id OFFSET 0) AS e
  JOIN meter m ON ${TAKES} AND m.folded`);

const FOLD_METER = addFold(`
  event e JOIN meter m ON ${TAKES}
  WHERE m.id = $1 AND e.organization_id = m.organization_id
    AND NOT EXISTS (SELECT FROM ingest_commit p WHERE p.organization_id = e.organization_id AND p.commit_id = e.commit_id)`);

/** Folds hold it shared, the back-fill of a new meter alone: in between, every commit is either folded for all meters or still pending. */
const FOLD_LOCK = `hashtext('tallymark.fold')`;

/**
 * Folds the oldest commits that no other instance is folding, in one transaction: claim, add to the buckets, forget the claim.
 *
 * Whole commits are claimed by row locks, never events by a greatest id: a slow transaction with a smaller id would be passed over.
 * A crash anywhere leaves the commits claimed by nobody and the buckets as they were.
 *
 * @returns zeros when nothing is pending.
 */
export async function foldPendingCommits(dataSource: DataSource): Promise<FoldRound> {
  return dataSource.transaction(async (manager) => {
    await manager.query(`SELECT pg_advisory_xact_lock_shared(${FOLD_LOCK})`);
    const pending: { organization_id: string; commit_id: string; event_count: number }[] = await manager.query(
      `SELECT organization_id, commit_id, event_count FROM ingest_commit ORDER BY commit_id LIMIT $1 FOR UPDATE SKIP LOCKED`,
      [COMMITS_PER_ROUND],
    );
    const claimed = takeUpTo(pending, EVENTS_PER_ROUND);
    if (claimed.length === 0) return { commits: 0, events: 0 };
    const parameters = [claimed.map((commit) => commit.organization_id), claimed.map((commit) => commit.commit_id)];
    await manager.query(FOLD_COMMITS, parameters);
    await manager.query(
      `DELETE FROM ingest_commit p USING unnest($1::uuid[], $2::bigint[]) AS c (organization_id, commit_id)
       WHERE p.organization_id = c.organization_id AND p.commit_id = c.commit_id`,
      parameters,
    );
    return { commits: claimed.length, events: claimed.reduce((sum, commit) => sum + commit.event_count, 0) };
  });
}

/**
 * Folds the log from its start for one meter that has not been folded yet, in one transaction, while all other folding waits.
 *
 * @returns the codes of the meters that were folded; none when there was no such meter.
 */
export async function foldNewMeters(dataSource: DataSource): Promise<string[]> {
  const unfolded: unknown[] = await dataSource.query('SELECT FROM meter WHERE NOT folded AND deleted_at IS NULL LIMIT 1');
  if (unfolded.length === 0) return [];
  return dataSource.transaction(async (manager) => {
    await manager.query(`SELECT pg_advisory_xact_lock(${FOLD_LOCK})`);
    const meters: { id: string; code: string }[] = await manager.query(
      'SELECT id, code FROM meter WHERE NOT folded AND deleted_at IS NULL ORDER BY id',
    );
    for (const meter of meters) await foldMeter(manager, meter.id);
    return meters.map((meter) => meter.code);
  });
}

async function foldMeter(manager: EntityManager, meterId: string): Promise<void> {
  await manager.query(FOLD_METER, [meterId]);
  await manager.query('UPDATE meter SET folded = true WHERE id = $1', [meterId]);
}

/** How much is not folded yet: commits, events, and the age of the oldest commit in milliseconds (0 when none is pending). */
export async function foldBacklog(dataSource: DataSource, now: Date): Promise<{ commits: number; events: number; oldestAgeMs: number }> {
  const [row]: { commits: string; events: string; oldest: string | null }[] = await dataSource.query(
    'SELECT count(*) AS commits, coalesce(sum(event_count), 0) AS events, min(commit_id) >> 20 AS oldest FROM ingest_commit',
  );
  return {
    commits: Number(row!.commits),
    events: Number(row!.events),
    oldestAgeMs: row!.oldest === null ? 0 : Math.max(0, now.getTime() - Number(row!.oldest)),
  };
}

function takeUpTo<T extends { event_count: number }>(commits: readonly T[], events: number): T[] {
  let total = 0;
  return commits.filter((commit, index) => {
    total += commit.event_count;
    return index === 0 || total <= events;
  });
}
