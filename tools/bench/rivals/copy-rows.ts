import { pipeline } from 'node:stream/promises';
import { Readable } from 'node:stream';
import { eventIdentity, shardKey } from '@tallymark/persistence';
import type pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { type BenchEvent, EVENT_SOURCE, EVENT_TYPE, SUBJECTS, subjectOf } from '../world/bench-events.js';

/** As many as ingest commits together, so that both force the log to the disk as often. */
export const ROWS_PER_COMMIT = 5_000;

const COLUMNS = `shard_key bigint NOT NULL, occurred_at timestamptz NOT NULL, identity uuid NOT NULL, commit_id bigint NOT NULL, organization_id uuid NOT NULL,
  time_given boolean NOT NULL, subject text NOT NULL, type text NOT NULL, source text NOT NULL, event_id text NOT NULL, data jsonb`;

/** A table of the columns of an event and one unique index, on its identity. */
export function createRivalTable(name: string): string {
  return `CREATE TABLE ${name} (${COLUMNS}, UNIQUE (shard_key, identity))`;
}

/** The values of a rival's row, in the order of the columns. */
export type RivalRow = readonly [string, string, string, string, string, string, string, string, string, string, string];

/** Rows of the same events that are sent to ingest. */
export function rivalRows(organizationId: string, events: readonly BenchEvent[], commitId: number): RivalRow[] {
  const keys = new Map(Array.from({ length: SUBJECTS }, (_, index) => [subjectOf(index), shardKey(organizationId, subjectOf(index))]));
  return events.map(({ id, subject, time, dataJson }) => [
    keys.get(subject)!,
    time,
    eventIdentity(organizationId, { subject, source: EVENT_SOURCE, id }),
    String(commitId),
    organizationId,
    't',
    subject,
    EVENT_TYPE,
    EVENT_SOURCE,
    id,
    dataJson,
  ]);
}

/** The rows as COPY's text, a buffer for each transaction. None of their values holds a character that COPY has a meaning for. */
export function renderCopyText(rows: readonly RivalRow[]): Buffer[] {
  const buffers: Buffer[] = [];
  for (let start = 0; start < rows.length; start += ROWS_PER_COMMIT) {
    buffers.push(
      Buffer.from(
        rows
          .slice(start, start + ROWS_PER_COMMIT)
          .map((row) => `${row.join('\t')}\n`)
          .join(''),
      ),
    );
  }
  return buffers;
}

/** Copies buffer by buffer, a transaction each. */
export async function copyRows(client: pg.Client, table: string, buffers: readonly Buffer[]): Promise<void> {
  for (const buffer of buffers) await pipeline(Readable.from([buffer]), client.query(copyFrom(`COPY ${table} FROM STDIN`)));
}
