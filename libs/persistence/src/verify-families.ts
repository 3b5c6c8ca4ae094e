import { jsonPathMembers } from '@tallymark/domain';
import { FOLD_METER_COLUMNS, type FoldMeter } from './fold-meter.js';
import { BUCKET_START, VALUE_HASH, boundedDimensions } from './fold-sql.js';
import type { SqlParameters } from './sql-parameters.js';
import { type NumberReading, numberOf } from './verify-numbers.js';

/** A meter to verify: a row of the table. */
export interface VerifiedMeter extends FoldMeter {
  readonly organization_id: string;
  readonly event_type: string;
}

/** Columns of {@link VerifiedMeter}, for SELECT. */
export const VERIFIED_METER_COLUMNS = `organization_id, event_type, ${FOLD_METER_COLUMNS}`;

/** Meters whose buckets come from one reading of the log: they take the same events and keep the same dimensions apart. */
export type MeterFamily = readonly [VerifiedMeter, ...VerifiedMeter[]];

/** Begin (inclusive) and end (exclusive) of what is compared at once. */
export interface VerifiedWindow {
  readonly from: Date;
  readonly to: Date;
}

/** What of a family is read, and how. */
export interface FamilyReading {
  readonly window: VerifiedWindow;
  /** Whether commits of the organization wait for the fold: they are left out. */
  readonly hasPending: boolean;
  /** How the meters' values are read. With a reading that does not hold them all, buckets are not found equal that are. */
  readonly numbers: NumberReading;
}

/** One row of an answer: what a meter of the family has in the window. The meter is equal where all three counts are. */
export interface FamilyCount {
  readonly meter_id: string;
  /** Buckets, or distinct values in buckets, that the log yields. */
  readonly recomputed: string;
  readonly stored: string;
  /** Stored ones that are recomputed too and are the same in every column. */
  readonly equal: string;
}

/** More would not fit into the arguments of a function. */
const MOST_DIMENSIONS = 40;

/**
 * The families of meters that can be compared the fast way: sums and everything that is made of them, and plain unique counts. Gauges, levels by time,
 * operations and amounts of events are left to the general way.
 */
export function familiesOf(meters: readonly VerifiedMeter[]): MeterFamily[] {
  const families = new Map<string, [VerifiedMeter, ...VerifiedMeter[]]>();
  for (const meter of meters) {
    const { organization_id: organization, event_type: type, filters, group_by: groupBy, value_property: value } = meter;
    if (!isPlain(meter)) continue;
    const dimensions = Object.entries(groupBy).sort(([a], [b]) => (a < b ? -1 : 1));
    const key = JSON.stringify([organization, type, filters, dimensions, isUnique(meter) ? { value } : null]);
    const family = families.get(key);
    if (family === undefined) families.set(key, [meter]);
    else family.push(meter);
  }
  return [...families.values()];
}

function isPlain({ aggregation, operation_property: operation, amount_property: amount, group_by: groupBy }: VerifiedMeter): boolean {
  const isKnown = aggregation !== 'latest' && aggregation !== 'time_weighted_sum';
  return isKnown && operation === null && amount === null && Object.keys(groupBy).length <= MOST_DIMENSIONS;
}

function isUnique({ aggregation }: VerifiedMeter): boolean {
  return aggregation === 'unique_count';
}

/** Whether values of events are added up, so that it matters how they are read. */
export function readsNumbers(family: MeterFamily): boolean {
  return family.some((meter) => !isUnique(meter) && meter.value_property !== null);
}

/**
 * A statement that answers a {@link FamilyCount} for each meter of a family. It recomputes the window's buckets once for all of them, and looks up each
 * stored row among them. A stored row is unique, and so is a recomputed one: where there are as many of either, and as many that are equal, they are the
 * same set.
 */
export function compareFamily(family: MeterFamily, { window, hasPending, numbers }: FamilyReading, parameters: SqlParameters): string {
  const [first] = family;
  const organization = parameters.add(first.organization_id, 'uuid');
  const [from, to] = [parameters.add(window.from, 'timestamptz'), parameters.add(window.to, 'timestamptz')];
  const source = `event e
      WHERE e.organization_id = ${organization} AND e.type = ${parameters.add(first.event_type, 'text')} AND e.voided_by IS NULL
        AND e.occurred_at >= ${from} AND e.occurred_at < ${to}
        ${hasPending ? 'AND NOT EXISTS (SELECT FROM ingest_commit p WHERE p.organization_id = e.organization_id AND p.commit_id = e.commit_id)' : ''}`;
  const { recomputed, same, table } = isUnique(first)
    ? uniqueFamily(first, source, parameters)
    : summedFamily(family, source, numbers, parameters);
  const hasDimensions = Object.keys(first.group_by).length > 0;
  const key = hasDimensions ? 's.dimensions = r.dimensions' : HAS_NO_DIMENSIONS;
  const ids = family.map(({ id }) => parameters.add(id, 'uuid'));
  const counts = ids.map(
    (id, index) =>
      `count(*) FILTER (WHERE s.meter_id = ${id}) AS stored_${index}, count(r.n) FILTER (WHERE s.meter_id = ${id}) AS equal_${index}`,
  );
  const equal = ids.map((id, index) => `WHEN ${id} THEN ${same(family[index]!)}`).join(' ');
  // Subjects are compared without being hashed: the shard key is a hash of theirs already. `IS NOT DISTINCT FROM` is what the planner can't hash.
  // All that makes rows equal is a condition of the join, not of what comes after: so the join need not hand on every column.
  return `
    WITH recomputed AS MATERIALIZED (${recomputed}), compared AS (
      SELECT ${counts.join(', ')}
      FROM (SELECT * FROM ${table} WHERE meter_id IN (${ids.join(', ')}) AND bucket_start >= ${from} AND bucket_start < ${to}) AS s
      LEFT JOIN recomputed r ON s.shard_key = r.shard_key AND s.bucket_start = r.bucket_start
        ${isUnique(first) ? 'AND s.value_hash = r.value_hash' : ''} AND s.subject IS NOT DISTINCT FROM r.subject
        AND s.organization_id = ${organization} AND s.event_count = r.n AND CASE s.meter_id ${equal} END AND ${key}
    )
    SELECT m.meter_id, (SELECT count(*) FROM recomputed) AS recomputed, m.stored, m.equal
    FROM compared c CROSS JOIN LATERAL (VALUES ${ids.map((id, index) => `(${id}, c.stored_${index}, c.equal_${index})`).join(', ')}) AS m (meter_id, stored, equal)`;
}

/** `s.dimensions = '{}'`, which takes half a microsecond to find out: nothing else of so few bytes is an object. */
const HAS_NO_DIMENSIONS = `(pg_column_size(s.dimensions) <= 8 AND jsonb_typeof(s.dimensions) = 'object')`;

/** What a family recomputes, and when a stored row `s` is the recomputed row `r`, the key, the organization and the count of events apart. */
interface Recomputation {
  readonly recomputed: string;
  readonly same: (meter: VerifiedMeter) => string;
  readonly table: 'usage_bucket' | 'usage_unique';
}

const SUBJECT_KEYS = 'shard_key, subject, bucket_start';

/** Of each value that any of the meters reads: how many there are, their sum, the least and the greatest. */
function summedFamily(family: MeterFamily, source: string, numbers: NumberReading, parameters: SqlParameters): Recomputation {
  const paths = [...new Set(family.flatMap(({ value_property: path }) => (path === null ? [] : [path])))];
  const columns = paths.map((_, index) => `v${index}`);
  const { found, dimensions, keys, passes } = readingOf(family[0], parameters);
  const values = paths.map((path, index) => `${lookUp(path, 'json', parameters)} AS v${index}`);
  const kept = [SUBJECT_KEYS, ...keys].join(', ');
  const level = (select: readonly string[], from: string): string =>
    `SELECT ${[kept, ...select].join(', ')} FROM (${from} OFFSET 0) AS level`;
  const read = `SELECT ${[kept, ...columns].join(', ')} FROM (SELECT ${[...found, ...values].join(', ')} FROM ${source} OFFSET 0) AS found${passes}`;
  const split = level(columns.flatMap(numbers.parts), level(columns.map(numberOf), read));
  const grouped = `
      SELECT ${[kept, 'count(*) AS n', ...columns.flatMap(numbers.sums)].join(', ')} FROM (${split} OFFSET 0) AS event_values GROUP BY ${kept}`;
  return {
    recomputed: withDimensions(dimensions, ['n', ...columns.flatMap(numbers.totals)], grouped),
    same: ({ value_property: path }) => {
      const v = path === null ? null : `v${paths.indexOf(path)}`;
      const numbersAre =
        v === null
          ? 's.value_count = 0 AND s.sum = 0 AND s.min IS NULL AND s.max IS NULL'
          : `${numbers.isWhole(v)} AND s.value_count = r.${v}_count AND s.sum = r.${v}_sum::numeric AND s.min IS NOT DISTINCT FROM r.${v}_min::numeric AND s.max IS NOT DISTINCT FROM r.${v}_max::numeric`;
      return `${numbersAre} AND s.latest IS NULL AND s.latest_at IS NULL AND s.latest_identity IS NULL AND s.weighted IS NULL AND s.amount IS NULL`;
    },
    table: 'usage_bucket',
  };
}

function uniqueFamily(meter: VerifiedMeter, source: string, parameters: SqlParameters): Recomputation {
  const { found, dimensions, keys, passes } = readingOf(meter, parameters);
  const value = meter.value_property === null ? 'NULL::text' : lookUp(meter.value_property, 'text', parameters);
  const kept = [SUBJECT_KEYS, ...keys, 'value_text'].join(', ');
  return {
    recomputed: withDimensions(
      dimensions,
      [`${VALUE_HASH} AS value_hash`, 'n'],
      `
      SELECT ${kept}, count(*) AS n
      FROM (SELECT ${[...found, `${value} AS value_text`].join(', ')} FROM ${source} OFFSET 0) AS found
      ${passes === '' ? 'WHERE' : `${passes} AND`} value_text IS NOT NULL
      GROUP BY ${kept}`,
    ),
    same: () => 's.last_removed IS NULL AND s.last_at IS NULL AND s.last_identity IS NULL',
    table: 'usage_unique',
  };
}

/** How the events of a meter are read: their key, what they are kept apart by, and which pass. */
function readingOf({ filters, group_by: groupBy }: VerifiedMeter, parameters: SqlParameters) {
  const dimensions = Object.entries(groupBy).map(([name, path], index) => ({ name, path, column: `d${index}` }));
  const filtered = filters.map(({ property, in: values }, index) => ({ property, values, column: `f${index}` }));
  const passes = filtered.map(({ column, values }) => `coalesce(${column} = ANY (${parameters.add(values, 'text[]')}), false)`);
  const pairs = dimensions.map(({ name, column }) => `${parameters.add(name, 'text')}, ${column}`);
  return {
    found: [
      `e.shard_key, e.subject, ${BUCKET_START} AS bucket_start`,
      ...dimensions.map(({ path, column }) => `${lookUp(path, 'text', parameters)} AS ${column}`),
      ...filtered.map(({ property, column }) => `${lookUp(property, 'text', parameters)} AS ${column}`),
    ],
    keys: dimensions.map(({ column }) => column),
    dimensions: pairs.length === 0 ? null : `jsonb_build_object(${pairs.join(', ')})`,
    passes: passes.length === 0 ? '' : ` WHERE ${passes.join(' AND ')}`,
  };
}

/** Columns of a grouped relation, with its dimensions as they are kept. The fence has them made once, not for each of their uses. */
function withDimensions(dimensions: string | null, columns: readonly string[], grouped: string): string {
  const all = [SUBJECT_KEYS, ...columns].join(', ');
  return dimensions === null
    ? `SELECT ${all} FROM (${grouped} OFFSET 0) AS g`
    : `SELECT ${all}, ${boundedDimensions('whole')} AS dimensions FROM (SELECT *, ${dimensions} AS whole FROM (${grouped} OFFSET 0) AS g OFFSET 0) AS g`;
}

/** What an event has at a path. */
function lookUp(path: string, kind: 'text' | 'json', parameters: SqlParameters): string {
  const members = jsonPathMembers(path);
  const arrow = kind === 'text' ? '>>' : '>';
  // The usual path has one member, and finds it in half the time by its name alone.
  return members.length === 1
    ? `e.data -${arrow} ${parameters.add(members[0], 'text')}`
    : `e.data #${arrow} ${parameters.add(members, 'text[]')}`;
}
