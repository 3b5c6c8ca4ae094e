import type { DataSource } from 'typeorm';
import { type MeterVerification, verifyBucketsIn } from './verification.js';
import { type StatementVerification, verifyStatementsIn } from './verify-statements.js';

/** How all that is stored of usage compares with what the raw events say. */
export interface UsageVerification {
  readonly meters: readonly MeterVerification[];
  readonly statements: readonly StatementVerification[];
}

/** Open statements that are priced from the events although their buckets were found equal. */
export const DRAWN_STATEMENTS = 20;

/**
 * Recomputes every bucket from the raw events, then every statement, inside one snapshot, so that it may run while events flow. A statement whose meters
 * had no bucket that differs is priced from these buckets: in this snapshot they are what the log yields, so that it need not be read twice. A statement
 * that any other meter goes into is priced from the events themselves, so that a bucket and a statement that were changed to fit are both found; and so
 * are some that are drawn by lot, so that a fault of reading buckets is found too.
 *
 * @param onMeter called as each meter is done, so that a long run shows where it is.
 * @param draws how many statements are drawn.
 */
export async function verifyUsage(
  dataSource: DataSource,
  onMeter: (result: MeterVerification) => void,
  draws = DRAWN_STATEMENTS,
): Promise<UsageVerification> {
  return dataSource.transaction('REPEATABLE READ', async (manager) => {
    // The planner takes the rows of the fold's named subqueries for a handful and joins them by nested loops, which on the whole log takes twenty times
    // as long as by hashes, and hashes fit into this memory. Statements read a few rows each, of a table of which hashes would read all.
    await manager.query(
      `SET LOCAL enable_nestloop = off; SET LOCAL enable_mergejoin = off; SET LOCAL work_mem = '64MB'; SET LOCAL hash_mem_multiplier = 8`,
    );
    const meters = await verifyBucketsIn(manager, onMeter);
    await manager.query('SET LOCAL enable_nestloop = on; SET LOCAL enable_mergejoin = on; SET LOCAL hash_mem_multiplier = 2');
    const proven = new Set(meters.filter(({ different }) => different === 0).map(({ meterId }) => meterId));
    return { meters, statements: await verifyStatementsIn(manager, proven, draws) };
  });
}
