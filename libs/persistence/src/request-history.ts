import type { EntityManager } from 'typeorm';
import { knownShardKey } from './known-shards.js';
import { type PreparedStatement, type Read, askIn } from './read-batch.js';

/** Which events to read: those of a type that some subjects sent, the newest. */
export interface RequestHistoryQuery {
  readonly organizationId: string;
  readonly subjects: readonly string[];
  readonly type: string;
  /** Paths whose requests are left out, without a trailing slash. */
  readonly exceptPaths: readonly string[];
  /** Exclusive; null for no bound. */
  readonly before: Date | null;
  readonly limit: number;
  /** The newest whose data take about so many bytes together; at least one event. */
  readonly maxBytes: number;
}

/** An API request as it was recorded. */
export interface RecordedRequest {
  readonly occurredAt: Date;
  readonly data: unknown;
}

/**
 * Each subject's events lie together in the order of time, so of each no more are read than the whole answer may hold. All come as one JSON text, a list
 * of pairs of milliseconds since 1970 and data: to read a row for each would take longer than what it tells. An event without data takes no bytes.
 */
const NEWEST: PreparedStatement = {
  name: 'request_history',
  sql: `
    SELECT '[' || coalesce(string_agg('[' || floor(extract(epoch FROM occurred_at) * 1000)::bigint || ',' || coalesce(data, 'null') || ']', ','
      ORDER BY occurred_at DESC, identity DESC), '') || ']' AS requests
    FROM (
      SELECT e.occurred_at, e.identity, e.data, sum(coalesce(octet_length(e.data), 0)) OVER newest AS bytes, row_number() OVER newest AS nth
      FROM unnest($1::bigint[], $2::text[]) AS s (shard_key, subject)
      CROSS JOIN LATERAL (
        SELECT x.occurred_at, x.identity, x.data::text AS data FROM event x
        WHERE x.shard_key = s.shard_key AND x.subject = s.subject AND x.type = $3 AND x.voided_by IS NULL AND x.occurred_at < $4::timestamptz
          AND rtrim(split_part(coalesce(x.data ->> 'path', ''), '?', 1), '/') <> ALL ($5::text[])
        ORDER BY x.occurred_at DESC, x.identity DESC LIMIT $6
      ) AS e
      WINDOW newest AS (ORDER BY e.occurred_at DESC, e.identity DESC)
    ) AS e
    WHERE nth = 1 OR (nth <= $6 AND bytes <= $7)`,
};

/** The newest recorded requests, newest first. */
export async function readRequestHistory(manager: EntityManager, query: RequestHistoryQuery): Promise<RecordedRequest[]> {
  return askIn(manager, requestHistoryRead(query));
}

/** The question of {@link readRequestHistory}, by itself. */
export function requestHistoryRead(query: RequestHistoryQuery): Read<RecordedRequest[]> {
  return {
    statement: NEWEST,
    values: [
      query.subjects.map((subject) => knownShardKey(query.organizationId, subject)),
      query.subjects,
      query.type,
      query.before ?? 'infinity',
      query.exceptPaths,
      query.limit,
      query.maxBytes,
    ],
    answer: ([row]: readonly { readonly requests: string }[]) =>
      (JSON.parse(row!.requests) as [occurredAtMs: number, data: unknown][]).map(([occurredAtMs, data]) => ({
        occurredAt: new Date(occurredAtMs),
        data,
      })),
  };
}
