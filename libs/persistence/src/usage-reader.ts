import { type Decimal, type Meter, ZERO, decimal } from '@tallymark/domain';
import type { Window } from '@tallymark/date-window';
import type { EntityManager } from 'typeorm';
import { type AggregateRecord, aggregateOf, emptyValue } from './aggregate.js';
import { knownShardKey } from './known-shards.js';
import { foldOf, requestedEvents } from './fold-sql.js';
import { type PreparedStatement, type Read, askIn } from './read-batch.js';
import { statementName } from './statement-name.js';
import type { SettledUsage } from './settled-usage.js';
import { plainUsageRead } from './usage-plain.js';
import { type LevelStretch, addLevels, levelStretchesOf } from './usage-levels.js';
import { type Scan, levelScansOf, rangeOf, scansOf } from './usage-scans.js';
import { type UsageSource, effectiveIn } from './usage-source.js';

/** What reading a meter's usage takes. */
export type ReadMeter = Pick<Meter, 'id' | 'aggregation' | 'recurring' | 'rounding' | 'timeUnit' | 'operationProperty'>;

/** Dimension → the values that count; null for events that lack it. All dimensions must fit. */
export type DimensionFilters = Readonly<Record<string, readonly (string | null)[]>>;

/** One question: what did these subjects use of this meter in this window? */
export interface UsageRequest {
  readonly organizationId: string;
  readonly meter: ReadMeter;
  readonly subjects: readonly string[];
  readonly window: Window;
  /** The billing period that a level weighed by `period` is a share of; the window itself where absent. */
  readonly whole?: Window;
  /** Dimensions of the meter to keep apart; absent for one total. */
  readonly groupBy?: readonly string[];
  /** Absent for all usage. */
  readonly filters?: DimensionFilters;
}

/** One answer; `group` holds the values of the requested dimensions (null where events lack one). */
export interface UsageAnswer {
  readonly group: Readonly<Record<string, string | null>>;
  /** In meter units, rounded as the meter says. Null when there is no value at all: a minimum, maximum, average or latest of nothing. */
  readonly value: Decimal | null;
  /** Events in the window; those before it, on which a recurring value rests too, are not counted. */
  readonly eventCount: Decimal;
  /** What the events of the window bear themselves, in major currency units; null where the meter reads no amount, or nothing was used. */
  readonly amount: Decimal | null;
}

/** The sums that make one answer. */
export interface AnswerRecord extends AggregateRecord {
  readonly request: number;
  readonly group_values: Record<string, string | null>;
  readonly amount: string | null;
}

/**
 * Answers many usage questions in one query, from buckets where a window covers them whole and from the events where it cuts one: exact at any bound.
 *
 * A recurring meter rests on what was before the window too, however long ago: a sum is the level at the window's end, a unique count counts what
 * is there at its end, `latest` stands until it changes, and a level weighed by time begins the window where it stood.
 *
 * @returns for each request its answers; without `groupBy` exactly one, zero where nothing was used.
 */
export async function readUsage(
  manager: EntityManager,
  requests: readonly UsageRequest[],
  source: UsageSource = 'buckets',
): Promise<UsageAnswer[][]> {
  return requests.length === 0 ? [] : askIn(manager, usageRead(requests, source));
}

/**
 * The question of {@link readUsage}, by itself. `requests` are at least one.
 *
 * @param settled remembers what came in days long past, where it is given; the answer may then throw `NotSettled`
 */
export function usageRead(
  requests: readonly UsageRequest[],
  source: UsageSource = 'buckets',
  settled?: SettledUsage,
): Read<UsageAnswer[][]> {
  const plain = source === 'buckets' ? plainUsageRead(requests, settled) : null;
  if (plain !== null) return { ...plain, answer: (rows) => answersOf(requests, [], [[...plain.answer(rows)]]) };
  const stretches = levelStretchesOf(requests);
  const questions = [...requests, ...stretches.map((stretch) => stretch.question)];
  const scans = questions.flatMap((question, index) =>
    index < requests.length ? scansOf(question, index, source === 'buckets') : levelScansOf(question, index, source === 'buckets'),
  );
  const statement = usageStatement({
    source,
    counted: questions.some(({ meter }) => meter.aggregation !== 'unique_count'),
    distinct: questions.some(({ meter }) => meter.aggregation === 'unique_count'),
    latest: questions.some(({ meter }) => meter.aggregation === 'latest'),
    cut: scans.some((scan) => scan.kind === 'events'),
    grouped: questions.some(({ groupBy }) => groupBy !== undefined && groupBy.length > 0),
    filtered: questions.some(({ filters }) => filters !== undefined && Object.keys(filters).length > 0),
    operated: requests.some(({ meter }) => meter.operationProperty !== null),
  });
  return {
    statement,
    values: parametersOf(questions, scans),
    answer: (rows: readonly AnswerRecord[]) => answersOf(requests, stretches, recordsOf(questions, rows)),
  };
}

function recordsOf(questions: readonly UsageRequest[], rows: readonly AnswerRecord[]): AnswerRecord[][] {
  const found = questions.map((): AnswerRecord[] => []);
  for (const record of rows) found[record.request]!.push(record);
  return found;
}

/** @param found the records of the requests, and then those of the stretches. */
function answersOf(
  requests: readonly UsageRequest[],
  stretches: readonly LevelStretch[],
  found: readonly AnswerRecord[][],
): UsageAnswer[][] {
  const records = addLevels(requests, found.slice(0, requests.length), stretches, found.slice(requests.length));
  const answers = requests.map(({ meter, window, whole }, index) =>
    records[index]!.map((record): UsageAnswer => ({
      group: record.group_values,
      value: aggregateOf(meter, record, { window, whole: whole ?? window }),
      eventCount: decimal(record.event_count),
      amount: record.amount === null ? null : decimal(record.amount),
    })),
  );
  requests.forEach((request, index) => {
    if ((request.groupBy ?? []).length === 0 && answers[index]!.length === 0)
      answers[index]!.push({ group: {}, value: emptyValue(request.meter.aggregation), eventCount: ZERO, amount: null });
  });
  return answers;
}

function parametersOf(requests: readonly UsageRequest[], scans: readonly Scan[]): unknown[] {
  const of = (scan: Scan): UsageRequest => requests[scan.request]!;
  return [
    scans.map((scan) => scan.request),
    scans.map((scan) => scan.kind),
    scans.map((scan) => knownShardKey(of(scan).organizationId, scan.subject)),
    scans.map((scan) => of(scan).meter.id),
    scans.map((scan) => scan.subject),
    scans.map((scan) => scan.from),
    scans.map((scan) => scan.to),
    scans.map((scan) => scan.levelAt),
    scans.map((scan) => JSON.stringify(of(scan).groupBy ?? [])),
    scans.map((scan) => JSON.stringify(of(scan).filters ?? {})),
    ...rangeOf(scans.filter(({ kind }) => kind === 'buckets')),
  ];
}

/** The dimensions of a row, cut down to those a request keeps apart. */
const GROUP = `CASE WHEN r.group_by = '{}' THEN '{}'::jsonb ELSE (SELECT jsonb_object_agg(g, x.dimensions -> g) FROM unnest(r.group_by) AS g) END`;
const PASSES = `(r.filters = '{}' OR NOT EXISTS (SELECT FROM jsonb_each(r.filters) AS f WHERE NOT f.value @> coalesce(x.dimensions -> f.key, 'null')))`;
const IN_RANGE = `x.shard_key = r.shard_key AND x.meter_id = r.meter_id AND x.subject = r.subject AND x.bucket_start >= r."from" AND x.bucket_start < r."to" AND x.bucket_start >= $11::timestamptz AND x.bucket_start < $12::timestamptz`;
const VALUES = 'x.event_count, x.value_count, x.sum, x.min, x.max, x.latest, x.latest_at, x.latest_identity, x.weighted, x.amount';
/** A value from before the window counts in it; the events that brought it do not. */
const SEEN = `x.value_hash, CASE WHEN r.level_at IS NULL THEN x.event_count ELSE 0 END AS event_count`;
const OPERATION = `x.last_removed, x.last_at, x.last_identity`;
const FOLD_COLUMNS = ['r.no', 'r.group_by', 'r.filters', 'r.level_at'];
const UNIQUE_TOTALS = `0::bigint AS value_count, 0::numeric AS sum, NULL::numeric AS min, NULL::numeric AS max, NULL::numeric AS latest, NULL::numeric AS weighted, NULL::numeric AS amount`;

/** What a question has to look at. What is not asked for is not in the statement: each part takes its time to plan and to start. */
interface UsageParts {
  readonly source: UsageSource;
  /** Sums of events or of their values. */
  readonly counted: boolean;
  /** The value that came last: to know it, rows have to be sorted. */
  readonly latest: boolean;
  /** Distinct values. */
  readonly distinct: boolean;
  /** Events at the edges of a window. */
  readonly cut: boolean;
  /** Dimensions that are kept apart. */
  readonly grouped: boolean;
  readonly filtered: boolean;
  /** Distinct values that events take out again. */
  readonly operated: boolean;
}

const statements = new Map<string, PreparedStatement>();

function usageStatement(parts: UsageParts): PreparedStatement {
  const { source, ...flags } = parts;
  const from = typeof source === 'string' ? source : `as_of_${source.eventsAsOf.getTime()}`;
  const name = statementName(`usage_${from}`, flags);
  const statement = statements.get(name) ?? { name, sql: usageSql(parts) };
  // What stood at an instant has the instant in its text, and is rarely asked: to keep those would be to keep ever more.
  if (typeof source === 'string') statements.set(name, statement);
  return statement;
}

const TOTALS = 'group_values, event_count, value_count, sum, min, max, latest, weighted, amount, distinct_count';

function usageSql({ source, counted, latest, distinct, cut, grouped, filtered, operated }: UsageParts): string {
  const group = grouped ? GROUP : `'{}'::jsonb`;
  const passes = filtered ? PASSES : 'true';
  const both = (columns: string, table: string, fold: string, condition = 'true'): string => `
      SELECT r.no, ${group} AS group_values, ${columns} FROM request r JOIN ${table} x ON ${IN_RANGE} AND ${passes} WHERE r.kind = 'buckets' AND ${condition}
      ${cut ? `UNION ALL SELECT r.no, ${group}, ${columns} FROM ${fold} r, LATERAL (SELECT r.*) AS x WHERE ${passes} AND ${condition}` : ''}`;
  // Materialized, or its lists are read anew for every row that is joined.
  return `
    WITH request AS MATERIALIZED (
      SELECT r.no, r.kind, r.shard_key, r.meter_id, r.subject, r."from", r."to", r.level_at, ARRAY(SELECT jsonb_array_elements_text(r.group_by)) AS group_by, r.filters
      FROM unnest($1::integer[], $2::text[], $3::bigint[], $4::uuid[], $5::text[], $6::timestamptz[], $7::timestamptz[], $8::timestamptz[], $9::jsonb[], $10::jsonb[])
        AS r (no, kind, shard_key, meter_id, subject, "from", "to", level_at, group_by, filters)
    )${cut ? `, ${foldOf(requestedEvents(effectiveIn(source)), FOLD_COLUMNS)}` : ''}${counted ? countedTotals(both(VALUES, 'usage_bucket', 'folded'), latest) : ''}${
      distinct ? distinctTotals(both(SEEN, 'usage_unique', 'distinct_values', 'x.last_at IS NULL')) : ''
    }${operated ? presentTotals(both(`${SEEN}, ${OPERATION}`, 'usage_unique', 'distinct_values', 'x.last_at IS NOT NULL')) : ''}
    ${[counted ? 'totals' : '', distinct ? 'distinct_totals' : '', operated ? 'present_totals' : '']
      .filter((part) => part !== '')
      .map((part) => `SELECT no AS request, ${TOTALS} FROM ${part}`)
      .join(' UNION ALL ')}
    ORDER BY request, group_values`;
}

export const LATEST = '(array_agg(latest ORDER BY latest_at DESC, latest_identity DESC) FILTER (WHERE latest IS NOT NULL))[1]';

const countedTotals = (rows: string, latest: boolean): string => `, rows AS (${rows}
    ), totals AS (
      SELECT no, group_values, sum(event_count) AS event_count, sum(value_count) AS value_count, sum(sum) AS sum, min(min) AS min, max(max) AS max,
        ${latest ? LATEST : 'NULL::numeric'} AS latest,
        sum(weighted) AS weighted, sum(amount) AS amount, 0::bigint AS distinct_count
      FROM rows GROUP BY no, group_values
    )`;

const distinctTotals = (values: string): string => `, values_seen AS (${values}
    ), distinct_totals AS (
      SELECT no, group_values, sum(event_count) AS event_count, ${UNIQUE_TOTALS}, count(DISTINCT value_hash) AS distinct_count
      FROM values_seen GROUP BY no, group_values
    )`;

/** A value is there when the latest operation on it, of all that were asked for, did not take it out. */
const presentTotals = (operations: string): string => `, operations AS (${operations}
    ), last_operations AS (
      SELECT DISTINCT ON (no, group_values, value_hash) no, group_values, last_removed, sum(event_count) OVER (PARTITION BY no, group_values, value_hash) AS event_count
      FROM operations ORDER BY no, group_values, value_hash, last_at DESC, last_identity DESC
    ), present_totals AS (
      SELECT no, group_values, sum(event_count) AS event_count, ${UNIQUE_TOTALS}, count(*) FILTER (WHERE NOT last_removed) AS distinct_count
      FROM last_operations GROUP BY no, group_values
    )`;
