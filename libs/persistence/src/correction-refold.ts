import type { EntityManager } from 'typeorm';
import type { TouchedTimes } from './correction-events.js';
import { TAKES } from './fold-sql.js';
import { addFold } from './fold-store.js';

/** The buckets that a correction's events lie in, whichever they are in now. */
const TOUCHED = `
  SELECT DISTINCT e.organization_id, e.shard_key, e.subject, e.type, date_bin('15 minutes', e.occurred_at, timestamptz 'epoch') AS bucket_start
  FROM correction_event c JOIN event e ON e.shard_key = c.shard_key AND e.occurred_at = c.occurred_at AND e.identity = c.identity
  WHERE c.correction_id = $1 AND e.occurred_at >= $2 AND e.occurred_at < $3`;

const METER = `m.organization_id = t.organization_id AND m.event_type = t.type AND m.deleted_at IS NULL AND m.folded`;

const dropBuckets = (table: 'usage_bucket' | 'usage_unique'): string => `
  WITH touched AS MATERIALIZED (${TOUCHED})
  DELETE FROM ${table} b USING touched t JOIN meter m ON ${METER}
  WHERE b.shard_key = t.shard_key AND b.meter_id = m.id AND b.subject = t.subject AND b.bucket_start = t.bucket_start
    AND b.bucket_start >= date_bin('15 minutes', $2::timestamptz, timestamptz 'epoch') AND b.bucket_start < $3`;

const FOLD_AGAIN = addFold(`
  (${TOUCHED}) AS t JOIN meter m ON ${METER}
  CROSS JOIN LATERAL (
    SELECT * FROM event x
    WHERE x.shard_key = t.shard_key AND x.occurred_at >= t.bucket_start AND x.occurred_at < t.bucket_start + interval '15 minutes'
      AND x.subject = t.subject AND x.type = t.type
    OFFSET 0
  ) AS e
  WHERE ${TAKES} AND NOT EXISTS (SELECT FROM ingest_commit p WHERE p.organization_id = e.organization_id AND p.commit_id = e.commit_id)`);

/** Buckets that hold nothing any more queue no statement by being folded, so that all touched subjects do. */
const QUEUE_STATEMENTS = `
  INSERT INTO statement_queue (organization_id, subscription_id, touched_from, touched_to)
  SELECT s.organization_id, s.id, min(t.bucket_start), max(t.bucket_start) + interval '15 minutes'
  FROM (${TOUCHED}) AS t
  JOIN customer_subject c ON c.organization_id = t.organization_id AND c.subject = t.subject
  JOIN subscription s ON s.customer_id = c.customer_id
  GROUP BY s.organization_id, s.id`;

/**
 * Computes the buckets that a correction touches from the log again: thrown away and folded, never subtracted from, so that they come out as if
 * the log had always been what it is now. To be called under the exclusive fold lock.
 * Meters that are being back-filled are left to `restartBackfills`.
 */
export async function refoldCorrected(manager: EntityManager, correctionId: string, times: TouchedTimes): Promise<void> {
  const parameters = [correctionId, times.from, times.to];
  await manager.query(dropBuckets('usage_bucket'), parameters);
  await manager.query(dropBuckets('usage_unique'), parameters);
  await manager.query(FOLD_AGAIN, parameters);
  await manager.query(QUEUE_STATEMENTS, parameters);
}
