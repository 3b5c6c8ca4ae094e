import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type DataSource, verifyBuckets, verifyStatements } from '@tallymark/persistence';
import { type TestDatabase, UsageWorld, startTestDatabase } from '@tallymark/testing';

const NOW = new Date('2026-11-11T00:00:00Z');

/** A late event lands in the period it happened in; a late gauge also changes what later periods begin with. */
describe('usage that arrives late', () => {
  let database: TestDatabase;
  let world: UsageWorld;
  let calc: DataSource;

  beforeAll(async () => {
    database = await startTestDatabase({ now: NOW });
    calc = await database.connect('calc');
    world = await UsageWorld.create(database, NOW);
    await world.addMeter('calls');
    await world.addMeter('seats', { eventType: 'seats.changed', aggregation: 'latest', valueProperty: '$.seats', recurring: true });
    await world.subscribe({
      customerId: await world.addCustomer('acme'),
      baseAmount: '10.00',
      startedAt: '2026-09-01T04:00:00Z',
      timeZone: 'America/New_York',
      charges: [
        { metric: 'calls', includedUnits: '2', price: { model: 'standard', unitAmount: '0.50' } },
        { metric: 'seats', includedUnits: '5', price: { model: 'standard', unitAmount: '3' } },
      ],
    });
    await world.use([
      { subject: 'acme', time: '2026-10-10T00:00:00Z' },
      { subject: 'acme', time: '2026-11-02T00:00:00Z' },
      { subject: 'acme', type: 'seats.changed', time: '2026-09-15T00:00:00Z', data: { seats: 5 } },
    ]);
  });
  afterAll(() => database.stop());

  const statements = async (): Promise<string[]> => {
    const rows: { period_from: Date; total: string; calls: string; seats: string }[] = await world.owner.query(
      `SELECT period_from, total, amounts -> 'lines' -> 0 ->> 'used' AS calls, amounts -> 'lines' -> 1 ->> 'used' AS seats FROM statement ORDER BY period_from`,
    );
    return rows.map((row) => `${row.period_from.toISOString()} calls ${row.calls} seats ${row.seats} total ${row.total}`);
  };

  it('is priced in the customer’s months', async () => {
    expect(await statements()).toEqual([
      '2026-09-01T04:00:00.000Z calls 0 seats 5 total 10',
      '2026-10-01T04:00:00.000Z calls 1 seats 5 total 10',
      '2026-11-01T04:00:00.000Z calls 1 seats 5 total 10',
    ]);
  });

  it('changes the statement of the period it happened in, to the local midnight', async () => {
    await world.use([
      { subject: 'acme', time: '2026-11-01T03:59:59.999Z' },
      { subject: 'acme', time: '2026-10-31T00:00:00Z' },
      { subject: 'acme', time: '2026-11-01T04:00:00Z' },
    ]);
    expect(await statements()).toEqual([
      '2026-09-01T04:00:00.000Z calls 0 seats 5 total 10',
      '2026-10-01T04:00:00.000Z calls 3 seats 5 total 10.5',
      '2026-11-01T04:00:00.000Z calls 2 seats 5 total 10',
    ]);
  });

  it('carries a late gauge into every period since', async () => {
    await world.use([{ subject: 'acme', type: 'seats.changed', time: '2026-10-20T00:00:00Z', data: { seats: 7 } }]);
    expect(await statements()).toEqual([
      '2026-09-01T04:00:00.000Z calls 0 seats 5 total 10',
      '2026-10-01T04:00:00.000Z calls 3 seats 7 total 16.5',
      '2026-11-01T04:00:00.000Z calls 2 seats 7 total 16',
    ]);
  });

  it('equals what the raw events say', async () => {
    expect((await verifyBuckets(calc, () => undefined)).map((result) => result.different)).toEqual([0, 0]);
    const [verified] = await verifyStatements(calc);
    expect(verified).toMatchObject({ recomputed: 3, queued: 0, different: [] });
  });

  it('is adjusted for every closed period that a late gauge reaches', async () => {
    // The months before are over, and so is their grace.
    await world.passTime('2026-11-11T00:00:00Z');
    await world.use([
      { subject: 'acme', type: 'seats.changed', time: '2026-09-20T00:00:00Z', data: { seats: 6 } },
      { subject: 'acme', type: 'seats.changed', time: '2026-10-25T00:00:00Z', data: { seats: 8 } },
    ]);
    expect(await statements()).toEqual([
      '2026-09-01T04:00:00.000Z calls 0 seats 5 total 10',
      '2026-10-01T04:00:00.000Z calls 3 seats 7 total 16.5',
      // 3 for a seat in September, 3 for one in October, and 9 of its own.
      '2026-11-01T04:00:00.000Z calls 2 seats 8 total 25',
    ]);
    const [november]: { adjustments: { periodFrom: string; metric: string; units: string; amount: string }[] }[] = await world.owner.query(
      `SELECT amounts -> 'adjustments' AS adjustments FROM statement WHERE period_from = '2026-11-01T04:00:00Z'`,
    );
    expect(november!.adjustments.map((one) => `${one.periodFrom.slice(0, 7)} ${one.metric} ${one.units} ${one.amount}`)).toEqual([
      '2026-09 seats 1 3',
      '2026-10 seats 1 3',
    ]);
    const [verified] = await verifyStatements(calc);
    expect(verified).toMatchObject({ recomputed: 3, closed: 2, different: [] });
  });

  it('is told apart from a statement changed by hand', async () => {
    await world.owner.query(
      `UPDATE statement SET amounts = jsonb_set(amounts, '{lines,0,used}', '"4"') WHERE period_from = '2026-11-01T04:00:00Z'`,
    );
    const [verified] = await verifyStatements(calc);
    expect(verified!.different.map((one) => one.periodFrom)).toEqual(['2026-11-01T04:00:00.000Z']);
  });
});
