import { pipeline } from 'node:stream/promises';
import { Readable } from 'node:stream';
import type pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import type { DataSource } from 'typeorm';
import { copyField } from './copy-text.js';

/** An event with all that its row holds, none of which PostgreSQL has to compute. */
export interface EventRecord {
  readonly organizationId: string;
  readonly shardKey: string;
  readonly identity: string;
  /** RFC 3339 in UTC. */
  readonly occurredAt: string;
  readonly timeGiven: boolean;
  readonly subject: string;
  readonly type: string;
  readonly source: string;
  readonly eventId: string;
  readonly dataJson: string | null;
}

const UNIQUE_VIOLATION = '23505';

/**
 * The fast path into the log: copies events that are all new, in one transaction. COPY takes about half the time of INSERT, but can't pass over
 * an identity that is kept already: then nothing of it stands, and the caller takes the way that can.
 *
 * It copies straight into the month partitions, since COPY refuses a table under row-level security. The role may insert there and read nothing.
 *
 * @returns false when an identity is kept already; nothing was written then.
 */
export async function copyNewEvents(dataSource: DataSource, commitId: string, events: readonly EventRecord[]): Promise<boolean> {
  const runner = dataSource.createQueryRunner();
  const client = (await runner.connect()) as pg.PoolClient;
  try {
    await client.query('BEGIN');
    await copyInto(client, 'event_identity (shard_key, identity, occurred_at)', sortedByKey(events).map(identityRow));
    for (const [partition, rows] of byPartition(events)) {
      await copyInto(
        client,
        `${partition} (shard_key, occurred_at, identity, commit_id, organization_id, time_given, subject, type, source, event_id, data)`,
        rows.map((event) => eventRow(event, commitId)),
      );
    }
    for (const [organizationId, count] of countByOrganization(events)) {
      await client.query('INSERT INTO ingest_commit (organization_id, commit_id, event_count) VALUES ($1, $2, $3)', [
        organizationId,
        commitId,
        count,
      ]);
    }
    await client.query(`NOTIFY tallymark_commit`);
    await client.query('COMMIT');
    return true;
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    if (isKeptAlready(error)) return false;
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

async function copyInto(client: pg.PoolClient, target: string, rows: readonly string[]): Promise<void> {
  await pipeline(Readable.from([Buffer.from(rows.join(''))]), client.query(copyFrom(`COPY ${target} FROM STDIN`)));
}

/** Writers that overlap then wait for each other in one order, and never deadlock. */
function sortedByKey(events: readonly EventRecord[]): EventRecord[] {
  return [...events].sort((a, b) => (a.identity < b.identity ? -1 : 1));
}

function identityRow({ shardKey, identity, occurredAt }: EventRecord): string {
  return `${shardKey}\t${identity}\t${occurredAt}\n`;
}

function eventRow(event: EventRecord, commitId: string): string {
  return (
    `${event.shardKey}\t${event.occurredAt}\t${event.identity}\t${commitId}\t${event.organizationId}\t${event.timeGiven ? 't' : 'f'}\t` +
    `${copyField(event.subject)}\t${copyField(event.type)}\t${copyField(event.source)}\t${copyField(event.eventId)}\t${copyField(event.dataJson)}\n`
  );
}

/** `2026-11-21T…Z` belongs to `event_2026_11`: partitions are UTC months, and times are written in UTC. */
function byPartition(events: readonly EventRecord[]): Map<string, EventRecord[]> {
  const partitions = new Map<string, EventRecord[]>();
  for (const event of events) {
    const name = `event_${event.occurredAt.slice(0, 4)}_${event.occurredAt.slice(5, 7)}`;
    const rows = partitions.get(name);
    if (rows === undefined) partitions.set(name, [event]);
    else rows.push(event);
  }
  return partitions;
}

function countByOrganization(events: readonly EventRecord[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { organizationId } of events) counts.set(organizationId, (counts.get(organizationId) ?? 0) + 1);
  return counts;
}
