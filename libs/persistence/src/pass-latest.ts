import type { FoldMeter } from './fold-meter.js';
import type { Columns } from './pass-columns.js';

/**
 * The latest value of a gauge, in two ways. Either the sums carry it: it is compared with every event. Or they carry its time alone, which takes
 * a tenth of the time of a round less, and the event is looked up once per bucket.
 */

/** The sum that carries a value with all that tells which is later. */
export const latestRow = (v: string): string => `max(ROW(occurred_at, identity, ${v})) FILTER (WHERE ${v} IS NOT NULL) AS ${v}_latest`;

/** The sum that carries the time alone. */
export const latestTime = (v: string): string => `max(occurred_at) FILTER (WHERE ${v} IS NOT NULL) AS ${v}_latest_at`;

/** Events `e` of the subject of `s` at one time, read over the log's key however little PostgreSQL knows of the log: that is what the fence is for. */
export const eventsAt = (time: string): string =>
  `(SELECT * FROM event c WHERE c.shard_key = s.shard_key AND c.occurred_at = ${time} AND c.subject = s.subject OFFSET 0) AS e`;

/**
 * Joins to the sums `s` of one shape what {@link latestRow} would have carried.
 *
 * @param eventValues the query of what the sums are made of, of those of {@link eventsAt}.
 */
export function lookUpLatest(
  v: string,
  { condition, keys }: { readonly condition: string; readonly keys: readonly string[] },
  eventValues: string,
): string {
  const isOfGroup = keys.map((key) => ` AND ${key} IS NOT DISTINCT FROM s.${key}`).join('');
  return `
      LEFT JOIN LATERAL (
        SELECT to_jsonb(ROW(occurred_at, identity, ${v})) AS ${v}_latest FROM (${eventValues}) AS event_values
        WHERE ${v} IS NOT NULL AND ${condition}${isOfGroup} ORDER BY identity DESC LIMIT 1
      ) AS of_${v} ON true`;
}

/** Whether a meter keeps the latest of a value. */
export const isGaugeOf = ({ aggregation, value_property: path }: FoldMeter, v: string, values: Columns): boolean =>
  aggregation === 'latest' && path !== null && values.of(path) === v;
