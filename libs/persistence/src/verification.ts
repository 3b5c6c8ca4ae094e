import type { DataSource } from 'typeorm';
import { foldOf, TAKES } from './fold-sql.js';

/** How one meter's stored buckets compare with those recomputed from its raw events. */
export interface MeterVerification {
  readonly organizationId: string;
  readonly organization: string;
  readonly meter: string;
  /** Buckets (or, for unique counts, distinct values in buckets) that the log yields. */
  readonly recomputed: number;
  /** Of stored and recomputed ones together: those that are missing, left over, or not equal. */
  readonly different: number;
  /** Up to five of them, for people. */
  readonly examples: readonly BucketDifference[];
}

/** A bucket that is not what the log says; null on the side where it does not exist. */
export interface BucketDifference {
  readonly subject: string;
  readonly bucketStart: string;
  readonly dimensions: Record<string, string | null>;
  readonly stored: Record<string, unknown> | null;
  readonly recomputed: Record<string, unknown> | null;
}

const NOT_PENDING = `NOT EXISTS (SELECT FROM ingest_commit p WHERE p.organization_id = e.organization_id AND p.commit_id = e.commit_id)`;
const VALUES = 'event_count, value_count, sum, min, max, latest, latest_at, latest_identity, weighted, amount';
const OPERATIONS = 'event_count, last_removed, last_at, last_identity';
/** What recurring meters stood at when months were dropped rests on no event that is kept. */
const NOT_CARRIED = `bucket_start > timestamptz 'epoch'`;
const KEYS = 'shard_key, meter_id, subject, bucket_start, dimensions';

const COMPARE = `
  WITH ${foldOf(`event e JOIN meter m ON ${TAKES} AND m.folded WHERE m.id = $1 AND ${NOT_PENDING}`)}, compared AS (
    SELECT subject, bucket_start, dimensions, to_jsonb(s.*) AS stored, to_jsonb(r.*) AS recomputed
    FROM (SELECT ${KEYS}, ${VALUES} FROM usage_bucket WHERE meter_id = $1 AND ${NOT_CARRIED}) AS s
    FULL JOIN (SELECT ${KEYS}, ${VALUES} FROM folded) AS r USING (${KEYS})
    WHERE to_jsonb(s.*) IS DISTINCT FROM to_jsonb(r.*)
    UNION ALL
    SELECT subject, bucket_start, dimensions, to_jsonb(s.*), to_jsonb(r.*)
    FROM (SELECT ${KEYS}, value_hash, ${OPERATIONS} FROM usage_unique WHERE meter_id = $1 AND ${NOT_CARRIED}) AS s
    FULL JOIN (SELECT ${KEYS}, value_hash, ${OPERATIONS} FROM distinct_values) AS r USING (${KEYS}, value_hash)
    WHERE to_jsonb(s.*) IS DISTINCT FROM to_jsonb(r.*)
  )
  SELECT (SELECT count(*) FROM folded) + (SELECT count(*) FROM distinct_values) AS recomputed,
    (SELECT count(*) FROM compared) AS different,
    (SELECT coalesce(jsonb_agg(jsonb_build_object('subject', subject, 'bucketStart', bucket_start, 'dimensions', dimensions, 'stored', stored, 'recomputed', recomputed)), '[]')
     FROM (SELECT * FROM compared ORDER BY bucket_start, subject LIMIT 5) AS first) AS examples`;

/**
 * Recomputes every bucket of every meter from the raw events and compares, inside one snapshot, so that it may run while events flow:
 * commits that are not folded yet are left out on both sides.
 *
 * @param onMeter called as each meter is done, so that a long run shows where it is.
 */
export async function verifyBuckets(dataSource: DataSource, onMeter: (result: MeterVerification) => void): Promise<MeterVerification[]> {
  return dataSource.transaction('REPEATABLE READ', async (manager) => {
    const meters: { id: string; code: string; organization_id: string; external_id: string }[] = await manager.query(
      `SELECT m.id, m.code, m.organization_id, o.external_id FROM meter m JOIN organization o ON o.id = m.organization_id
       WHERE m.deleted_at IS NULL AND m.folded ORDER BY o.external_id, m.code`,
    );
    const results: MeterVerification[] = [];
    for (const meter of meters) {
      const [row]: { recomputed: string; different: string; examples: BucketDifference[] }[] = await manager.query(COMPARE, [meter.id]);
      const result: MeterVerification = {
        organizationId: meter.organization_id,
        organization: meter.external_id,
        meter: meter.code,
        recomputed: Number(row!.recomputed),
        different: Number(row!.different),
        examples: row!.examples,
      };
      onMeter(result);
      results.push(result);
    }
    return results;
  });
}
