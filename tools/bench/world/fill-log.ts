import { shardKey } from '@tallymark/persistence';
import { EVENT_SOURCE, EVENT_TYPE } from './bench-events.js';
import { type BenchDatabase, runSql, withClient } from './bench-server.js';

/** What to put into the log. */
export interface LogFill {
  readonly organizationId: string;
  readonly subjects: readonly string[];
  readonly events: number;
  /** Times are spread over it evenly, oldest first, as the log has grown. */
  readonly from: Date;
  readonly to: Date;
  /** `completions`: the events of the ingest load. `mixed`: what the five contracts read: requests, wallets, activities. */
  readonly kind: 'completions' | 'mixed';
  /** Stands before the number in each id. Default `fill-`. */
  readonly prefix?: string;
}

const EVENTS_PER_STATEMENT = 100_000;
const EVENTS_PER_COMMIT = 5_000;
const CONNECTIONS = 2;

const COMPLETION = `format('{"model":"m%s","tokens":%s,"user":"u%s"}', n % 5, 1 + n * 7919 % 4000, n * 31 % 100)`;
const REQUEST = `format('{"method":"GET","path":"/v1/things/%s","status":200,"bytes":%s}', n % 50, 1 + n * 7919 % 5000)`;
const WALLET = `format('{"walletId":"w%s"}', n * 31 % 20000)`;
const ACTIVITY = `format('{"activityId":"a%s","publisher":"twitter","product":"PowerTrack","endpoint":"PowerTrack 2.0","label":"prod"}', n * 31 % 1000000)`;

const TYPE = {
  completions: `'${EVENT_TYPE}'`,
  mixed: `CASE WHEN n % 10 < 6 THEN 'api.request' WHEN n % 10 < 8 THEN 'wallet.active' ELSE 'stream.activity' END`,
} as const;
const DATA = {
  completions: COMPLETION,
  mixed: `CASE WHEN n % 10 < 6 THEN ${REQUEST} WHEN n % 10 < 8 THEN ${WALLET} ELSE ${ACTIVITY} END`,
} as const;

/**
 * Fills the log at the speed of PostgreSQL, past ingest: rows straight into the tables, in the role that owns them. What they hold is what ingest
 * would have written: true identities (a resend is found), true shard keys, commits of 5,000 events. What differs: every row came in the order of
 * its time, fingerprints are as long as true ones and match no resend, and nothing was forced to the disk meanwhile. The commits look as if they had been folded; a new meter folds them from the start. Indexes grow row by row as they do in use, so they are as full and as deep.
 */
export async function fillLog(database: BenchDatabase, fill: LogFill): Promise<void> {
  const statements = Math.ceil(fill.events / EVENTS_PER_STATEMENT);
  let next = 0;
  const work = (): Promise<void> =>
    withClient(database.urls.owner, async (client) => {
      await client.query(`SET synchronous_commit = off`);
      while (next < statements) {
        const first = next++ * EVENTS_PER_STATEMENT;
        await client.query(fillStatement(fill), [
          fill.organizationId,
          fill.subjects,
          fill.subjects.map((subject) => shardKey(fill.organizationId, subject)),
          first,
          Math.min(fill.events, first + EVENTS_PER_STATEMENT) - 1,
          fill.from,
          (fill.to.getTime() - fill.from.getTime()) / fill.events,
          fill.prefix ?? 'fill-',
        ]);
      }
    });
  await Promise.all(Array.from({ length: CONNECTIONS }, work));
  await runSql(database.urls.owner, 'VACUUM ANALYZE event');
  await runSql(database.urls.owner, 'VACUUM ANALYZE event_identity');
  await runSql(database.adminUrl, 'CHECKPOINT');
}

function fillStatement({ kind }: LogFill): string {
  return `
    WITH made AS MATERIALIZED (
      SELECT n, s.shard_key, s.subject, i.occurred_at, i.event_id,
        ((extract(epoch FROM $6::timestamptz) * 1000 + $7::float8 * (n / ${EVENTS_PER_COMMIT} * ${EVENTS_PER_COMMIT}))::bigint << 20) + n / ${EVENTS_PER_COMMIT} AS commit_id,
        encode(substring(sha256(convert_to(${part('$1::text')} || ${part('s.subject')} || ${part(`'${EVENT_SOURCE}'`)} || ${part('i.event_id')}, 'UTF8')) FROM 1 FOR 16), 'hex')::uuid AS identity
      FROM generate_series($4::bigint, $5::bigint) AS g (n)
      CROSS JOIN LATERAL (SELECT $6::timestamptz + $7::float8 * n * interval '1 millisecond' AS occurred_at, $8::text || lpad(n::text, 9, '0') AS event_id) AS i
      JOIN (SELECT * FROM unnest($2::text[], $3::bigint[]) WITH ORDINALITY) AS s (subject, shard_key, position)
        ON s.position = 1 + abs(hashint8(n)::bigint) % cardinality($2::text[])
    ), identities AS (
      INSERT INTO event_identity (shard_key, identity, occurred_at, fingerprint) SELECT shard_key, identity, occurred_at, hashint8extended(n, 0) FROM made ORDER BY shard_key, identity
    )
    INSERT INTO event (shard_key, occurred_at, identity, commit_id, organization_id, time_given, subject, type, source, event_id, data)
    SELECT shard_key, occurred_at, identity, commit_id, $1::uuid, true, subject, ${TYPE[kind]}, '${EVENT_SOURCE}', event_id, (${DATA[kind]})::jsonb
    FROM made ORDER BY n`;
}

/** A part of the text of which an identity is the hash; see `eventIdentity`. */
function part(value: string): string {
  return `length(${value}) || ':' || ${value}`;
}
