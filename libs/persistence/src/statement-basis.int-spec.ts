import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type TestDatabase, UsageWorld, startTestDatabase } from '@tallymark/testing';
import type { DataSource } from 'typeorm';
import { newId } from './ids.js';
import { queueSilentRecounts } from './statement-recounts.js';
import { verifyStatements } from './verify-statements.js';

/** What a closed statement was made from stands in it: nothing that is changed in the catalogue afterwards reaches it. */
describe('a closed statement', () => {
  let database: TestDatabase;
  let world: UsageWorld;
  let calc: DataSource;
  let meter: string;
  let customer: string;
  let subscription: string;

  beforeAll(async () => {
    database = await startTestDatabase({ now: new Date('2026-12-31T00:00:00Z') });
    calc = await database.connect('calc');
  });
  afterAll(() => database.stop());

  beforeEach(async () => {
    world = await UsageWorld.create(database, new Date('2026-09-01T00:00:00Z'));
    meter = await world.addMeter('bytes', { aggregation: 'sum', valueProperty: '$.bytes' });
    customer = await world.addCustomer('acme');
    subscription = await world.subscribe({ customerId: customer, startedAt: '2026-09-01T00:00:00Z', charges: [{ metric: 'bytes' }] });
    await world.passTime('2026-09-10T00:00:00Z');
    await use('2026-09-05T00:00:00Z', '1.4');
    await use('2026-10-01T00:00:00Z', '1.4');
    await world.passTime('2026-10-05T00:00:00Z');
  });

  async function use(time: string, bytes: string): Promise<void> {
    await world.use([{ subject: 'acme', time, data: { bytes, tier: 'gold' } }]);
  }

  /** Has all statements made anew, as every change of the catalogue does. */
  async function touch(): Promise<void> {
    await world.owner.query(
      `INSERT INTO statement_queue (organization_id, subscription_id, touched_from, touched_to) VALUES ($1, $2, '2026-09-01', '2026-10-05')`,
      [world.organizationId, subscription],
    );
    await world.settle();
  }

  async function statements(): Promise<string[]> {
    const rows: { status: string; used: string; adjusted: string }[] = await world.owner.query(
      `SELECT status, amounts -> 'lines' -> 0 ->> 'used' AS used, amounts ->> 'adjustmentAmount' AS adjusted FROM statement WHERE subscription_id = $1 ORDER BY period_from`,
      [subscription],
    );
    return rows.map((row) => `${row.status} ${row.used} (${row.adjusted})`);
  }

  async function expectVerified(): Promise<void> {
    expect((await verifyStatements(calc)).flatMap((result) => result.different)).toEqual([]);
  }

  it('stays what it is when the customer’s subjects change; late events of its own are found within a day', async () => {
    await world.owner.query('DELETE FROM customer_subject WHERE customer_id = $1', [customer]);
    await world.owner.query('INSERT INTO customer_subject (organization_id, subject, customer_id) VALUES ($1, $2, $3)', [
      world.organizationId,
      'other',
      customer,
    ]);
    await world.use([{ subject: 'other', time: '2026-09-06T00:00:00Z', data: { bytes: '5' } }]);
    await touch();
    expect(await statements()).toEqual(['closed 1.4 (0)', 'open 0 (0)']);
    await use('2026-09-06T00:00:00Z', '2');
    expect(await statements()).toEqual(['closed 1.4 (0)', 'open 0 (0)']);
    await expectVerified();
    await queueSilentRecounts(calc, new Date('2026-10-05T00:00:00Z'));
    await world.settle();
    expect(await statements()).toEqual(['closed 1.4 (0)', 'open 0 (2)']);
  });

  it('stays what it is when the meter’s rounding changes', async () => {
    await world.owner.query(`UPDATE meter SET rounding = '{"function": "ceil", "precision": 0}' WHERE id = $1`, [meter]);
    await touch();
    expect(await statements()).toEqual(['closed 1.4 (0)', 'open 2 (0)']);
    await use('2026-09-06T00:00:00Z', '0.2');
    expect(await statements()).toEqual(['closed 1.4 (0)', 'open 2 (0.2)']);
    await expectVerified();
  });

  it('stays what it is when the meter is deleted', async () => {
    await world.owner.query('UPDATE meter SET deleted_at = now() WHERE id = $1', [meter]);
    await use('2026-09-06T00:00:00Z', '7');
    expect(await statements()).toEqual(['closed 1.4 (0)', 'open 1.4 (0)']);
    await expectVerified();
    await queueSilentRecounts(calc, new Date('2026-10-05T00:00:00Z'));
    await world.settle();
    // Closed months go on as they were defined; the month that is open goes on without the meter.
    expect(await statements()).toEqual(['closed 1.4 (0)', 'open 1.4 (7)']);
  });

  it('is counted anew as it was defined then when another meter takes the place of its own', async () => {
    await world.owner.query('UPDATE meter SET deleted_at = now() WHERE id = $1', [meter]);
    await world.owner.query(
      `INSERT INTO meter (id, organization_id, code, name, unit, event_type, aggregation, value_property, filters, group_by, recurring, replaces_id)
       SELECT $2, organization_id, code, name, unit, event_type, 'count', NULL, filters, group_by, recurring, id FROM meter WHERE id = $1`,
      [meter, newId(new Date())],
    );
    await touch();
    expect(await statements()).toEqual(['closed 1.4 (0)', 'open 1 (0)']);
    await use('2026-09-06T00:00:00Z', '7');
    expect(await statements()).toEqual(['closed 1.4 (0)', 'open 1 (7)']);
    await expectVerified();
  });

  it('is told apart from one that says something else', async () => {
    await world.owner.query('ALTER TABLE statement DISABLE TRIGGER statement_keep_closed');
    await world.owner.query(
      `UPDATE statement SET total = 3, amounts = amounts || '{"overageAmount": "3", "total": "3"}' || jsonb_build_object('lines', jsonb_set(amounts -> 'lines', '{0,amount}', '"3"'))
       WHERE subscription_id = $1 AND status = 'closed'`,
      [subscription],
    );
    await world.owner.query('ALTER TABLE statement ENABLE ALWAYS TRIGGER statement_keep_closed');
    const different = (await verifyStatements(calc)).flatMap((result) => result.different);
    // The closed one is not what it was made from, and what it lacks to that is adjusted nowhere.
    expect(different.map((one) => one.periodFrom)).toEqual(['2026-09-01T00:00:00.000Z', '2026-10-01T00:00:00.000Z']);
  });
});
