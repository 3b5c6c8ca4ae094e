import { knownShardKey } from './known-shards.js';
import type { LogProof } from './log-state.js';
import type { PreparedStatement, Read } from './read-batch.js';
import type { RecordedRequest, RequestHistoryQuery } from './request-history.js';

/** Requests read beyond the limit, to stand in for those that are left out: whoever asks for its history now and then gets its page in one round trip. */
const SPARE = 32;

/** A page, and what proves later that it still stands; null where that is too dear. */
export interface ProvenRequestPage {
  readonly requests: RecordedRequest[];
  readonly proof: LogProof | null;
}

/**
 * The newest events of one subject, in the order of its key, which needs no sorting. All comes as one JSON text, a list of pairs of a time and the data; null
 * where the data are too long together. Times go as they are stored, since to write one out takes longer than to find it.
 *
 * What an event has to be is looked at above the months and not in each: each month of the log costs its start, however little is in it, and a condition the
 * more costs it in all of them. The inner `LIMIT` leaves nothing out, its value is null: it is the fence that keeps conditions above it, which PostgreSQL would
 * carry down into each month otherwise. And it has PostgreSQL plan for a part of the subject's events, which is what the outer limit takes. Planned for all of
 * them, as with `OFFSET 0`, they are read and sorted to the last one where subjects have few on average, which takes thirty times as long for one with 10,000.
 *
 * The list needs no ORDER BY of its own: a materialized CTE keeps its rows as the limit let them pass, and an aggregate without GROUP BY, over nothing but
 * that CTE, takes them one by one as they are kept. Sorting them again would cost a twentieth of the whole; a join or GROUP BY added here would make it needed.
 *
 * What the page rests on are the events since the oldest that was looked at; all there are, where there are fewer than may be looked at. Their state is
 * told in the same statement, hence of the same moment.
 */
const PAGE: PreparedStatement = {
  name: 'request_page',
  sql: `
    WITH page AS MATERIALIZED (
      SELECT x.occurred_at, x.data::text AS data
      FROM (
        SELECT occurred_at, data, subject, type, voided_by FROM event WHERE shard_key = $1::bigint AND occurred_at < $4::timestamptz
        ORDER BY occurred_at DESC, identity DESC LIMIT $8::bigint
      ) AS x
      WHERE x.subject = $2 AND x.type = $3 AND x.voided_by IS NULL LIMIT $5
    ), looked_at AS (
      SELECT coalesce(sum(octet_length(data)), 0) AS bytes, CASE WHEN count(*) < $5 THEN '-infinity' ELSE min(occurred_at) END AS first FROM page
    )
    SELECT CASE WHEN l.bytes <= $6::bigint THEN (
      SELECT '[' || coalesce(string_agg('["' || encode(timestamptz_send(occurred_at), 'hex') || '",' || coalesce(data, 'null') || ']', ','), '') || ']' FROM page
    ) END AS requests, l.first::text AS first, log_state($2, CASE WHEN l.bytes <= $7::bigint THEN l.first END) AS state
    FROM looked_at AS l`,
};

interface PageRow {
  readonly requests: string | null;
  readonly first: string;
  readonly state: string | null;
}

const PROVING_NOTHING = -1;
const NO_LIMIT = null;

/**
 * The question of `readRequestHistory` for one subject in its fast form; null for none or several. Its answer is null where the page can't be told from what
 * was read: where that takes too many bytes, those beyond the limit included, or so many are left out that events not read would come in their place.
 */
export function requestPageRead(query: RequestHistoryQuery): Read<RecordedRequest[] | null> | null {
  return pageRead(query, PROVING_NOTHING, ([row]) => requestsOf(row!, query));
}

/**
 * {@link requestPageRead}, with the state of the log that the page rests on, for a page that may be kept. Without bound: those before an instant are turned
 * over once and not asked for again.
 *
 * @param mostBytes pages whose events' data take more bytes come without a state
 */
export function provenRequestPageRead(
  query: Omit<RequestHistoryQuery, 'before'>,
  mostBytes: number,
): Read<ProvenRequestPage | null> | null {
  const unbound = { ...query, before: null };
  return pageRead(unbound, mostBytes, ([row]) => {
    const requests = requestsOf(row!, unbound);
    return requests && { requests, proof: row!.state === null ? null : { from: row!.first, state: row!.state } };
  });
}

function pageRead<T>(query: RequestHistoryQuery, provenBytes: number, answer: (rows: readonly PageRow[]) => T): Read<T> | null {
  const { organizationId, subjects, type, before, limit, maxBytes } = query;
  const [subject, ...others] = subjects;
  if (subject === undefined || others.length > 0) return null;
  const values = [
    knownShardKey(organizationId, subject),
    subject,
    type,
    before ?? 'infinity',
    limit + SPARE,
    maxBytes,
    provenBytes,
    NO_LIMIT,
  ];
  return { statement: PAGE, values, answer };
}

function requestsOf({ requests }: PageRow, query: RequestHistoryQuery): RecordedRequest[] | null {
  return requests === null ? null : pageOf(requests, query);
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
