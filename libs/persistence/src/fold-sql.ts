/**
 * The fold: how events become buckets, as SQL. The worker that folds new commits, the back-fill of a new meter, the reading of windows that
 * cut a bucket, and the check that recomputes everything all build on these pieces, so that they can't differ. `foldPass` is a second, faster way to
 * the same relations, for many events of one kind; a property test holds it equal to `foldOf` to the last digit.
 *
 * Meters that aggregate `unique_count` go to `usage_unique`, all others to `usage_bucket`.
 */

/** What tells buckets apart. */
export const KEYS = 'shard_key, meter_id, subject, bucket_start, dimensions';

/** The order of the tables' keys, in which all who write to them do, so that they never deadlock. */
const BUCKET_ORDER = 'shard_key, meter_id, bucket_start, subject, dimensions';
const VALUE_ORDER = 'shard_key, meter_id, bucket_start, value_hash, subject, dimensions';

/** The bucket of an event `e`. */
export const BUCKET_START = `date_bin('15 minutes', e.occurred_at, timestamptz 'epoch')`;

/** How two JSON values are one value of a unique count: by their text. 128 bits of SHA-256, since senders who could make hashes collide could count less. */
export const VALUE_HASH = `encode(substring(sha256(convert_to(value_text, 'UTF8')) FROM 1 FOR 16), 'hex')::uuid`;

/** Dimensions as they are kept: those that would take too much of a bucket's key are shortened. */
export const boundedDimensions = (whole: string): string =>
  `CASE WHEN pg_column_size(${whole}) > 1800 THEN shorten_dimensions(${whole}) ELSE ${whole} END`;

/**
 * What the functions `event_dimensions` and `event_passes` compute, written out: PostgreSQL can't inline a function with a subquery, and calling one for
 * every event and meter took a third of the time of a fold.
 */
const DIMENSIONS = `(
  SELECT ${boundedDimensions('d.whole')}
  FROM (SELECT jsonb_object_agg(g.key, e.data #>> json_path(g.value)) AS whole FROM jsonb_each_text(m.group_by) AS g) AS d)`;
const PASSES = `NOT EXISTS (
  SELECT FROM jsonb_array_elements(m.filters) AS f (filter)
  WHERE NOT coalesce(f.filter -> 'in' ? (e.data #>> json_path(f.filter ->> 'property')), false))`;

/**
 * Named subqueries `matched`, `latest`, `folded` and `distinct_values` over a relation of events joined to the meters that take them.
 *
 * @param source what follows FROM: `event e JOIN meter m ON …` with its WHERE, where `e` is the event and `m` the meter; `TAKES` is the condition that they fit.
 */
export function foldOf(source: string, extraColumns: readonly string[] = []): string {
  const extra = extraColumns.map((column) => `${column}, `).join('');
  const extraNames = extraColumns.map((column) => `${column.slice(column.lastIndexOf('.') + 1)}, `).join('');
  const extraOf = (alias: string): string =>
    extraColumns.map((column) => `${alias}.${column.slice(column.lastIndexOf('.') + 1)}, `).join('');
  return `
    matched AS MATERIALIZED (
      SELECT ${extraOf('r')}r.shard_key, r.meter_id, r.subject, date_bin('15 minutes', r.occurred_at, timestamptz 'epoch') AS bucket_start,
        r.dimensions, r.organization_id, r.aggregation, r.occurred_at, r.identity, r.amount, r.removed,
        CASE WHEN r.aggregation = 'unique_count' THEN r.found #>> '{}' END AS value_text,
        CASE WHEN r.aggregation <> 'unique_count' THEN event_value(r.found) END AS value,
        CASE WHEN r.aggregation = 'time_weighted_sum' THEN coalesce(event_value(r.found) * extract(epoch FROM r.occurred_at), 0) END AS weighted
      FROM (
        SELECT ${extra}e.shard_key, m.id AS meter_id, e.subject, e.occurred_at, e.identity, e.organization_id, m.aggregation,
          CASE WHEN m.group_by = '{}' THEN '{}'::jsonb ELSE ${DIMENSIONS} END AS dimensions,
          CASE WHEN m.value_property IS NOT NULL THEN e.data #> json_path(m.value_property) END AS found,
          CASE WHEN m.amount_property IS NOT NULL THEN coalesce(event_value(e.data #> json_path(m.amount_property)), 0) END AS amount,
          CASE WHEN m.operation_property IS NOT NULL THEN coalesce(e.data #>> json_path(m.operation_property) = 'remove', false) END AS removed
        FROM ${source}
        -- A fence: without it the value is looked up again for each of its uses.
        OFFSET 0
      ) AS r
    ), latest AS (
      SELECT DISTINCT ON (${extraNames}${KEYS}) ${extraNames}${KEYS}, organization_id, value AS latest, occurred_at AS latest_at, identity AS latest_identity
      FROM matched WHERE aggregation = 'latest' AND value IS NOT NULL
      ORDER BY ${extraNames}${KEYS}, occurred_at DESC, identity DESC
    ), summed AS (
      SELECT ${extraNames}${KEYS}, organization_id, count(*) AS event_count, count(value) AS value_count,
        coalesce(sum(value), 0) AS sum, min(value) AS min, max(value) AS max, sum(weighted) AS weighted, sum(amount) AS amount
      FROM matched WHERE aggregation <> 'unique_count'
      GROUP BY ${extraNames}${KEYS}, organization_id
    ), folded AS (
      -- Added up, not joined: nothing is known of how many rows either side has, and a join that is guessed wrong takes their product.
      SELECT ${extraNames}${KEYS}, organization_id, sum(event_count)::bigint AS event_count, sum(value_count)::bigint AS value_count, sum(sum) AS sum,
        min(min) AS min, max(max) AS max, max(latest) AS latest, max(latest_at) AS latest_at, max(latest_identity::text)::uuid AS latest_identity,
        sum(weighted) AS weighted, sum(amount) AS amount
      FROM (
        SELECT ${extraNames}${KEYS}, organization_id, event_count, value_count, sum, min, max,
          NULL::numeric AS latest, NULL::timestamptz AS latest_at, NULL::uuid AS latest_identity, weighted, amount
        FROM summed
        UNION ALL
        SELECT ${extraNames}${KEYS}, organization_id, 0, 0, 0, NULL, NULL, latest, latest_at, latest_identity, NULL, NULL FROM latest
      ) AS parts
      GROUP BY ${extraNames}${KEYS}, organization_id
    ), distinct_values AS (
      SELECT ${extraNames}${KEYS}, ${VALUE_HASH} AS value_hash, organization_id, count(*) AS event_count,
        NULL::boolean AS last_removed, NULL::timestamptz AS last_at, NULL::uuid AS last_identity
      FROM matched WHERE aggregation = 'unique_count' AND value_text IS NOT NULL AND removed IS NULL
      GROUP BY ${extraNames}${KEYS}, ${VALUE_HASH}, organization_id
      UNION ALL
      (SELECT DISTINCT ON (${extraNames}${KEYS}, value_hash) ${extraNames}${KEYS}, value_hash, organization_id,
        count(*) OVER (PARTITION BY ${extraNames}${KEYS}, value_hash), removed, occurred_at, identity
      FROM (SELECT *, ${VALUE_HASH} AS value_hash FROM matched WHERE aggregation = 'unique_count' AND value_text IS NOT NULL AND removed IS NOT NULL) AS operated
      ORDER BY ${extraNames}${KEYS}, value_hash, occurred_at DESC, identity DESC)
    )`;
}

/** An event is of a meter's organization and type, and passes its filters. */
const FITS = `m.organization_id = e.organization_id AND m.event_type = e.type AND (m.filters = '[]' OR ${PASSES})`;

/** An event that no correction took out goes to a meter that it fits and that is in use. */
export const TAKES = `${FITS} AND m.deleted_at IS NULL AND e.voided_by IS NULL`;

/** Not true where a meter is no gauge, and neither side has a latest value. */
const LATER_VALUE = `excluded.latest_at IS NOT NULL AND (b.latest_at IS NULL OR (excluded.latest_at, excluded.latest_identity) > (b.latest_at, b.latest_identity))`;

/** Null, and so not true, where a meter reads no operations. */
const LATER_OPERATION = `(excluded.last_at, excluded.last_identity) > (u.last_at, u.last_identity)`;

/**
 * A statement that adds the fold of a source to the stored buckets, and queues the statements of every subscription it touches.
 * Rows are written in key order, so that folds that run at once wait for each other and never deadlock.
 */
export function addFold(source: string): string {
  return `WITH ${foldOf(source)}, ${storeFold([GENERAL_FOLD])}`;
}

/** Relations of a statement that are to be stored. */
export interface FoldedRelations {
  /** Those of the columns of `folded`, and those of the columns of `distinct_values`. */
  readonly buckets: readonly string[];
  readonly values: readonly string[];
  /** SELECTs of which subjects (organization_id, subject, bucket_start) they touch, which come to no more and no less than what they hold. */
  readonly touched: readonly string[];
}

/** Which subjects a relation of buckets or values touches. */
export const touchedBy = (relation: string): string => `SELECT organization_id, subject, bucket_start FROM ${relation}`;

/** What {@link foldOf} comes to. */
export const GENERAL_FOLD: FoldedRelations = {
  buckets: ['folded'],
  values: ['distinct_values'],
  touched: [touchedBy('folded'), touchedBy('distinct_values')],
};

/** The rest of a statement that folds: stores what the relations hold. Of two relations none may have a bucket in common. */
export function storeFold(folded: readonly FoldedRelations[]): string {
  const union = (relations: readonly string[]): string => relations.map((name) => `SELECT * FROM ${name}`).join(' UNION ALL ');
  const buckets = folded.flatMap((relations) => relations.buckets);
  const values = folded.flatMap((relations) => relations.values);
  return `${[...(buckets.length > 0 ? [storeBuckets(union(buckets))] : []), ...(values.length > 0 ? [storeValues(union(values))] : [])].join(', ')}, touched AS (
      SELECT organization_id, subject, min(bucket_start) AS touched_from, max(bucket_start) AS touched_to
      FROM (${folded.flatMap(({ touched }) => touched).join(' UNION ALL ')}) AS t GROUP BY organization_id, subject
    )
    INSERT INTO statement_queue (organization_id, subscription_id, touched_from, touched_to)
    SELECT s.organization_id, s.id, min(t.touched_from), max(t.touched_to) + interval '15 minutes'
    FROM touched t
    JOIN customer_subject c ON c.organization_id = t.organization_id AND c.subject = t.subject
    JOIN subscription s ON s.customer_id = c.customer_id
    GROUP BY s.organization_id, s.id`;
}

const storeBuckets = (rows: string): string => `stored_buckets AS (
      INSERT INTO usage_bucket AS b (${KEYS}, organization_id, event_count, value_count, sum, min, max, latest, latest_at, latest_identity, weighted, amount)
      SELECT * FROM (${rows}) AS r ORDER BY ${BUCKET_ORDER}
      ON CONFLICT (${KEYS}) DO UPDATE SET
        event_count = b.event_count + excluded.event_count,
        value_count = b.value_count + excluded.value_count,
        sum = b.sum + excluded.sum,
        min = least(b.min, excluded.min),
        max = greatest(b.max, excluded.max),
        weighted = b.weighted + excluded.weighted,
        amount = b.amount + excluded.amount,
        latest = CASE WHEN ${LATER_VALUE} THEN excluded.latest ELSE b.latest END,
        latest_at = CASE WHEN ${LATER_VALUE} THEN excluded.latest_at ELSE b.latest_at END,
        latest_identity = CASE WHEN ${LATER_VALUE} THEN excluded.latest_identity ELSE b.latest_identity END
    )`;

const storeValues = (rows: string): string => `stored_values AS (
      INSERT INTO usage_unique AS u (${KEYS}, value_hash, organization_id, event_count, last_removed, last_at, last_identity)
      SELECT * FROM (${rows}) AS r ORDER BY ${VALUE_ORDER}
      ON CONFLICT (${KEYS}, value_hash) DO UPDATE SET
        event_count = u.event_count + excluded.event_count,
        last_removed = CASE WHEN ${LATER_OPERATION} THEN excluded.last_removed ELSE u.last_removed END,
        last_at = CASE WHEN ${LATER_OPERATION} THEN excluded.last_at ELSE u.last_at END,
        last_identity = CASE WHEN ${LATER_OPERATION} THEN excluded.last_identity ELSE u.last_identity END
    )`;

/**
 * The source of the events that questions ask for: rows of a subquery `request` (shard_key, meter_id, subject, "from", "to", kind = 'events'). `effective`
 * says which events count, of `effectiveIn`; `join` may add columns of its own. A meter that is deleted is read like any other, for what rests on it.
 * The fence makes PostgreSQL read question by question over the log's key, however little it knows of the log.
 */
export const requestedEvents = (effective: string, join = ''): string => `
    request r JOIN meter m ON m.id = r.meter_id
    CROSS JOIN LATERAL (
      SELECT * FROM event c
      WHERE c.shard_key = r.shard_key AND c.occurred_at >= r."from" AND c.occurred_at < r."to" AND c.subject = r.subject AND c.type = m.event_type
      OFFSET 0
    ) AS e ${join}
    WHERE r.kind = 'events' AND ${FITS} AND ${effective}`;
