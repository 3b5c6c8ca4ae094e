/**
 * The fold: how events become buckets, as SQL. The worker that folds new commits, the back-fill of a new meter, the reading of windows that
 * cut a bucket, and the check that recomputes everything all build on these pieces, so that they can't differ. `foldPass` is a second, faster way to
 * the same relations, for many events of one kind; a property test holds it equal to `foldOf` to the last digit.
 *
 * Meters that aggregate `unique_count` go to `usage_unique`, all others to `usage_bucket`.
 */

/** What tells buckets apart. */
export const KEYS = 'shard_key, meter_id, subject, bucket_start, dimensions';

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
