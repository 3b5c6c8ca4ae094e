import type { EntityManager } from 'typeorm';
import { shardKey } from './event-identity.js';

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

/** Each subject's events lie together in the order of time, so of each no more are read than the whole answer may hold. */
const NEWEST = `
  SELECT occurred_at AS "occurredAt", data FROM (
    SELECT e.occurred_at, e.identity, e.data, sum(octet_length(e.data::text)) OVER (ORDER BY e.occurred_at DESC, e.identity DESC) AS bytes,
      row_number() OVER (ORDER BY e.occurred_at DESC, e.identity DESC) AS nth
    FROM unnest($1::bigint[], $2::text[]) AS s (shard_key, subject)
    CROSS JOIN LATERAL (
      SELECT x.occurred_at, x.identity, x.data FROM event x
      WHERE x.shard_key = s.shard_key AND x.subject = s.subject AND x.type = $3 AND x.voided_by IS NULL AND ($4::timestamptz IS NULL OR x.occurred_at < $4)
        AND rtrim(split_part(coalesce(x.data ->> 'path', ''), '?', 1), '/') <> ALL ($5::text[])
      ORDER BY x.occurred_at DESC, x.identity DESC LIMIT $6
    ) AS e
  ) AS newest
  WHERE nth = 1 OR (nth <= $6 AND bytes <= $7)
  ORDER BY occurred_at DESC, identity DESC`;

/** The newest recorded requests, newest first. */
export async function readRequestHistory(manager: EntityManager, query: RequestHistoryQuery): Promise<RecordedRequest[]> {
  return manager.query(NEWEST, [
    query.subjects.map((subject) => shardKey(query.organizationId, subject)),
    query.subjects,
    query.type,
    query.before,
    query.exceptPaths,
    query.limit,
    query.maxBytes,
  ]);
}
