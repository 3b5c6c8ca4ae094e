import { type AlignedParts, Window, alignedPart, isBucketAligned } from '@tallymark/date-window';
import { type Aggregation, type Decimal, ZERO, decimal, maxDecimal, minDecimal } from '@tallymark/domain';
import type { EntityManager } from 'typeorm';
import { shardKey } from './event-identity.js';
import { foldOf, requestedEvents } from './fold-sql.js';
import { type UsageRequest, emptyValue, readUsage } from './usage-reader.js';

/** One question: what had these subjects used of this meter, since the first bound, at each of the later bounds? */
export interface UsageSeriesRequest extends Pick<UsageRequest, 'organizationId' | 'meter' | 'subjects'> {
  /** Ascending, at least two. */
  readonly bounds: readonly Date[];
}

/** Usage accumulated since the first bound of a series. */
export interface AccumulatedUsage {
  /** In meter units; zero when there is no value at all. */
  readonly value: Decimal;
  readonly eventCount: Decimal;
}

/** Nothing used yet. */
export const NOTHING_USED: AccumulatedUsage = { value: ZERO, eventCount: ZERO };

/** About the most scans of one query, so that no query grows with the number of subscriptions. */
const SCANS_PER_QUERY = 2_000;

/**
 * Reads how usage accumulates, in few queries: for each request the usage of `[bounds[0], bounds[n])` for every n from 1 on, in order. Each is what
 * `readUsage` answers for that window, but rows are read once, not once per window. A recurring gauge begins with the value that stood before.
 */
export async function readUsageSeries(manager: EntityManager, requests: readonly UsageSeriesRequest[]): Promise<AccumulatedUsage[][]> {
  const standing = await readStanding(manager, requests);
  const parts = requests.map(({ bounds }) => new Array<PartRecord | undefined>(bounds.length - 1));
  for (const scans of groupScans(requests)) {
    for (const record of await readParts(manager, requests, scans)) parts[record.no]![record.part - 1] = record;
  }
  return requests.map(({ meter }, no) => accumulate(meter.aggregation, Array.from(parts[no]!), standing[no]!));
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

/** What one part of a series, between two bounds, has by itself. */
interface PartRecord {
  readonly no: number;
  readonly part: number;
  readonly event_count: string;
  readonly value_count: string;
  readonly sum: string;
  readonly min: string | null;
  readonly max: string | null;
  readonly latest: string | null;
  readonly new_values: string;
}

/** Whole buckets are scanned in one go where the bounds between them lie on the grid; what a bound cuts is read from the events. */
function scansOf({ bounds, subjects, meter }: UsageSeriesRequest, no: number): Scan[] {
  const kind = meter.aggregation === 'unique_count' ? 'values' : 'buckets';
  const { buckets, edges } = partsOf(bounds);
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

/** The value of each recurring gauge that stood when its series began. */
async function readStanding(manager: EntityManager, requests: readonly UsageSeriesRequest[]): Promise<(Decimal | null)[]> {
  const gauges = requests.map(({ meter }, no) => ({ meter, no })).filter(({ meter }) => meter.aggregation === 'latest' && meter.recurring);
  const standing = requests.map((): Decimal | null => null);
  const questions = gauges.map(({ no }): UsageRequest => {
    const { bounds, ...of } = requests[no]!;
    return { ...of, window: Window.of(new Date(bounds[0]!.getTime() - 1), bounds[0]!) };
  });
  const answers = await readUsage(manager, questions);
  gauges.forEach(({ no }, index) => (standing[no] = answers[index]![0]!.value));
  return standing;
}

async function readParts(manager: EntityManager, requests: readonly UsageSeriesRequest[], scans: readonly Scan[]): Promise<PartRecord[]> {
  const cut = scans.some((scan) => scan.kind === 'events');
  return manager.query(seriesSql(cut), [
    scans.map((scan) => scan.no),
    scans.map((scan) => scan.kind),
    scans.map((scan) => shardKey(requests[scan.no]!.organizationId, scan.subject)),
    scans.map((scan) => requests[scan.no]!.meter.id),
    scans.map((scan) => scan.subject),
    scans.map((scan) => scan.from),
    scans.map((scan) => scan.to),
    scans.map((scan) => JSON.stringify(requests[scan.no]!.bounds)),
  ]);
}

/** Between which two bounds of the series an event lies. */
const PART_OF = `CROSS JOIN LATERAL (SELECT width_bucket(e.occurred_at, r.bounds) AS part) AS p`;

/** A distinct value belongs to the first part in which it came: that is what it adds. */
function seriesSql(cut: boolean): string {
  const range = `x.shard_key = r.shard_key AND x.meter_id = r.meter_id AND x.subject = r.subject AND x.bucket_start >= r."from" AND x.bucket_start < r."to"`;
  return `
    WITH request AS (
      SELECT r.no, r.kind, r.shard_key, r.meter_id, r.subject, r."from", r."to", ARRAY(SELECT jsonb_array_elements_text(r.bounds)::timestamptz) AS bounds
      FROM unnest($1::integer[], $2::text[], $3::bigint[], $4::uuid[], $5::text[], $6::timestamptz[], $7::timestamptz[], $8::jsonb[])
        AS r (no, kind, shard_key, meter_id, subject, "from", "to", bounds)
    )${cut ? `, ${foldOf(requestedEvents(PART_OF), ['r.no', 'p.part'])}` : ''}, rows AS (
      SELECT r.no, width_bucket(x.bucket_start, r.bounds) AS part, x.event_count, x.value_count, x.sum, x.min, x.max, x.latest, x.latest_at, x.latest_identity
      FROM request r JOIN usage_bucket x ON ${range} WHERE r.kind = 'buckets'
      ${cut ? 'UNION ALL SELECT no, part, event_count, value_count, sum, min, max, latest, latest_at, latest_identity FROM folded' : ''}
    ), values_seen AS (
      SELECT r.no, width_bucket(x.bucket_start, r.bounds) AS part, x.value_hash, x.event_count FROM request r JOIN usage_unique x ON ${range} WHERE r.kind = 'values'
      ${cut ? 'UNION ALL SELECT no, part, value_hash, event_count FROM distinct_values' : ''}
    ), values_in_order AS (
      SELECT no, part, event_count, row_number() OVER (PARTITION BY no, value_hash ORDER BY part) AS nth FROM values_seen
    )
    SELECT no, part, sum(event_count) AS event_count, sum(value_count) AS value_count, sum(sum) AS sum, min(min) AS min, max(max) AS max,
      (array_agg(latest ORDER BY latest_at DESC, latest_identity DESC) FILTER (WHERE latest IS NOT NULL))[1] AS latest, 0::bigint AS new_values
    FROM rows GROUP BY no, part
    UNION ALL
    SELECT no, part, sum(event_count), 0, 0, NULL, NULL, NULL, count(*) FILTER (WHERE nth = 1) FROM values_in_order GROUP BY no, part`;
}

/** Usage so far. `sum` and `valueCount` are kept for averages alone. */
interface Running {
  readonly value: Decimal | null;
  readonly eventCount: Decimal;
  readonly sum: Decimal;
  readonly valueCount: Decimal;
}

function accumulate(aggregation: Aggregation, parts: readonly (PartRecord | undefined)[], standing: Decimal | null): AccumulatedUsage[] {
  let running: Running = { value: standing ?? emptyValue(aggregation), eventCount: ZERO, sum: ZERO, valueCount: ZERO };
  let answer: AccumulatedUsage = { value: running.value ?? ZERO, eventCount: ZERO };
  return parts.map((part) => {
    if (part !== undefined) {
      running = addPart(aggregation, running, part);
      answer = { value: running.value ?? ZERO, eventCount: running.eventCount };
    }
    return answer;
  });
}

function addPart(aggregation: Aggregation, before: Running, part: PartRecord): Running {
  const eventCount = before.eventCount.plus(decimal(part.event_count));
  if (aggregation !== 'avg') return { ...before, eventCount, value: addValue(aggregation, before.value, part) };
  const sum = before.sum.plus(decimal(part.sum));
  const valueCount = before.valueCount.plus(decimal(part.value_count));
  return { eventCount, sum, valueCount, value: valueCount.eq(ZERO) ? null : sum.div(valueCount) };
}

function addValue(aggregation: Exclude<Aggregation, 'avg'>, before: Decimal | null, part: PartRecord): Decimal | null {
  switch (aggregation) {
    case 'count':
      return (before ?? ZERO).plus(decimal(part.event_count));
    case 'sum':
      return (before ?? ZERO).plus(decimal(part.sum));
    case 'unique_count':
      return (before ?? ZERO).plus(decimal(part.new_values));
    case 'min':
      return either(before, part.min, minDecimal);
    case 'max':
      return either(before, part.max, maxDecimal);
    case 'latest':
      return part.latest === null ? before : decimal(part.latest);
    case 'time_weighted_sum':
      throw new RangeError('time_weighted_sum is not folded into buckets');
  }
}

function either(before: Decimal | null, text: string | null, choose: (a: Decimal, b: Decimal) => Decimal): Decimal | null {
  if (text === null) return before;
  return before === null ? decimal(text) : choose(before, decimal(text));
}
