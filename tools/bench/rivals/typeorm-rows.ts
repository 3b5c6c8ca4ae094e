import type { DataSource } from '@tallymark/persistence';
import type { RivalRow } from './copy-rows.js';

const COLUMNS = [
  'shard_key',
  'occurred_at',
  'identity',
  'commit_id',
  'organization_id',
  'time_given',
  'subject',
  'type',
  'source',
  'event_id',
  'data',
] as const;
/** As many as a request to ingest holds. */
const ROWS_PER_INSERT = 500;

/** The rows as TypeORM takes them. */
export function toObjects(rows: readonly RivalRow[]): Record<string, string>[] {
  return rows.map((row) => Object.fromEntries(COLUMNS.map((column, index) => [column, row[index]!])));
}

/** `insert().orIgnore()`, one statement and transaction for each 500 rows. */
export async function insertRows(dataSource: DataSource, table: string, rows: readonly Record<string, string>[]): Promise<void> {
  for (let start = 0; start < rows.length; start += ROWS_PER_INSERT) {
    await dataSource
      .createQueryBuilder()
      .insert()
      .into(table, [...COLUMNS])
      .values(rows.slice(start, start + ROWS_PER_INSERT))
      .orIgnore()
      .execute();
  }
}
