import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type DataSource, closeDueStatements, verifyBuckets, verifyStatements } from '@tallymark/persistence';
import { type TestDatabase, UsageWorld, startTestDatabase } from '@tallymark/testing';

/** Open while its period runs, in grace for 72 hours, then closed for good; what comes later is adjusted on the next statement. */
describe('a statement that closes', () => {
  let database: TestDatabase;
  let world: UsageWorld;
  let calc: DataSource;

  beforeAll(async () => {
    database = await startTestDatabase({ now: new Date('2026-12-31T00:00:00Z') });
    calc = await database.connect('calc');
    world = await UsageWorld.create(database, new Date('2026-09-01T00:00:00Z'));
    await world.addMeter('calls');
    await world.subscribe({
      customerId: await world.addCustomer('acme'),
      baseAmount: '10.00',
      startedAt: '2026-09-01T00:00:00Z',
      charges: [{ metric: 'calls', includedUnits: '2', price: { model: 'standard', unitAmount: '0.50' } }],
    });
    await world.passTime('2026-09-01T00:00:00Z');
  });
  afterAll(() => database.stop());

  const statements = async (): Promise<string[]> => {
    const rows: {
      period_from: Date;
      status: string;
      total: string;
      calls: string;
      adjustments: { amount: string; units: string; periodFrom: string }[];
    }[] = await world.owner.query(
      `SELECT period_from, status, total, amounts -> 'lines' -> 0 ->> 'used' AS calls, amounts -> 'adjustments' AS adjustments FROM statement ORDER BY period_from`,
    );
    return rows.map((row) => {
      const adjusted = row.adjustments.map((one) => ` (${one.periodFrom.slice(0, 7)}: ${one.units} calls, ${one.amount})`).join('');
      return `${row.period_from.toISOString().slice(0, 7)} ${row.status} calls ${row.calls} total ${row.total}${adjusted}`;
    });
  };
  const verify = async (): Promise<object> => {
    expect((await verifyBuckets(calc, () => undefined)).map((result) => result.different)).toEqual([0]);
    const [verified] = await verifyStatements(calc);
    return verified!;
  };

  it('is open while its period runs', async () => {
    await world.passTime('2026-09-10T00:00:00Z');
    await world.use([{ subject: 'acme' }, { subject: 'acme' }, { subject: 'acme' }]);
    await world.passTime('2026-09-30T23:59:59Z');
    expect(await statements()).toEqual(['2026-09 open calls 3 total 10.5']);
  });

  it('is in grace for 72 hours, and late events still change it', async () => {
    await world.passTime('2026-10-01T00:00:00Z');
    expect(await statements()).toEqual(['2026-09 grace calls 3 total 10.5', '2026-10 open calls 0 total 10']);
    await world.use([{ subject: 'acme', time: '2026-09-30T23:59:59.999Z' }]);
    await world.passTime('2026-10-03T23:59:59Z');
    expect(await statements()).toEqual(['2026-09 grace calls 4 total 11', '2026-10 open calls 0 total 10']);
  });

  it('does not close while an event that was received in its grace is not counted', async () => {
    await world.send([{ subject: 'acme', time: '2026-09-20T00:00:00Z' }]);
    expect(await closeDueStatements(calc, new Date('2026-10-04T00:00:00Z'))).toBe(0);
  });

  it('closes as the grace is over', async () => {
    await world.passTime('2026-10-04T00:00:00Z');
    expect(await statements()).toEqual(['2026-09 closed calls 5 total 11.5', '2026-10 open calls 0 total 10']);
    expect(await verify()).toMatchObject({ recomputed: 2, closed: 1, different: [] });
  });

  it.each([
    ['owner', `UPDATE statement SET total = 0 WHERE status = 'closed'`],
    ['owner', `UPDATE statement SET status = 'open'`],
    ['owner', `DELETE FROM statement`],
    ['owner', 'TRUNCATE statement'],
    ['calc', `UPDATE statement SET revision = revision + 1 WHERE period_from = '2026-09-01'`],
    ['calc', `DELETE FROM statement WHERE period_from = '2026-09-01'`],
  ] as const)('is immutable for %s: %s', async (role, sql) => {
    const source = role === 'owner' ? world.owner : calc;
    await expect(source.query(sql)).rejects.toThrow('closed');
  });

  it('stays as it is when events come later; the next one bears the difference', async () => {
    await world.use([
      { subject: 'acme', time: '2026-09-20T00:00:00Z' },
      { subject: 'acme', time: '2026-10-04T00:00:00Z' },
    ]);
    expect(await statements()).toEqual(['2026-09 closed calls 5 total 11.5', '2026-10 open calls 1 total 10.5 (2026-09: 1 calls, 0.5)']);
    await world.use([{ subject: 'acme', time: '2026-09-01T00:00:00Z' }]);
    expect(await statements()).toEqual(['2026-09 closed calls 5 total 11.5', '2026-10 open calls 1 total 11 (2026-09: 2 calls, 1)']);
    expect(await verify()).toMatchObject({ recomputed: 2, closed: 1, different: [] });
  });

  it('settles what it adjusted when it closes, and what comes then goes to the one after it', async () => {
    await world.passTime('2026-11-10T00:00:00Z');
    await world.use([
      { subject: 'acme', time: '2026-09-02T00:00:00Z' },
      { subject: 'acme', time: '2026-10-02T00:00:00Z' },
      { subject: 'acme', time: '2026-10-03T00:00:00Z' },
    ]);
    expect(await statements()).toEqual([
      '2026-09 closed calls 5 total 11.5',
      '2026-10 closed calls 1 total 11 (2026-09: 2 calls, 1)',
      '2026-11 open calls 0 total 11 (2026-09: 1 calls, 0.5) (2026-10: 2 calls, 0.5)',
    ]);
    expect(await verify()).toMatchObject({ recomputed: 3, closed: 2, different: [] });
  });
});
