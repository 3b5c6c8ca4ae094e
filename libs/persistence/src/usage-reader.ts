import { type Aggregation, type Decimal, ZERO, decimal } from '@tallymark/domain';
import { Window, alignedPart, bucketStart } from '@tallymark/date-window';
import type { EntityManager } from 'typeorm';
import { shardKey } from './event-identity.js';
import { foldOf, requestedEvents } from './fold-sql.js';

/** One question: what did these subjects use of this meter in this window? */
export interface UsageRequest {
  readonly organizationId: string;
  readonly meter: { readonly id: string; readonly aggregation: Aggregation; readonly recurring: boolean };
  readonly subjects: readonly string[];
  readonly window: Window;
  /** Dimensions of the meter to keep apart; absent for one total. */
  readonly groupBy?: readonly string[];
}

/** `events` reads the log alone, to check what the buckets say. */
export type UsageSource = 'buckets' | 'events';

/** One answer; `group` holds the values of the requested dimensions (null where events lack one). */
export interface UsageAnswer {
  readonly group: Readonly<Record<string, string | null>>;
  /** In meter units. Null when there is no value at all: a minimum, maximum, average or latest of nothing. */
  readonly value: Decimal | null;
  readonly eventCount: Decimal;
}

interface AnswerRecord {
  readonly request: number;
  readonly group_values: Record<string, string | null>;
  readonly event_count: string;
  readonly value_count: string;
  readonly sum: string;
  readonly min: string | null;
  readonly max: string | null;
  readonly latest: string | null;
  readonly distinct_count: string;
}

/** The dimensions of a row, cut down to those a request keeps apart. */
const GROUP = `CASE WHEN r.group_by = '{}' THEN '{}'::jsonb ELSE (SELECT jsonb_object_agg(g, x.dimensions -> g) FROM unnest(r.group_by) AS g) END`;

/**
 * Answers many usage questions in one query, from buckets where a window covers them whole and from the events where it cuts one: exact at any bound.
 *
 * A recurring `latest` meter (a gauge) answers with the last value before the window's end, from whatever time it dates: it stands until it changes.
 *
 * @returns for each request its answers; without `groupBy` exactly one, zero where nothing was used.
 */
export async function readUsage(
  manager: EntityManager,
  requests: readonly UsageRequest[],
  source: UsageSource = 'buckets',
): Promise<UsageAnswer[][]> {
  if (requests.length === 0) return [];
  const scans = requests.flatMap(source === 'buckets' ? scansOf : eventScansOf);
  const cut = scans.some((scan) => scan.kind === 'events');
  const groupByLists = scans.map((scan) => JSON.stringify(requests[scan.request]!.groupBy ?? []));
  const records: AnswerRecord[] = await manager.query(usageSql(cut), [
    scans.map((scan) => scan.request),
    scans.map((scan) => scan.kind),
    scans.map((scan) => shardKey(requests[scan.request]!.organizationId, scan.subject)),
    scans.map((scan) => requests[scan.request]!.meter.id),
    scans.map((scan) => scan.subject),
    scans.map((scan) => scan.from),
    scans.map((scan) => scan.to),
    groupByLists,
  ]);
  const answers = requests.map((): UsageAnswer[] => []);
  for (const record of records) {
    const request = requests[record.request]!;
    answers[record.request]!.push({
      group: record.group_values,
      value: valueOf(request.meter.aggregation, record),
      eventCount: decimal(record.event_count),
    });
  }
  requests.forEach((request, index) => {
    if ((request.groupBy ?? []).length === 0 && answers[index]!.length === 0)
      answers[index]!.push({ group: {}, value: emptyValue(request.meter.aggregation), eventCount: ZERO });
  });
  return answers;
}

interface Scan {
  readonly request: number;
  readonly kind: 'buckets' | 'events';
  readonly subject: string;
  readonly from: Date;
  readonly to: Date;
}

const BEGINNING_OF_TIME = new Date(0);

function scansOf(request: UsageRequest, index: number): Scan[] {
  const gauge = isGauge(request);
  const { from, to } = request.window;
  const { before, aligned, after } = alignedPart(gauge ? Window.of(bucketStart(from), to) : request.window);
  const buckets = gauge ? { from: BEGINNING_OF_TIME, to: aligned?.to ?? bucketStart(from) } : aligned;
  return request.subjects.flatMap((subject) => [
    ...(buckets ? [{ request: index, kind: 'buckets' as const, subject, from: buckets.from, to: buckets.to }] : []),
    ...[before, after]
      .filter((edge) => edge !== null)
      .map((edge) => ({ request: index, kind: 'events' as const, subject, from: edge.from, to: edge.to })),
  ]);
}

function eventScansOf(request: UsageRequest, index: number): Scan[] {
  const { from, to } = request.window;
  return request.subjects.map((subject) => ({
    request: index,
    kind: 'events',
    subject,
    from: isGauge(request) ? BEGINNING_OF_TIME : from,
    to,
  }));
}

/** A gauge's value stands until the next event, however long ago the last one was. */
function isGauge({ meter }: UsageRequest): boolean {
  return meter.aggregation === 'latest' && meter.recurring;
}

function usageSql(cut: boolean): string {
  const request = `request AS (
    SELECT r.no, r.kind, r.shard_key, r.meter_id, r.subject, r."from", r."to", ARRAY(SELECT jsonb_array_elements_text(r.group_by)) AS group_by
    FROM unnest($1::integer[], $2::text[], $3::bigint[], $4::uuid[], $5::text[], $6::timestamptz[], $7::timestamptz[], $8::jsonb[])
      AS r (no, kind, shard_key, meter_id, subject, "from", "to", group_by)
  )`;
  const range = `x.shard_key = r.shard_key AND x.meter_id = r.meter_id AND x.subject = r.subject AND x.bucket_start >= r."from" AND x.bucket_start < r."to"`;
  return `
    WITH ${request}${cut ? `, ${foldOf(requestedEvents(), ['r.no', 'r.group_by'])}` : ''}, rows AS (
      SELECT r.no, ${GROUP} AS group_values, x.event_count, x.value_count, x.sum, x.min, x.max, x.latest, x.latest_at, x.latest_identity
      FROM request r JOIN usage_bucket x ON ${range} WHERE r.kind = 'buckets'
      ${cut ? `UNION ALL SELECT r.no, ${GROUP}, r.event_count, r.value_count, r.sum, r.min, r.max, r.latest, r.latest_at, r.latest_identity FROM folded r, LATERAL (SELECT r.dimensions) AS x` : ''}
    ), totals AS (
      SELECT no, group_values, sum(event_count) AS event_count, sum(value_count) AS value_count, sum(sum) AS sum, min(min) AS min, max(max) AS max,
        (array_agg(latest ORDER BY latest_at DESC, latest_identity DESC) FILTER (WHERE latest IS NOT NULL))[1] AS latest, 0::bigint AS distinct_count
      FROM rows GROUP BY no, group_values
    ), values_seen AS (
      SELECT r.no, ${GROUP} AS group_values, x.value_hash, x.event_count FROM request r JOIN usage_unique x ON ${range} WHERE r.kind = 'buckets'
      ${cut ? `UNION ALL SELECT r.no, ${GROUP}, r.value_hash, r.event_count FROM distinct_values r, LATERAL (SELECT r.dimensions) AS x` : ''}
    ), distinct_totals AS (
      SELECT no, group_values, sum(event_count) AS event_count, 0::bigint AS value_count, 0::numeric AS sum, NULL::numeric AS min, NULL::numeric AS max, NULL::numeric AS latest,
        count(DISTINCT value_hash) AS distinct_count
      FROM values_seen GROUP BY no, group_values
    )
    SELECT no AS request, group_values, event_count, value_count, sum, min, max, latest, distinct_count FROM totals
    UNION ALL SELECT * FROM distinct_totals
    ORDER BY request, group_values`;
}

function valueOf(aggregation: Aggregation, record: AnswerRecord): Decimal | null {
  const optional = (text: string | null): Decimal | null => (text === null ? null : decimal(text));
  switch (aggregation) {
    case 'count':
      return decimal(record.event_count);
    case 'sum':
      return decimal(record.sum);
    case 'min':
      return optional(record.min);
    case 'max':
      return optional(record.max);
    case 'latest':
      return optional(record.latest);
    case 'unique_count':
      return decimal(record.distinct_count);
    case 'avg':
      return record.value_count === '0' ? null : decimal(record.sum).div(decimal(record.value_count));
    case 'time_weighted_sum':
      throw new RangeError('time_weighted_sum is not folded into buckets');
  }
}

/** What a meter comes to when nothing was used: zero, or null for a minimum, maximum, average or latest of nothing. */
export function emptyValue(aggregation: Aggregation): Decimal | null {
  return aggregation === 'count' || aggregation === 'sum' || aggregation === 'unique_count' ? ZERO : null;
}
