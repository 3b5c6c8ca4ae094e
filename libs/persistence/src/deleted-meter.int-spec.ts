import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { formatDecimal } from '@tallymark/domain';
import { type TestDatabase, UsageWorld, startTestDatabase } from '@tallymark/testing';
import type { DataSource } from 'typeorm';
import { loadBillables, rateBillings } from './billable.js';
import { billingPartAt } from './billing-parts.js';
import { closeDueStatements } from './closing.js';
import { queueSilentRecounts } from './statement-recounts.js';
import { queueRunningStatements } from './statements.js';
import { drawOpenStatements } from './verify-open-statements.js';
import type { StatementVerification } from './verify-statements.js';
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
  async function verified(): Promise<{ closed: number; silent: number; different: readonly unknown[] }> {
    const [{ closed, silent, different }] = (await verifyUsage(calc, () => undefined, 0)).statements as [StatementVerification];
    return { closed, silent, different };
  }
  const EQUAL = { closed: 1, silent: 0, different: [] };

  it('counts what is late, while it is in grace', async () => {
    await use('7');
    expect(await verified()).toEqual({ closed: 0, silent: 1, different: [] });
    // As the job does that brings statements up to the clock.
    await queueRunningStatements(calc, new Date('2026-10-01T02:15:00Z'));
    await world.settle();
    expect(await statements()).toEqual(['grace 8']);
    await world.passTime('2026-10-05T00:00:00Z');
    expect([await statements(), await verified()]).toEqual([['closed 8'], EQUAL]);
  });

  it('closes with what came last, whether it was made anew before or not', async () => {
    await use('7');
    await closeDueStatements(calc, new Date('2026-10-05T00:00:00Z'));
    await world.settle();
    expect([await statements(), await verified()]).toEqual([['closed 8'], EQUAL]);
  });

  it('owes what comes behind its close as an adjustment, as any other', async () => {
    await world.passTime('2026-10-05T00:00:00Z');
    await use('7');
    await queueSilentRecounts(calc, new Date('2026-10-06T00:00:00Z'));
    await world.settle();
    expect([await statements(), await verified()]).toEqual([['closed 1', 'open 7'], { ...EQUAL, silent: 1 }]);
  });

  it('is not made anew once its events are dropped, and closes as it was', async () => {
    await calc.query(`SELECT drop_month_partitions('2026-10-01')`);
    await queueRunningStatements(calc, new Date('2026-10-01T02:15:00Z'));
    await world.settle();
    expect(await statements()).toEqual(['grace 1']);
    await world.passTime('2026-10-05T00:00:00Z');
    expect(await statements()).toEqual(['closed 1']);
  });

  describe('beside others', () => {
    const OCTOBER = new Date('2026-10-01T00:00:00Z');
    const subscribe = async (customer: string, metrics: readonly string[]): Promise<string> =>
      world.subscribe({
        customerId: await world.addCustomer(customer),
        startedAt: OCTOBER.toISOString(),
        charges: metrics.map((metric) => ({ metric })),
      });

    it('is not among those that are drawn to be verified', async () => {
      await world.addMeter('calls');
      const other = await subscribe('other', ['calls']);
      await world.passTime('2026-10-01T01:15:00Z');
      expect((await drawOpenStatements(calc.manager, 10)).subscriptionIds).toEqual(new Set([other]));
    });

    it('reads from the events what is charged by the deleted meter, and no more', async () => {
      const calls = await world.addMeter('calls');
      const both = await subscribe('other', ['bytes', 'calls']);
      await world.use([{ subject: 'other', time: '2026-10-01T00:30:00Z', data: { bytes: '7' } }]);
      // By this it shows where a number is from.
      await world.owner.query('UPDATE usage_bucket SET event_count = 100 WHERE meter_id = $1', [calls]);
      const [billable] = await loadBillables(calc.manager, { ids: [both] });
      const billing = { billable: billable!, ...billingPartAt(billable!, OCTOBER)!, gauges: 'latest' as const };
      const [amounts] = await rateBillings(calc.manager, [billing]);
      expect(amounts!.lines.map(({ metric, used }) => `${metric} ${formatDecimal(used)}`)).toEqual(['bytes 7', 'calls 100']);
    });
  });
});
