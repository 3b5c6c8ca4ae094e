import { pipeline } from 'node:stream/promises';
import { Readable } from 'node:stream';
import type { UsageEvent } from '@tallymark/domain';
import type pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import type { DataSource } from 'typeorm';
import { bigintBytes, CopyWriter, createTimestampReader, reuseRows, uuidBytes } from './copy-binary.js';
import { type Shard, uuidOfBytes } from './event-identity.js';
import { sortByKey } from './key-order.js';

/** An event with all that its row holds, none of which PostgreSQL has to compute. */
export interface EventRecord {
  readonly organizationId: string;
  readonly event: UsageEvent;
  readonly shard: Shard;
  /** 16 bytes, one Latin-1 character each. */
  readonly identity: string;
  /** The event's time, or of its receipt when it bears none: RFC 3339 in UTC, with three or six fraction digits. */
  readonly occurredAt: string;
}

const UNIQUE_VIOLATION = '23505';

/**
 * The fastest way into the log: copies events that are all new, in one transaction. COPY takes about half the time of INSERT, but can't pass over
 * an identity that is kept already: then nothing of it stands, and the caller takes {@link copyUnknownEvents}.
 *
 * @returns false when an identity is kept already; nothing was written then.
 */
export async function copyNewEvents(dataSource: DataSource, commitId: string, events: readonly EventRecord[]): Promise<boolean> {
  try {
    await inTransaction(dataSource, async (client) => {
      const sorted = sortByKey(events);
      await copyInto(client, 'event_identity (shard_key, identity, occurred_at)', renderIdentities(sorted));
      await copyEvents(client, commitId, sorted);
      return announcement(sorted, commitId);
    });
    return true;
  } catch (error) {
    if (isKeptAlready(error)) return false;
    throw error;
  }
}

/** Runs one statement in the transaction. */
export type RunStatement = (sql: string, parameters: readonly unknown[]) => Promise<unknown[]>;

/**
 * The way for a commit of which some events may be kept already, in one transaction too: claims identities by INSERT, which tells the known ones,
 * copies the events of the others, and leaves the known ones to `compare`, which runs last.
 *
 * @returns what `compare` returns.
 */
export async function copyUnknownEvents<T extends EventRecord, Result>(
  dataSource: DataSource,
  commitId: string,
  events: readonly T[],
  compare: (run: RunStatement, known: ReadonlySet<T>) => Promise<Result>,
): Promise<Result> {
  let result: Result | undefined;
  await inTransaction(dataSource, async (client) => {
    const sorted = sortByKey(events);
    const { rows } = await client.query<{ known: number[] }>('SELECT claim_identities($1, $2, $3) AS known', [
      arrayLiteral(sorted.map(({ shard }) => shard.key)),
      arrayLiteral(sorted.map(({ identity }) => uuidOfBytes(identity))),
      arrayLiteral(sorted.map(({ occurredAt }) => occurredAt)),
    ]);
    const known = new Set(rows[0]!.known.map((position) => sorted[position - 1]!));
    const unknown = sorted.filter((event) => !known.has(event));
    await copyEvents(client, commitId, unknown);
    result = await compare(async (sql, parameters) => (await client.query<object>(sql, [...parameters])).rows, known);
    return unknown.length === 0 ? '' : announcement(unknown, commitId);
  });
  return result as Result;
}

/** Of values that hold nothing that a PostgreSQL array would quote. The driver would look at each of them. */
function arrayLiteral(values: readonly string[]): string {
  return `{${values.join(',')}}`;
}

/** @param work writes, and returns the last statements, which are sent together with the end of the transaction. */
async function inTransaction(dataSource: DataSource, work: (client: pg.PoolClient) => Promise<string>): Promise<void> {
  const runner = dataSource.createQueryRunner();
  const client = (await runner.connect()) as pg.PoolClient;
  try {
    await client.query('BEGIN');
    await client.query(`${await work(client)}COMMIT`);
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  } finally {
    await runner.release();
  }
}

/** Only an identity that is taken, not a commit id that another writer drew: that one has the transaction tried again. */
function isKeptAlready(error: unknown): boolean {
  return (
    typeof error === 'object' &&
    error !== null &&
    'code' in error &&
    error.code === UNIQUE_VIOLATION &&
    'table' in error &&
    error.table === 'event_identity'
  );
}

async function copyInto(client: pg.PoolClient, target: string, rows: Buffer): Promise<void> {
  await pipeline(Readable.from([rows], { objectMode: false }), client.query(copyFrom(`COPY ${target} FROM STDIN (FORMAT binary)`)));
  // The server has told that it read all of them.
  reuseRows(rows);
}

const IDENTITY_ROW_BYTES = 46;

function renderIdentities(events: readonly EventRecord[]): Buffer {
  const writer = new CopyWriter(events.length * IDENTITY_ROW_BYTES);
  const readTime = createTimestampReader();
  for (const { shard, identity, occurredAt } of events) {
    writer.beginRow(3);
    writer.fixed(shard.bytes);
    writer.fixed(identity);
    writer.timestamp(readTime(occurredAt));
  }
  return writer.finish();
}

const EVENT_COLUMNS = 'shard_key, occurred_at, identity, commit_id, organization_id, time_given, subject, type, source, event_id, data';
const TYPICAL_ROW_BYTES = 250;

/** Straight into the month partitions, since COPY refuses a table under row-level security. The role may insert there and read nothing. */
async function copyEvents(client: pg.PoolClient, commitId: string, events: readonly EventRecord[]): Promise<void> {
  for (const [month, rows] of renderEvents(events, commitId)) {
    await copyInto(client, `event_${month.slice(0, 4)}_${month.slice(5)} (${EVENT_COLUMNS})`, rows);
  }
}

/** The rows of each month, by its name such as `2026-11`. */
function renderEvents(events: readonly EventRecord[], commitId: string): [month: string, rows: Buffer][] {
  const months = new Map<string, CopyWriter>();
  const readTime = createTimestampReader();
  const commit = bigintBytes(commitId);
  let organization = { id: '', bytes: '' };
  let month = '';
  let writer: CopyWriter | undefined;
  for (const { organizationId, event, shard, identity, occurredAt } of events) {
    if (organizationId !== organization.id) organization = { id: organizationId, bytes: uuidBytes(organizationId) };
    // Partitions are UTC months, and times are written in UTC.
    if (writer === undefined || !occurredAt.startsWith(month)) {
      month = occurredAt.slice(0, 7);
      writer = months.get(month) ?? new CopyWriter(events.length * TYPICAL_ROW_BYTES);
      months.set(month, writer);
    }
    writer.beginRow(11);
    writer.fixed(shard.bytes);
    writer.timestamp(readTime(occurredAt));
    writer.fixed(identity);
    writer.fixed(commit);
    writer.fixed(organization.bytes);
    writer.boolean(event.time !== null);
    writer.text(event.subject);
    writer.text(event.type);
    writer.text(event.source);
    writer.text(event.id);
    if (event.dataJson === null) writer.null();
    else writer.json(event.dataJson);
  }
  return [...months].map(([name, rows]) => [name, rows.finish()]);
}

/** Tells the fold of the commit. Written out, so that one message to the server carries it and the end of the transaction. */
function announcement(events: readonly EventRecord[], commitId: string): string {
  const counts = new Map<string, number>();
  for (const { organizationId } of events) counts.set(organizationId, (counts.get(organizationId) ?? 0) + 1);
  const rows = [...counts].map(([organizationId, count]) => `('${checkUuid(organizationId)}', ${BigInt(commitId)}, ${count})`);
  return `INSERT INTO ingest_commit (organization_id, commit_id, event_count) VALUES ${rows.join(', ')}; NOTIFY tallymark_commit; `;
}

const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

function checkUuid(text: string): string {
  if (!UUID.test(text)) throw new TypeError(`an organization id is ${JSON.stringify(text)}; expected a UUID`);
  return text;
}
