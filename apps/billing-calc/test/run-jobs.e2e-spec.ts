import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { DataSource } from '@tallymark/persistence';
import { type TestDatabase, UsageWorld, startTestDatabase } from '@tallymark/testing';
import { JOBS } from '../src/jobs/jobs.js';

const NOW = new Date('2026-11-20T12:00:00Z');

/** Each job in the role of the service, which may do no more than it needs. */
describe('the timed jobs', () => {
  let database: TestDatabase;
  let calc: DataSource;
  let world: UsageWorld;

  beforeAll(async () => {
    database = await startTestDatabase({ now: NOW });
    calc = await database.connect('calc');
    world = await UsageWorld.create(database, new Date('2026-09-01T00:00:00Z'));
    await world.addMeter('calls');
    await world.subscribe({
      customerId: await world.addCustomer('acme'),
      startedAt: '2026-09-01T00:00:00Z',
      charges: [{ metric: 'calls' }],
    });
    await world.passTime('2026-09-02T00:00:00Z');
    await world.use([{ subject: 'acme' }]);
  });
  afterAll(() => database.stop());

  const run = async (id: string): Promise<void> => {
    await JOBS.find((job) => job.id === id)!.run({ dataSource: calc, now: NOW, retentionMonths: 13 });
    await world.settle();
  };

  it.each(JOBS.map((job) => ({ id: job.id })))('$id runs, and may run again', async ({ id }) => {
    await run(id);
    await run(id);
  });

  it('make and close the statements of the months that went by', async () => {
    await run('statements.refresh');
    await run('statements.close');
    const rows: { status: string; total: string }[] = await world.owner.query('SELECT status, total FROM statement ORDER BY period_from');
    expect(rows.map((row) => `${row.status} ${row.total}`)).toEqual(['closed 1', 'closed 0', 'open 0']);
  });
});
