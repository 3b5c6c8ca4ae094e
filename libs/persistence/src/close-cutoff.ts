import type { DataSource, EntityManager, QueryRunner } from 'typeorm';
import { firstCommitId } from './event-identity.js';
import { FOLD_LOCK } from './fold-lock.js';

/** SQL of the smallest commit id of an instant, as `firstCommitId`. */
const firstCommitIdOf = (instant: string): string => `((extract(epoch FROM ${instant}) * 1000)::bigint << 20)`;

/**
 * Notes which of the commits that a fold is about to count were received before what their organization closed last: they were on their way then.
 * Parameters: organization ids and commit ids, as arrays. To be run in the fold's transaction, after its lock.
 */
export const NOTE_LATE_COMMITS = `
  INSERT INTO late_commit (organization_id, commit_id, counted_after)
  SELECT c.organization_id, c.commit_id, k.as_of
  FROM unnest($1::uuid[], $2::bigint[]) AS c (organization_id, commit_id) JOIN close_cutoff k ON k.organization_id = c.organization_id
  WHERE c.commit_id < ${firstCommitIdOf('k.as_of')}
  ON CONFLICT DO NOTHING`;

/** Later than now, than every cut-off before, and than whatever is in the log and its corrections already, however fast the clock of its writer. */
const CHOOSE = `
  INSERT INTO close_cutoff (organization_id, as_of)
  SELECT o.id, greatest(
    $2::timestamptz,
    (SELECT k.as_of FROM close_cutoff k WHERE k.organization_id = o.id) + interval '1 millisecond',
    (SELECT timestamptz 'epoch' + ((max(e.commit_id) >> 20) + 1) * interval '1 millisecond' FROM event e WHERE e.organization_id = o.id AND e.commit_id >= $3),
    (SELECT date_trunc('milliseconds', max(greatest(c.applied_at, c.reverted_at))) + interval '1 millisecond' FROM correction c WHERE c.organization_id = o.id)
  )
  FROM unnest($1::uuid[]) AS o (id)
  ON CONFLICT (organization_id) DO UPDATE SET as_of = excluded.as_of
  RETURNING organization_id, as_of`;

/**
 * Chooses for each organization a cut-off and reads what is folded at that very moment.
 *
 * What the buckets hold then is exactly what was received before the cut-off, `late_commit` apart: no fold and no correction is under way, what is
 * received before and not folded yet will be noted as late by whoever folds it, and nothing that is folded bears a later time of receipt.
 * Folding stops for the choice, not for the reading.
 *
 * @param read is run in a transaction of its own that sees that moment for as long as it takes, and writes nothing.
 */
export async function readAtCutoff<T>(
  dataSource: DataSource,
  organizationIds: readonly string[],
  now: Date,
  read: (manager: EntityManager, cutoffs: ReadonlyMap<string, Date>) => Promise<T>,
): Promise<T> {
  const runner = dataSource.createQueryRunner();
  await runner.connect();
  try {
    const cutoffs = await beginAtCutoff(runner, organizationIds, now);
    const result = await read(runner.manager, cutoffs);
    await runner.commitTransaction();
    return result;
  } catch (error) {
    if (runner.isTransactionActive) await runner.rollbackTransaction();
    throw error;
  } finally {
    await runner.release();
  }
}

/** The lock is the session's: the cut-off is to be committed, and what the next transaction sees to be fixed, before folding goes on. */
async function beginAtCutoff(runner: QueryRunner, organizationIds: readonly string[], now: Date): Promise<ReadonlyMap<string, Date>> {
  await runner.query(`SELECT pg_advisory_lock(${FOLD_LOCK})`);
  try {
    const rows: { organization_id: string; as_of: Date }[] = await runner.query(CHOOSE, [organizationIds, now, firstCommitId(now)]);
    await runner.startTransaction('REPEATABLE READ');
    // The first query fixes what the transaction sees.
    await runner.query('SELECT FROM close_cutoff LIMIT 1');
    return new Map(rows.map((row) => [row.organization_id, row.as_of]));
  } catch (error) {
    // A transaction that has failed would refuse to give the lock back.
    if (runner.isTransactionActive) await runner.rollbackTransaction();
    throw error;
  } finally {
    await runner.query(`SELECT pg_advisory_unlock(${FOLD_LOCK})`);
  }
}

/**
 * The instant at which a correction that is being applied or reverted counts: now, but not before what its organization has closed, which does not
 * hold it. To be called under the fold lock, held alone.
 */
export async function correctionInstant(manager: EntityManager, organizationId: string, now: Date): Promise<Date> {
  const [row]: { as_of: Date }[] = await manager.query(
    'SELECT greatest($2::timestamptz, (SELECT as_of FROM close_cutoff WHERE organization_id = $1)) AS as_of',
    [organizationId, now],
  );
  return row!.as_of;
}
