import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type TestDatabase, UsageWorld, startTestDatabase } from '@tallymark/testing';
import type { DataSource } from 'typeorm';
import { closeDueStatements } from './closing.js';
import { queueSilentRecounts } from './statement-recounts.js';
import { queueRunningStatements } from './statements.js';
import { verifyUsage } from './verify-usage.js';

/** A meter may be deleted once no running subscription is priced by it: then the last statements of ended ones may still be in grace. */
describe('a statement whose meter is deleted before it closes', () => {
  let database: TestDatabase;
  let world: UsageWorld;
  let calc: DataSource;
  let subscription: string;

  // A database each: what one leaves to be done is of a later time than the next begins in.
  beforeEach(async () => {
    database = await startTestDatabase({ now: new Date('2026-12-31T00:00:00Z') });
    calc = await database.connect('calc');
    world = await UsageWorld.create(database, new Date('2026-09-01T00:00:00Z'));
    const meter = await world.addMeter('bytes', { aggregation: 'sum', valueProperty: '$.bytes' });
    const customer = await world.addCustomer('acme');
    subscription = await world.subscribe({ customerId: customer, startedAt: '2026-09-01T00:00:00Z', charges: [{ metric: 'bytes' }] });
    await world.passTime('2026-09-10T00:00:00Z');
    await use('1');
    await world.owner.query(`UPDATE subscription SET ended_at = '2026-10-01' WHERE id = $1`, [subscription]);
    await world.passTime('2026-10-01T01:00:00Z');
    await world.owner.query(`UPDATE meter SET deleted_at = '2026-10-01T01:00:00Z' WHERE id = $1`, [meter]);
  });

  afterEach(() => database.stop());

  const use = (bytes: string): Promise<void> => world.use([{ subject: 'acme', time: '2026-09-05T00:00:00Z', data: { bytes } }]);
  async function statements(): Promise<string[]> {
    const rows: { status: string; total: string }[] = await world.owner.query(
      `SELECT status, total::text FROM statement WHERE subscription_id = $1 ORDER BY period_from`,
      [subscription],
    );
    return rows.map((row) => `${row.status} ${row.total}`);
  }
  const differences = async (): Promise<unknown[]> =>
    (await verifyUsage(calc, () => undefined, 0)).statements.flatMap(({ different }) => different);

  it('counts what is late, while it is in grace', async () => {
    await use('7');
    expect(await differences()).toEqual([]);
    // As the job does that brings statements up to the clock.
    await queueRunningStatements(calc, new Date('2026-10-01T02:15:00Z'));
    await world.settle();
    expect([await statements(), await differences()]).toEqual([['grace 8'], []]);
    await world.passTime('2026-10-05T00:00:00Z');
    expect([await statements(), await differences()]).toEqual([['closed 8'], []]);
  });

  it('closes with what came last, whether it was made anew before or not', async () => {
    await use('7');
    await closeDueStatements(calc, new Date('2026-10-05T00:00:00Z'));
    await world.settle();
    expect([await statements(), await differences()]).toEqual([['closed 8'], []]);
  });

  it('owes what comes behind its close as an adjustment, as any other', async () => {
    await world.passTime('2026-10-05T00:00:00Z');
    await use('7');
    await queueSilentRecounts(calc, new Date('2026-10-06T00:00:00Z'));
    await world.settle();
    expect([await statements(), await differences()]).toEqual([['closed 1', 'open 7'], []]);
  });
});
