import type { DataSource, EntityManager } from 'typeorm';
import { foldOf, KEYS, TAKES } from './fold-sql.js';
import { VERIFIED_METER_COLUMNS, type VerifiedMeter } from './verify-families.js';
import { FamilyComparison } from './verify-family-comparison.js';

/** How one meter's stored buckets compare with those recomputed from its raw events. */
export interface MeterVerification {
  readonly organizationId: string;
  readonly organization: string;
  readonly meterId: string;
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

const BUCKET_VALUES = 'organization_id, event_count, value_count, sum, min, max, latest, latest_at, latest_identity, weighted, amount';
const UNIQUE_VALUES = 'organization_id, event_count, last_removed, last_at, last_identity';
/** What recurring meters stood at when months were dropped rests on no event that is kept. */
const NOT_CARRIED = `bucket_start > timestamptz 'epoch'`;

/** Row by row, with what differs. */
const COMPARE = `
  WITH ${foldOf(`event e JOIN meter m ON ${TAKES} AND m.folded WHERE m.id = $1 AND ${NOT_PENDING}`)}, compared AS (
    SELECT subject, bucket_start, dimensions, to_jsonb(s.*) AS stored, to_jsonb(r.*) AS recomputed
    FROM (SELECT ${KEYS}, ${BUCKET_VALUES} FROM usage_bucket WHERE meter_id = $1 AND ${NOT_CARRIED}) AS s
    FULL JOIN (SELECT ${KEYS}, ${BUCKET_VALUES} FROM folded) AS r USING (${KEYS})
    WHERE to_jsonb(s.*) IS DISTINCT FROM to_jsonb(r.*)
    UNION ALL
    SELECT subject, bucket_start, dimensions, to_jsonb(s.*), to_jsonb(r.*)
    FROM (SELECT ${KEYS}, value_hash, ${UNIQUE_VALUES} FROM usage_unique WHERE meter_id = $1 AND ${NOT_CARRIED}) AS s
    FULL JOIN (SELECT ${KEYS}, value_hash, ${UNIQUE_VALUES} FROM distinct_values) AS r USING (${KEYS}, value_hash)
    WHERE to_jsonb(s.*) IS DISTINCT FROM to_jsonb(r.*)
  )
  SELECT (SELECT count(*) FROM folded) + (SELECT count(*) FROM distinct_values) AS recomputed,
    (SELECT count(*) FROM compared) AS different,
    (SELECT coalesce(jsonb_agg(jsonb_build_object('subject', subject, 'bucketStart', bucket_start, 'dimensions', dimensions, 'stored', stored, 'recomputed', recomputed)), '[]')
     FROM (SELECT * FROM compared ORDER BY bucket_start, subject LIMIT 5) AS first) AS examples`;

/**
 * Recomputes every bucket of every meter from the raw events and compares, inside one snapshot, so that it may run while events flow:
 * commits that are not folded yet are left out on both sides. Meters that are deleted are left out: nothing is folded for them any more, so that their
 * buckets are not what the log yields. Closed statements that rest on them are checked by `verifyStatements`, from the events.
 *
 * @param onMeter called as each meter is done, so that a long run shows where it is.
 */
export async function verifyBuckets(dataSource: DataSource, onMeter: (result: MeterVerification) => void): Promise<MeterVerification[]> {
  return dataSource.transaction('REPEATABLE READ', (manager) => verifyBucketsIn(manager, onMeter));
}

/** {@link verifyBuckets} inside a transaction that has its snapshot already. */
export async function verifyBucketsIn(manager: EntityManager, onMeter: (result: MeterVerification) => void): Promise<MeterVerification[]> {
  const meters: ListedMeter[] = await manager.query(
    `SELECT ${VERIFIED_METER_COLUMNS}, code, (SELECT external_id FROM organization o WHERE o.id = m.organization_id) AS external_id
     FROM meter m WHERE m.deleted_at IS NULL AND m.folded ORDER BY external_id, code`,
  );
  const families = await FamilyComparison.begin(manager, meters);
  const results: MeterVerification[] = [];
  for (const meter of meters) {
    const recomputed = await families.recomputedWhereEqual(meter);
    const outcome = recomputed === null ? await compareMeter(manager, meter) : { recomputed, different: 0, examples: [] };
    const result = {
      organizationId: meter.organization_id,
      organization: meter.external_id,
      meterId: meter.id,
      meter: meter.code,
      ...outcome,
    };
    onMeter(result);
    results.push(result);
  }
  return results;
}

interface ListedMeter extends VerifiedMeter {
  readonly code: string;
  /** Of the organization. */
  readonly external_id: string;
}

/** The general way: bucket by bucket, as the fold itself makes them, and with what differs. */
async function compareMeter(
  manager: EntityManager,
  { id }: ListedMeter,
): Promise<Pick<MeterVerification, 'recomputed' | 'different' | 'examples'>> {
  const [row]: { recomputed: string; different: string; examples: BucketDifference[] }[] = await manager.query(COMPARE, [id]);
  return { recomputed: Number(row!.recomputed), different: Number(row!.different), examples: row!.examples };
}
