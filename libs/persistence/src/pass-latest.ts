import type { FoldMeter } from './fold-meter.js';
import { greatestRow } from './greatest-row.js';
import type { Columns } from './pass-columns.js';

/**
 * The latest value of a gauge, in two ways. Either the sums carry it: it is compared with every event. Or they carry its time alone, which takes
 * a tenth of the time of a round less, and the event is looked up once per bucket, among all of its subject at that time.
 *
 * To look it up is for gauges that keep nothing apart: one subject then has one bucket at a time. Where many devices of a subject report at one
 * instant and each has a bucket of its own, all their events would be read for each of them.
 */

/** Whether the latest values of meters can be looked up. */
export const canLookUpLatest = (meters: readonly FoldMeter[]): boolean =>
  meters.every(({ aggregation, group_by: groupBy }) => aggregation !== 'latest' || Object.keys(groupBy).length === 0);

/** How sums carry latest values. */
export interface LatestForm {
  /** As JSON, which takes longer and is for sums that become a table: no table holds rows of no named type. */
  readonly isJson: boolean;
  /** As `server_version_num`. */
  readonly serverVersion: number;
}

/** The sum that carries a value with all that tells which is later. */
export function latestRow(v: string, { isJson, serverVersion }: LatestForm): string {
  const latest = greatestRow(`ROW(occurred_at, identity, ${v})`, serverVersion, `${v} IS NOT NULL`);
  return `${isJson ? `to_jsonb(${latest})` : latest} AS ${v}_latest`;
}

/** What {@link latestRow} carries as JSON: the latest of several, or of the one that there is. */
export function latestOfRows(v: string, isOne: boolean, { isJson, serverVersion }: LatestForm): string {
  if (isOne) return isJson ? `${v}_latest` : `to_jsonb(${v}_latest) AS ${v}_latest`;
  const { at, identity, value } = partsOfLatest(v);
  const row = isJson ? `ROW(${at}, ${identity}, ${value})` : `${v}_latest`;
  return `to_jsonb(${greatestRow(row, serverVersion, `${v}_latest IS NOT NULL`)}) AS ${v}_latest`;
}

/** What {@link latestRow} is made of, of its JSON. */
export const partsOfLatest = (v: string): { readonly at: string; readonly identity: string; readonly value: string } => ({
  at: `(${v}_latest ->> 'f1')::timestamptz`,
  identity: `(${v}_latest ->> 'f2')::uuid`,
  value: `(${v}_latest ->> 'f3')::numeric`,
});

/** The sum that carries the time alone. */
export const latestTime = (v: string): string => `max(occurred_at) FILTER (WHERE ${v} IS NOT NULL) AS ${v}_latest_at`;

/** Events `e` of the subject of `s` at one time, read over the log's key however little PostgreSQL knows of the log: that is what the fence is for. */
export const eventsAt = (time: string): string =>
  `(SELECT * FROM event c WHERE c.shard_key = s.shard_key AND c.occurred_at = ${time} AND c.subject = s.subject OFFSET 0) AS e`;

/**
 * Joins to the sums `s` of one shape, which keeps nothing apart, what {@link latestRow} would have carried as JSON.
 *
 * @param condition what the events of the shape fulfil.
 * @param eventValues the query of what the sums are made of, of those of {@link eventsAt}.
 */
export function lookUpLatest(v: string, condition: string, eventValues: string): string {
  return `
      LEFT JOIN LATERAL (
        SELECT to_jsonb(ROW(occurred_at, identity, ${v})) AS ${v}_latest FROM (${eventValues}) AS event_values
        WHERE ${v} IS NOT NULL AND ${condition} ORDER BY identity DESC LIMIT 1
      ) AS of_${v} ON true`;
}

/** Whether a meter keeps the latest of a value. */
export const isGaugeOf = ({ aggregation, value_property: path }: FoldMeter, v: string, values: Columns): boolean =>
  aggregation === 'latest' && path !== null && values.of(path) === v;
