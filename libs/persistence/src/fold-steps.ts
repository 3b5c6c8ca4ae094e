import type { EntityManager } from 'typeorm';
import type { FoldMeter } from './fold-meter.js';
import { type FoldPass, type PassSums, storePasses, takesAll } from './fold-pass.js';
import { type Writing, isAnyStored } from './fold-store.js';
import type { SqlParameters } from './sql-parameters.js';

/**
 * The fast way to fold much that is written alone, beside one statement: in steps, of one transaction. The sums become a temporary table first, which lets a
 * second process read and sum too, as no statement that writes may. Then it is known whether nothing is stored yet of any bucket: if so, all rows are
 * inserted as they are computed, and none is kept to be asked about. Nobody can take an event out meanwhile, since corrections wait for the fold's lock.
 */

/** From how many events for each pass on it pays to make a table: that and its end write some rows of the catalogue. */
const EVENTS_OF_A_TABLE = 20_000;

/** Whether passes over so many events are to be made in steps: the sums have to tell of every bucket, those of unique values too. */
export const areSteps = (passes: readonly { readonly meters: readonly FoldMeter[] }[], events: number): boolean =>
  passes.length > 0 && events >= EVENTS_OF_A_TABLE * passes.length && passes.every(({ meters }) => takesAll(meters));

/**
 * One more process for a query, unless the server is set to have none, however small PostgreSQL takes the query for: it knows little of a log that grows
 * this fast.
 */
const TWO_PROCESSES = `SELECT set_config('max_parallel_workers_per_gather', least(current_setting('max_parallel_workers_per_gather')::integer, 1)::text, true),
  set_config('parallel_setup_cost', '0', true), set_config('parallel_tuple_cost', '0', true), set_config('min_parallel_index_scan_size', '0', true),
  set_config('min_parallel_table_scan_size', '0', true)`;

/** Adds what passes, made to be in steps, come to to the stored buckets, where nobody else writes until the transaction ends. */
export async function foldInSteps(manager: EntityManager, passes: readonly FoldPass[], parameters: SqlParameters): Promise<void> {
  const run = async (sql: string): Promise<void> => {
    const { text, values } = parameters.statement(sql);
    await manager.query(text, values);
  };
  const sums = passes.flatMap((pass) => pass.sums ?? []);
  await manager.query(TWO_PROCESSES);
  for (const { name, query } of sums) await run(`CREATE TEMP TABLE ${name} ON COMMIT DROP AS ${query}`);
  const onTables = passes.map((pass) => ({ ...pass, sums: undefined }));
  await run(storePasses(onTables, await writingOf(manager, sums)));
}

/** Whether all buckets are new. */
async function writingOf(manager: EntityManager, sums: readonly PassSums[]): Promise<Writing> {
  for (const { name, meters } of sums) {
    const idsOf = (isCounting: boolean): string[] =>
      meters.filter(({ aggregation }) => (aggregation === 'unique_count') === isCounting).map(({ id }) => id);
    const isStored = isAnyStored(name, { buckets: '$1::uuid[]', values: '$2::uuid[]' });
    const [row]: { is_stored: boolean }[] = await manager.query(isStored, [idsOf(false), idsOf(true)]);
    if (row!.is_stored) return 'alone';
  }
  return 'new';
}
