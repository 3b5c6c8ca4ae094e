import type { FoldMeter } from './fold-meter.js';
import type { NamedQuery, PassInput } from './fold-pass.js';
import { BUCKET_START } from './fold-sql.js';
import {
  type LatestForm,
  canLookUpLatest,
  eventsAt,
  isGaugeOf,
  latestOfRows,
  latestRow,
  latestTime,
  lookUpLatest,
  partsOfLatest,
} from './pass-latest.js';
import { Columns, SUBJECT_KEYS, byShape, dimensionsOf, lookUp, passesIn } from './pass-columns.js';
import type { SqlParameters } from './sql-parameters.js';

/** The buckets of meters. */
export interface BucketQueries {
  /** The sums per combination of everything that any of the meters keeps apart. */
  readonly sums: NamedQuery;
  /** What each meter makes of them. */
  readonly folded: NamedQuery;
}

/** How events of one kind become buckets. */
export function bucketQueries(
  { name, meters, condition: ofSource, inSteps = false, serverVersion }: PassInput,
  organization: string,
  parameters: SqlParameters,
): BucketQueries {
  const properties = new Columns('p');
  const dimensions = new Set(meters.flatMap((meter) => Object.values(meter.group_by)).map((path) => properties.of(path)));
  const flags = new Columns('f');
  const values = new Columns('v');
  const amounts = new Columns('a');
  const latest = new Set<string>();
  const weighted = new Set<string>();
  for (const { aggregation, value_property: value, amount_property: amount } of meters) {
    if (value !== null) {
      const column = values.of(value);
      if (aggregation === 'latest') latest.add(column);
      if (aggregation === 'time_weighted_sum') weighted.add(column);
    }
    if (amount !== null) amounts.of(amount);
  }
  const shapes = byShape(meters).map((alike) => {
    const { filters, group_by: groupBy } = alike[0]!;
    const isKept = filters.every(({ property }) => dimensions.has(properties.of(property)));
    const passes = passesIn(filters, properties, parameters);
    const condition = filters.length === 0 ? 'true' : isKept ? passes : flags.of(passes);
    return { alike, condition, keys: [...new Set(Object.values(groupBy).map((path) => properties.of(path)))] };
  });
  const apart = [...dimensions, ...flags.list().map(([, column]) => column)];
  const keys = [SUBJECT_KEYS, ...apart].join(', ');
  const found = [
    ...properties.list().map(([path, column]) => `${lookUp(path, 'text', parameters)} AS ${column}`),
    ...values.list().map(([path, column]) => `${lookUp(path, 'json', parameters)} AS ${column}`),
    ...amounts.list().map(([path, column]) => `${lookUp(path, 'json', parameters)} AS ${column}`),
  ];
  const numbers = [...values.list(), ...amounts.list()].map(([, column]) => column);
  const columns = [
    SUBJECT_KEYS,
    'occurred_at, identity',
    ...dimensions,
    ...flags.list().map(([passes, column]) => `${passes} AS ${column}`),
  ];
  // Each level is fenced: without the fences what is found would be looked up again for each of its uses.
  const valuesOf = (source: string): string => `
        SELECT ${[SUBJECT_KEYS, 'occurred_at, identity', ...apart, ...numbers.map(boundedNumber)].join(', ')}
        FROM (
          SELECT ${[...columns, ...numbers.map(numberOf)].join(', ')}
          FROM (SELECT ${[`e.shard_key, e.subject, ${BUCKET_START} AS bucket_start, e.occurred_at, e.identity`, ...found].join(', ')} FROM ${source} WHERE ${ofSource} OFFSET 0) AS found
          OFFSET 0
        ) AS numbers
        OFFSET 0`;
  const isLookedUp = inSteps && canLookUpLatest(meters);
  const form = { isJson: inSteps, serverVersion };
  const sums = {
    name: `${name}_finest`,
    query: `
      SELECT ${[
        keys,
        'count(*) AS n',
        ...values.list().flatMap(([, v]) => sumsOf(v, weighted.has(v))),
        ...[...latest].map((v) => (isLookedUp ? latestTime(v) : latestRow(v, form))),
        ...amounts.list().map(([, a]) => `sum(coalesce(${a}, 0)) AS ${a}`),
      ].join(', ')}
      FROM (${valuesOf('event e')}) AS event_values
      GROUP BY ${keys}`,
  };
  const latestOf = (v: string, condition: string): string => lookUpLatest(v, condition, valuesOf(eventsAt(`s.${v}_latest_at`)));
  const shared = { finest: sums.name, values, amounts, latest, weighted, form, ...(isLookedUp && { latestOf }) };
  const rollUps = shapes.map((shape) => {
    const isFinest = flags.list().length === 0 && shape.keys.length === dimensions.size;
    return rollUp({ ...shared, ...shape, isFinest }, properties, organization, parameters);
  });
  return { sums, folded: { name: `${name}_folded`, query: rollUps.join(' UNION ALL ') } };
}

/** A number, or a string that may be one. Of strings `event_value` knows which. */
const numberOf = (column: string): string =>
  `CASE jsonb_typeof(${column}) WHEN 'number' THEN ${column}::numeric WHEN 'string' THEN event_value(${column}) END AS ${column}`;
/** What `event_value` makes of a number. */
const boundedNumber = (column: string): string =>
  `CASE WHEN abs(${column}) < 1e30 AND scale(${column}) <= 130 THEN trim_scale(${column}) END AS ${column}`;

function sumsOf(v: string, isWeighted: boolean): string[] {
  return [
    `count(${v}) AS ${v}_count, sum(${v}) AS ${v}_sum, min(${v}) AS ${v}_min, max(${v}) AS ${v}_max`,
    ...(isWeighted ? [`sum(coalesce(${v} * extract(epoch FROM occurred_at), 0)) AS ${v}_weighted`] : []),
  ];
}

interface RollUp {
  readonly finest: string;
  /** Whether there is nothing left to add up. */
  readonly isFinest: boolean;
  /** Meters of one shape. */
  readonly alike: readonly FoldMeter[];
  readonly condition: string;
  readonly keys: readonly string[];
  readonly values: Columns;
  readonly amounts: Columns;
  readonly latest: ReadonlySet<string>;
  readonly weighted: ReadonlySet<string>;
  /** How the sums carry the latest value. */
  readonly form: LatestForm;
  /** Joins it to the sums `s`, where these know its time alone. */
  readonly latestOf?: (v: string, condition: string) => string;
}

function rollUp(
  { finest, isFinest, alike, condition, keys, values, amounts, latest, weighted, form, latestOf }: RollUp,
  properties: Columns,
  organization: string,
  parameters: SqlParameters,
): string {
  const used = [...new Set(alike.flatMap(({ value_property: path }) => (path === null ? [] : [values.of(path)])))];
  const gauges = used.filter((v) => latest.has(v) && alike.some((meter) => isGaugeOf(meter, v, values)));
  const paid = [...new Set(alike.flatMap(({ amount_property: path }) => (path === null ? [] : [amounts.of(path)])))];
  const dimensions = dimensionsOf(alike[0]!, properties, parameters);
  const of = (sql: string, aggregate: string): string => (isFinest ? sql : `${aggregate}(${sql})`);
  const sums = [
    `${SUBJECT_KEYS}, ${dimensions.whole} AS whole, ${of('n', 'sum')}::bigint AS n`,
    ...used.flatMap((v) => [
      `${of(`${v}_count`, 'sum')}::bigint AS ${v}_count, coalesce(${of(`${v}_sum`, 'sum')}, 0) AS ${v}_sum`,
      `${of(`${v}_min`, 'min')} AS ${v}_min, ${of(`${v}_max`, 'max')} AS ${v}_max`,
    ]),
    ...gauges.map((v) => (latestOf ? `${of(`${v}_latest_at`, 'max')} AS ${v}_latest_at` : latestOfRows(v, isFinest, form))),
    ...used.filter((v) => weighted.has(v)).map((v) => `${of(`${v}_weighted`, 'sum')} AS ${v}_weighted`),
    ...paid.map((a) => `${of(a, 'sum')} AS ${a}`),
  ];
  const summed = `SELECT ${sums.join(', ')} FROM ${finest} WHERE ${condition} ${isFinest ? '' : `GROUP BY ${[SUBJECT_KEYS, ...keys].join(', ')}`} OFFSET 0`;
  const results = alike.map((meter) => resultsOf(meter, values, amounts));
  const kinds = [...new Set(results.map((result) => JSON.stringify(result)))];
  const kindOf = results.map((result) => kinds.indexOf(JSON.stringify(result)));
  const ids = parameters.add(
    alike.map(({ id }) => id),
    'uuid[]',
  );
  return `
      SELECT shard_key, m.meter_id, subject, bucket_start, ${dimensions.bounded} AS dimensions, ${organization} AS organization_id, n AS event_count, ${chooseResults(kinds.map(parseResults))}
      FROM (${latestOf && gauges.length > 0 ? `SELECT * FROM (${summed}) AS s ${gauges.map((v) => latestOf(v, condition)).join(' ')} OFFSET 0` : summed}) AS s
      CROSS JOIN unnest(${ids}, ${parameters.add(kindOf, 'integer[]')}) AS m (meter_id, kind)`;
}

const RESULTS = ['value_count', 'sum', 'min', 'max', 'latest', 'latest_at', 'latest_identity', 'weighted', 'amount'] as const;

/** What a meter keeps of the sums, in the order of {@link RESULTS}. */
function resultsOf(
  { aggregation, value_property: value, amount_property: amount }: FoldMeter,
  values: Columns,
  amounts: Columns,
): string[] {
  const v = value === null ? null : values.of(value);
  const latest = v !== null && aggregation === 'latest' ? partsOfLatest(v) : null;
  return [
    ...(v === null ? ['0::bigint', '0::numeric', 'NULL::numeric', 'NULL::numeric'] : [`${v}_count`, `${v}_sum`, `${v}_min`, `${v}_max`]),
    ...(latest === null ? ['NULL::numeric', 'NULL::timestamptz', 'NULL::uuid'] : [latest.value, latest.at, latest.identity]),
    v !== null && aggregation === 'time_weighted_sum' ? `${v}_weighted` : 'NULL::numeric',
    amount === null ? 'NULL::numeric' : amounts.of(amount),
  ];
}

function parseResults(json: string): readonly string[] {
  return JSON.parse(json) as readonly string[];
}

/** The columns of all kinds of results, of which each row has one: VALUES would be quicker to write, and prepares its expressions for every row again. */
function chooseResults(kinds: readonly (readonly string[])[]): string {
  return RESULTS.map((name, column) => {
    const choices = kinds.map((results) => results[column]!);
    const isOne = choices.every((choice) => choice === choices[0]);
    const cases = choices.map((choice, kind) => `WHEN ${kind} THEN ${choice}`).join(' ');
    return `${isOne ? choices[0]! : `CASE m.kind ${cases} END`} AS ${name}`;
  }).join(', ');
}
