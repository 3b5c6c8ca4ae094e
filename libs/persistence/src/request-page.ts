import { knownShardKey } from './known-shards.js';
import type { PreparedStatement, Read } from './read-batch.js';
import type { RecordedRequest, RequestHistoryQuery } from './request-history.js';

/** Requests read beyond the limit, to stand in for those that are left out: whoever asks for its history now and then gets its page in one round trip. */
const SPARE = 32;

/**
 * The newest events of one subject, in the order of its key, which needs no sorting. All comes as one JSON text, a list of pairs of a time and the data; null
 * where the data are too long together. Times go as they are stored, since to write one out takes longer than to find it.
 *
 * What an event has to be is looked at above the months and not in each: each month of the log costs its start, however little is in it, and a condition the
 * more costs it in all of them. `OFFSET 0` leaves nothing out; it is the fence that keeps conditions above it. Without it PostgreSQL carries them down into
 * each month: the answer is the same, the start of each month dearer.
 *
 * The list needs no ORDER BY of its own: a materialized CTE keeps its rows as the limit let them pass, and an aggregate without GROUP BY, over nothing but
 * that CTE, takes them one by one as they are kept. Sorting them again would cost a twentieth of the whole; a join or GROUP BY added here would make it needed.
 */
const PAGE: PreparedStatement = {
  name: 'request_page',
  sql: `
    WITH page AS MATERIALIZED (
      SELECT x.occurred_at, x.data::text AS data
      FROM (
        SELECT occurred_at, data, subject, type, voided_by FROM event WHERE shard_key = $1::bigint AND occurred_at < $4::timestamptz
        ORDER BY occurred_at DESC, identity DESC OFFSET 0
      ) AS x
      WHERE x.subject = $2 AND x.type = $3 AND x.voided_by IS NULL LIMIT $5
    )
    SELECT CASE WHEN (SELECT coalesce(sum(octet_length(data)), 0) FROM page) <= $6::bigint THEN (
      SELECT '[' || coalesce(string_agg('["' || encode(timestamptz_send(occurred_at), 'hex') || '",' || coalesce(data, 'null') || ']', ','), '') || ']' FROM page
    ) END AS requests`,
};

/**
 * The question of `readRequestHistory` for one subject in its fast form; null for none or several. Its answer is null where the page can't be told from what
 * was read: where that takes too many bytes, those beyond the limit included, or so many are left out that events not read would come in their place.
 */
export function requestPageRead(query: RequestHistoryQuery): Read<RecordedRequest[] | null> | null {
  const { organizationId, subjects, type, before, limit, maxBytes } = query;
  const [subject, ...others] = subjects;
  if (subject === undefined || others.length > 0) return null;
  return {
    statement: PAGE,
    values: [knownShardKey(organizationId, subject), subject, type, before ?? 'infinity', limit + SPARE, maxBytes],
    answer: ([row]: readonly { readonly requests: string | null }[]) => (row!.requests === null ? null : pageOf(row!.requests, query)),
  };
}

function pageOf(text: string, { exceptPaths, limit }: RequestHistoryQuery): RecordedRequest[] | null {
  const events = JSON.parse(text) as [storedTime: string, data: unknown][];
  const page: RecordedRequest[] = [];
  for (const [storedTime, data] of events) {
    if (isExcepted(data, exceptPaths)) continue;
    page.push({ occurredAt: instantOf(storedTime), data });
    if (page.length === limit) return page;
  }
  const areAllRead = events.length < limit + SPARE;
  return areAllRead ? page : null;
}

/** Of a path that is no text, none is excepted. */
function isExcepted(data: unknown, exceptPaths: readonly string[]): boolean {
  if (typeof data !== 'object' || data === null) return false;
  const { path } = data as { readonly path?: unknown };
  if (typeof path !== 'string' || !exceptPaths.some((excepted) => path.startsWith(excepted))) return false;
  return exceptPaths.includes(withoutQuery(path));
}

/** Nor slashes before it. */
function withoutQuery(path: string): string {
  const queryAt = path.indexOf('?');
  let end = queryAt < 0 ? path.length : queryAt;
  while (end > 0 && path[end - 1] === '/') end -= 1;
  return path.slice(0, end);
}

const HIGH_WORD = 2 ** 32;
const MS_TO_2000 = Date.UTC(2000, 0, 1);

/** An instant as PostgreSQL stores it: microseconds since 2000, as 16 hexadecimal digits. Cut to milliseconds. */
function instantOf(stored: string): Date {
  const microseconds = (Number.parseInt(stored.slice(0, 8), 16) | 0) * HIGH_WORD + Number.parseInt(stored.slice(8), 16);
  return new Date(MS_TO_2000 + Math.floor(microseconds / 1_000));
}
