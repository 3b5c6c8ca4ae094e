import { decimal, formatDecimal } from '@tallymark/domain';
import type { Window } from '@tallymark/date-window';
import { knownShardKey } from './known-shards.js';
import type { PreparedStatement, Read } from './read-batch.js';
import { HOUR_MS, PROOF, type ProofRecord, type SettledUsage, withProof } from './settled-usage.js';
import { ValueSet } from './settled-values.js';

/** Distinct values of one meter and subject, in a window whose ends lie on the grid of buckets. */
export interface SubjectValues {
  readonly organizationId: string;
  readonly subject: string;
  readonly meterId: string;
  readonly window: Window;
}

/** Distinct values of a part that can be told apart here; more are counted by PostgreSQL each time. */
const MOST_VALUES = 4_096;

/** By parts of the window: the values in ascending order, one behind the other; null where they are too many. */
const valuesSql = (part: string, more = ''): string => `
    SELECT ${more}v.is_before, v.event_count, CASE WHEN octet_length(v.hashes) <= ${MOST_VALUES * 16} THEN v.hashes END AS hashes
    FROM (
      SELECT ${part} AS is_before, sum(x.event_count) AS event_count, string_agg(DISTINCT uuid_send(x.value_hash), ''::bytea) AS hashes
      FROM usage_unique x
      WHERE x.shard_key = $1::bigint AND x.meter_id = $2::uuid AND x.subject = $3 AND x.bucket_start >= $4::timestamptz AND x.bucket_start < $5::timestamptz
        AND x.last_at IS NULL
      ${part === 'false' ? '' : 'GROUP BY 1'}
    ) AS v`;
/** One row in any case: nothing has to be joined for it to be there. */
const SINCE: PreparedStatement = { name: 'usage_settled_unique_since', sql: valuesSql('false', `${PROOF}, `) };
/** The values before the cut, and those from it on. */
const SETTLE = withProof('usage_settled_unique', valuesSql('x.bucket_start < $6::timestamptz'));

interface Side {
  readonly is_before: boolean;
  readonly event_count: string;
  readonly hashes: Buffer | null;
}
/** Where there is no usage, the one row has its proof alone. */
type Row = ProofRecord & (Side | { readonly event_count: null });

/** What came in a part of the window. */
export interface SeenValues {
  readonly eventCount: string;
  readonly values: ValueSet;
}

/** About what the values of a part take in memory beside their hashes, most of it the buffer that holds these. */
const SEEN_BYTES = 400;

const NOTHING: SeenValues = { eventCount: '0', values: ValueSet.EMPTY };

/** The distinct values of a window; those that are settled are remembered. Null where they are too many. */
export function settledValuesRead(
  { organizationId, subject, meterId, window }: SubjectValues,
  settled: SettledUsage,
): Read<SeenValues> | null {
  const { from, to } = window;
  return settled.readOf<Row, SeenValues>({
    key: `values ${organizationId} ${meterId} ${window.fromMs} ${window.toMs} ${subject}`,
    from,
    to,
    grainMs: HOUR_MS,
    ask: (since, cut) => {
      const values = [knownShardKey(organizationId, subject), meterId, subject, since, to];
      return cut === null ? { statement: SINCE, values } : { statement: SETTLE, values: [...values, cut] };
    },
    split: (rows) => {
      const sides = rows.filter(isSide);
      if (sides.some(({ hashes }) => hashes === null)) return null;
      return { before: seenOf(sides.find((side) => side.is_before)), after: seenOf(sides.find((side) => !side.is_before)) };
    },
    add: addSeen,
    bytesOf: ({ values }) => SEEN_BYTES + values.bytes,
  });
}

function isSide(row: Row): row is ProofRecord & Side {
  return row.event_count !== null;
}

function seenOf(side: Side | undefined): SeenValues {
  return side === undefined ? NOTHING : { eventCount: side.event_count, values: ValueSet.of(side.hashes!) };
}

function addSeen(before: SeenValues, after: SeenValues): SeenValues {
  if (before === NOTHING || after === NOTHING) return before === NOTHING ? after : before;
  const eventCount = formatDecimal(decimal(before.eventCount).plus(decimal(after.eventCount)));
  return { eventCount, values: before.values.union(after.values) };
}
