import { foldOf, KEYS } from './fold-sql.js';

/**
 * How what is folded gets to the stored buckets: the rest of every statement that folds.
 *
 * Folds that run at once may have the same rows to write, and so each row is inserted or added to what is there, one by one, in one order for all who write:
 * they wait for each other and never deadlock. Where nobody else can be writing them, rows of buckets of which nothing is stored yet are known to be
 * new, and are inserted as such: it takes half of the time, since PostgreSQL need not look for each whether it is there.
 */

/** Orders in which rows are written. What tells rows apart soonest, of fixed length, comes first: it is what sorting compares. */
const BUCKET_ORDER = 'shard_key, meter_id, bucket_start, subject, dimensions';
const VALUE_ORDER = 'shard_key, value_hash, meter_id, bucket_start, subject, dimensions';

/** Not true where a meter is no gauge, and neither side has a latest value. */
const LATER_VALUE = `excluded.latest_at IS NOT NULL AND (b.latest_at IS NULL OR (excluded.latest_at, excluded.latest_identity) > (b.latest_at, b.latest_identity))`;

/** Null, and so not true, where a meter reads no operations. */
const LATER_OPERATION = `(excluded.last_at, excluded.last_identity) > (u.last_at, u.last_identity)`;

/** A table of buckets: how rows get into it. */
interface Store {
  /** Ends the names of its subqueries. */
  readonly name: string;
  readonly table: string;
  readonly insert: string;
  readonly order: string;
  readonly add: string;
}

const BUCKETS: Store = {
  name: 'buckets',
  table: 'usage_bucket',
  insert: `usage_bucket AS b (${KEYS}, organization_id, event_count, value_count, sum, min, max, latest, latest_at, latest_identity, weighted, amount)`,
  order: BUCKET_ORDER,
  add: `ON CONFLICT (${KEYS}) DO UPDATE SET
        event_count = b.event_count + excluded.event_count,
        value_count = b.value_count + excluded.value_count,
        sum = b.sum + excluded.sum,
        min = least(b.min, excluded.min),
        max = greatest(b.max, excluded.max),
        weighted = b.weighted + excluded.weighted,
        amount = b.amount + excluded.amount,
        latest = CASE WHEN ${LATER_VALUE} THEN excluded.latest ELSE b.latest END,
        latest_at = CASE WHEN ${LATER_VALUE} THEN excluded.latest_at ELSE b.latest_at END,
        latest_identity = CASE WHEN ${LATER_VALUE} THEN excluded.latest_identity ELSE b.latest_identity END`,
};

const VALUES: Store = {
  name: 'values',
  table: 'usage_unique',
  insert: `usage_unique AS u (${KEYS}, value_hash, organization_id, event_count, last_removed, last_at, last_identity)`,
  order: VALUE_ORDER,
  add: `ON CONFLICT (${KEYS}, value_hash) DO UPDATE SET
        event_count = u.event_count + excluded.event_count,
        last_removed = CASE WHEN ${LATER_OPERATION} THEN excluded.last_removed ELSE u.last_removed END,
        last_at = CASE WHEN ${LATER_OPERATION} THEN excluded.last_at ELSE u.last_at END,
        last_identity = CASE WHEN ${LATER_OPERATION} THEN excluded.last_identity ELSE u.last_identity END`,
};

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

/**
 * Who else may be writing the rows that a statement stores: other folds (`shared`), or nobody until its transaction ends (`alone`), and then maybe nothing is
 * stored yet of any of the buckets (`new`).
 */
export type Writing = 'shared' | 'alone' | 'new';

/** The rest of a statement that folds: stores what the relations hold, and queues the statements of every subscription they touch. Of two relations none may have a bucket in common. */
export function storeFold(folded: readonly FoldedRelations[], writing: Writing): string {
  const stores = [
    ...storeRows(
      BUCKETS,
      folded.flatMap(({ buckets }) => buckets),
      writing,
    ),
    ...storeRows(
      VALUES,
      folded.flatMap(({ values }) => values),
      writing,
    ),
  ];
  return `${stores.join(', ')}, touched AS (
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

/**
 * A statement that adds the fold of a source to the stored buckets, and queues the statements of every subscription it touches.
 * Rows are written in key order, so that folds that run at once wait for each other and never deadlock.
 */
export function addFold(source: string): string {
  return `WITH ${foldOf(source)}, ${storeFold([GENERAL_FOLD], 'shared')}`;
}

function storeRows(store: Store, relations: readonly string[], writing: Writing): string[] {
  if (relations.length === 0) return [];
  const rows = relations.map((name) => `SELECT * FROM ${name}`).join(' UNION ALL ');
  if (writing === 'new') return [storeNew(store, `(${rows}) AS r`)];
  return writing === 'alone' ? storeApart(store, rows) : [storeTogether(store, `(${rows})`, 'stored')];
}

function storeTogether({ name, insert, order, add }: Store, rows: string, verb: string, condition = ''): string {
  return `${verb}_${name} AS (INSERT INTO ${insert} SELECT * FROM ${rows} AS r ${condition} ORDER BY ${order} ${add})`;
}

/** New rows are sorted only as far as helps to find their places in the index. One that is there all the same makes the statement fail. */
function storeNew({ name, insert }: Store, rows: string, condition = ''): string {
  return `new_${name} AS (INSERT INTO ${insert} SELECT * FROM ${rows} ${condition} ORDER BY shard_key)`;
}

/** What tells apart the groups of rows of which either nothing is stored yet, or something may be: the beginning of both tables' keys, for the quickest look. */
const GROUP = 'shard_key, meter_id, bucket_start';

/** The fast way to store, beside {@link storeTogether}, where nobody else is writing. */
function storeApart(store: Store, rows: string): string[] {
  const { name, table } = store;
  const known = `(${GROUP}) IN (SELECT * FROM known_${name})`;
  return [
    `folded_${name} AS MATERIALIZED (${rows})`,
    `known_${name} AS MATERIALIZED (
      SELECT g.* FROM (SELECT DISTINCT ${GROUP} FROM folded_${name}) AS g CROSS JOIN LATERAL (
        SELECT FROM ${table} s WHERE s.shard_key = g.shard_key AND s.meter_id = g.meter_id AND s.bucket_start = g.bucket_start LIMIT 1
      ) AS stored
    )`,
    storeNew(store, `folded_${name}`, `WHERE NOT ${known}`),
    storeTogether(store, `folded_${name}`, 'grown', `WHERE ${known}`),
  ];
}

/**
 * Whether anything is stored of the buckets of a relation, as a column `is_stored`.
 *
 * @param meterIds those of the meters whose buckets are meant: of sums and the like, and of unique counts.
 */
export function isAnyStored(relation: string, meterIds: { readonly buckets: string; readonly values: string }): string {
  const found = (table: string, ids: string): string => `EXISTS (
      SELECT FROM (SELECT DISTINCT shard_key, bucket_start FROM ${relation}) AS g CROSS JOIN LATERAL (
        SELECT FROM ${table} s WHERE s.shard_key = g.shard_key AND s.meter_id = ANY (${ids}) AND s.bucket_start = g.bucket_start LIMIT 1
      ) AS stored)`;
  return `SELECT ${found(BUCKETS.table, meterIds.buckets)} OR ${found(VALUES.table, meterIds.values)} AS is_stored`;
}
