import { type AlignedParts, Window, alignedPart, isBucketAligned } from '@tallymark/date-window';
import { type Decimal, ZERO } from '@tallymark/domain';
import type { EntityManager } from 'typeorm';
import { knownShardKey } from './known-shards.js';
import { foldOf, requestedEvents } from './fold-sql.js';
import { type PreparedStatement, type Read, askIn } from './read-batch.js';
import { statementName } from './statement-name.js';
import { type PartRecord, accumulateParts } from './usage-parts.js';
import { LATEST, type UsageRequest } from './usage-reader.js';
import type { SettledUsage } from './settled-usage.js';
import { plainSeriesRead } from './usage-series-plain.js';
import { BEGINNING_OF_TIME, carries, rangeOf } from './usage-scans.js';
import { effectiveIn } from './usage-source.js';

/** One question: what had these subjects used of this meter, since the first bound, at each of the later bounds? */
export interface UsageSeriesRequest extends Pick<UsageRequest, 'organizationId' | 'meter' | 'subjects' | 'whole'> {
  /** Ascending, at least two. */
  readonly bounds: readonly Date[];
}

/** Usage accumulated since the first bound of a series. */
export interface AccumulatedUsage {
  /** In meter units, rounded as the meter says; zero when there is no value at all. */
  readonly value: Decimal;
  readonly eventCount: Decimal;
  /** What the events bear themselves, in major currency units; zero where the meter reads none. */
  readonly amount: Decimal;
}

/** Nothing used yet. */
export const NOTHING_USED: AccumulatedUsage = { value: ZERO, eventCount: ZERO, amount: ZERO };

/** About the most scans of one query, so that no query grows with the number of subscriptions. */
const SCANS_PER_QUERY = 2_000;

/**
 * Reads how usage accumulates, in few queries: for each request the usage of `[bounds[0], bounds[n])` for every n from 1 on, in order. Each is what
 * `readUsage` answers for that window, but rows are read once, not once per window. A recurring meter begins with what was before.
 */
export async function readUsageSeries(manager: EntityManager, requests: readonly UsageSeriesRequest[]): Promise<AccumulatedUsage[][]> {
  const parts: PartRecord[] = [];
  for (const scans of groupScans(requests)) if (scans.length > 0) parts.push(...(await askIn(manager, partsRead(requests, scans))));
  return accumulate(requests, parts);
}

/**
 * The question of {@link readUsageSeries}, by itself; null where it takes several, or none.
 *
 * @param settled remembers what came in days long past, where it is given; the answer may then throw `NotSettled`
 */
export function usageSeriesRead(requests: readonly UsageSeriesRequest[], settled?: SettledUsage): Read<AccumulatedUsage[][]> | null {
  const plain = plainSeriesRead(requests, settled);
  if (plain !== null) return { ...plain, answer: (records) => accumulate(requests, plain.answer(records)) };
  const [scans, ...others] = groupScans(requests);
  if (scans === undefined || scans.length === 0 || others.length > 0) return null;
  const { statement, values } = partsRead(requests, scans);
  return { statement, values, answer: (records: readonly PartRecord[]) => accumulate(requests, records) };
}

function accumulate(requests: readonly UsageSeriesRequest[], records: readonly PartRecord[]): AccumulatedUsage[][] {
  const parts = requests.map(({ bounds }) => new Array<PartRecord | undefined>(bounds.length));
  for (const record of records) parts[record.no]![record.part] = record;
  return requests.map((request, no) => accumulateParts(request, Array.from(parts[no]!)));
}

/** The scans of whole requests: a value that comes under two subjects is one value, so one query has to see both. */
function groupScans(requests: readonly UsageSeriesRequest[]): Scan[][] {
  const groups: Scan[][] = [];
  requests.forEach((request, no) => {
    const scans = scansOf(request, no);
    const group = groups.at(-1);
    if (group === undefined || group.length + scans.length > SCANS_PER_QUERY) groups.push(scans);
    else group.push(...scans);
  });
  return groups;
}

interface Scan {
  readonly no: number;
  /** `values`: the buckets of a unique count, which keep each value. */
  readonly kind: 'buckets' | 'values' | 'events';
  readonly subject: string;
  readonly from: Date;
  readonly to: Date;
}

/** Whole buckets are scanned in one go where the bounds between them lie on the grid; what a bound cuts is read from the events. */
function scansOf({ bounds, subjects, meter }: UsageSeriesRequest, no: number): Scan[] {
  const kind = meter.aggregation === 'unique_count' ? 'values' : 'buckets';
  const { buckets, edges } = partsOf(carries(meter) && bounds[0]! > BEGINNING_OF_TIME ? [BEGINNING_OF_TIME, ...bounds] : bounds);
  return subjects.flatMap((subject) => [
    ...buckets.map(({ from, to }) => ({ no, kind, subject, from, to }) as const),
    ...edges.map(({ from, to }) => ({ no, kind: 'events', subject, from, to }) as const),
  ]);
}

interface Span {
  readonly from: Date;
  readonly to: Date;
}

function partsOf(bounds: readonly Date[]): { readonly buckets: readonly Span[]; readonly edges: readonly Span[] } {
  if (bounds.every(isBucketAligned)) return { buckets: [{ from: bounds[0]!, to: bounds.at(-1)! }], edges: [] };
  const parts = bounds.slice(1).map((to, index): AlignedParts => alignedPart(Window.of(bounds[index]!, to)));
  const buckets: Span[] = [];
  for (const { aligned } of parts) {
    if (aligned === null) continue;
    const before = buckets.at(-1);
    if (before?.to.getTime() === aligned.fromMs) buckets[buckets.length - 1] = { from: before.from, to: aligned.to };
    else buckets.push(aligned);
  }
  return { buckets, edges: parts.flatMap(({ before, after }) => [before, after]).filter((edge) => edge !== null) };
}

function partsRead(requests: readonly UsageSeriesRequest[], scans: readonly Scan[]): Read<readonly PartRecord[]> {
  const statement = seriesStatement({
    counted: scans.some((scan) => requests[scan.no]!.meter.aggregation !== 'unique_count'),
    distinct: scans.some((scan) => requests[scan.no]!.meter.aggregation === 'unique_count'),
    latest: scans.some((scan) => requests[scan.no]!.meter.aggregation === 'latest'),
    cut: scans.some((scan) => scan.kind === 'events'),
    operated: scans.some((scan) => requests[scan.no]!.meter.operationProperty !== null),
  });
  const values = [
    scans.map((scan) => scan.no),
    scans.map((scan) => scan.kind),
    scans.map((scan) => knownShardKey(requests[scan.no]!.organizationId, scan.subject)),
    scans.map((scan) => requests[scan.no]!.meter.id),
    scans.map((scan) => scan.subject),
    scans.map((scan) => scan.from),
    scans.map((scan) => scan.to),
    scans.map((scan) => JSON.stringify(requests[scan.no]!.bounds)),
    ...rangeOf(scans.filter(({ kind }) => kind !== 'events')),
  ];
  return { statement, values, answer: (records: readonly PartRecord[]) => records };
}

/** Between which two bounds of the series an event lies; 0 for before the first. */
const PART_OF = `CROSS JOIN LATERAL (SELECT width_bucket(e.occurred_at, r.bounds) AS part) AS p`;
const VALUES = 'event_count, value_count, sum, min, max, latest, latest_at, latest_identity, weighted, amount';
const IN_RANGE = `x.shard_key = r.shard_key AND x.meter_id = r.meter_id AND x.subject = r.subject AND x.bucket_start >= r."from" AND x.bucket_start < r."to" AND x.bucket_start >= $9::timestamptz AND x.bucket_start < $10::timestamptz`;
const NO_SUMS = `0::bigint AS value_count, 0::numeric AS sum, NULL::numeric AS min, NULL::numeric AS max, NULL::numeric AS latest, NULL::numeric AS weighted, NULL::numeric AS amount`;

/** What the series look at, as in `usageRead`. */
interface SeriesParts {
  readonly counted: boolean;
  readonly latest: boolean;
  readonly distinct: boolean;
  readonly cut: boolean;
  readonly operated: boolean;
}

const statements = new Map<string, PreparedStatement>();

function seriesStatement(parts: SeriesParts): PreparedStatement {
  const name = statementName('series', parts);
  const statement = statements.get(name) ?? { name, sql: seriesSql(parts) };
  statements.set(name, statement);
  return statement;
}

/** A distinct value belongs to the first part in which it came: that is what it adds. Where values are taken out too, a part adds what it changes. */
function seriesSql({ counted, latest, distinct, cut, operated }: SeriesParts): string {
  const seen = (columns: string, condition: string): string => `
      SELECT r.no, width_bucket(x.bucket_start, r.bounds) AS part, x.value_hash, x.event_count${columns} FROM request r JOIN usage_unique x ON ${IN_RANGE} WHERE r.kind = 'values' AND ${condition}
      ${cut ? `UNION ALL SELECT x.no, x.part, x.value_hash, x.event_count${columns} FROM distinct_values x WHERE ${condition}` : ''}`;
  // Materialized, or its lists are read anew for every row that is joined.
  return `
    WITH request AS MATERIALIZED (
      SELECT r.no, r.kind, r.shard_key, r.meter_id, r.subject, r."from", r."to", ARRAY(SELECT jsonb_array_elements_text(r.bounds)::timestamptz) AS bounds
      FROM unnest($1::integer[], $2::text[], $3::bigint[], $4::uuid[], $5::text[], $6::timestamptz[], $7::timestamptz[], $8::jsonb[])
        AS r (no, kind, shard_key, meter_id, subject, "from", "to", bounds)
    )${cut ? `, ${foldOf(requestedEvents(effectiveIn('buckets'), PART_OF), ['r.no', 'p.part'])}` : ''}${
      counted
        ? `, rows AS (
      SELECT r.no, width_bucket(x.bucket_start, r.bounds) AS part, ${VALUES} FROM request r JOIN usage_bucket x ON ${IN_RANGE} WHERE r.kind = 'buckets'
      ${cut ? `UNION ALL SELECT no, part, ${VALUES} FROM folded` : ''}
    )`
        : ''
    }${
      distinct
        ? `, values_in_order AS (
      SELECT no, part, event_count, row_number() OVER (PARTITION BY no, value_hash ORDER BY part) AS nth FROM (${seen('', 'x.last_at IS NULL')}) AS values_seen
    )`
        : ''
    }${operated ? valueChanges(seen(', x.last_removed, x.last_at, x.last_identity', 'x.last_at IS NOT NULL')) : ''}
    ${[counted ? partSums(latest) : '', distinct ? PART_VALUES : '', operated ? PART_CHANGES : ''].filter((part) => part !== '').join(' UNION ALL ')}`;
}

const partSums = (
  latest: boolean,
): string => `SELECT no, part, sum(event_count) AS event_count, sum(value_count) AS value_count, sum(sum) AS sum, min(min) AS min, max(max) AS max,
      ${latest ? LATEST : 'NULL::numeric'} AS latest,
      sum(weighted) AS weighted, sum(amount) AS amount, 0::bigint AS new_values
    FROM rows GROUP BY no, part`;
const PART_VALUES = `SELECT no, part, sum(event_count) AS event_count, ${NO_SUMS}, count(*) FILTER (WHERE nth = 1) AS new_values FROM values_in_order GROUP BY no, part`;
const PART_CHANGES = `SELECT no, part, sum(event_count) AS event_count, ${NO_SUMS}, sum(change) AS new_values FROM value_changes GROUP BY no, part`;

const valueChanges = (operations: string): string => `, value_states AS (
      SELECT DISTINCT ON (no, value_hash, part) no, value_hash, part, (NOT last_removed)::integer AS present, sum(event_count) OVER (PARTITION BY no, value_hash, part) AS event_count
      FROM (${operations}) AS operations ORDER BY no, value_hash, part, last_at DESC, last_identity DESC
    ), value_changes AS (
      SELECT no, part, event_count, present - lag(present, 1, 0) OVER (PARTITION BY no, value_hash ORDER BY part) AS change FROM value_states
    )`;
