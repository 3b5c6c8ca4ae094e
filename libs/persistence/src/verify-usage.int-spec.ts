import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type TestDatabase, UsageWorld, startTestDatabase } from '@tallymark/testing';
import type { DataSource } from 'typeorm';
import { type UsageVerification, verifyUsage } from './verify-usage.js';

/** Statements are priced from buckets that were found equal: whoever changes both to fit must be found all the same. */
describe('verifyUsage', () => {
  let database: TestDatabase;
  let calc: DataSource;
  let world: UsageWorld;
  let calls: string;
  let subscription: string;

  beforeAll(async () => {
    database = await startTestDatabase({ now: new Date('2026-12-31T00:00:00Z') });
    calc = await database.connect('calc');
  });
  afterAll(() => database.stop());

  beforeEach(async () => {
    world = await UsageWorld.create(database, new Date('2026-09-01T00:00:00Z'));
    calls = await world.addMeter('calls');
    await world.addMeter('pages', { eventType: 'page.viewed' });
    subscription = await world.subscribe({
      customerId: await world.addCustomer('acme'),
      startedAt: '2026-09-01T00:00:00Z',
      charges: [{ metric: 'calls' }],
    });
    await world.subscribe({
      customerId: await world.addCustomer('other'),
      startedAt: '2026-09-01T00:00:00Z',
      charges: [{ metric: 'pages' }],
    });
    await world.passTime('2026-09-10T00:00:00Z');
    await world.use([
      { subject: 'acme', time: '2026-09-05T00:00:00Z' },
      { subject: 'other', time: '2026-09-05T00:00:00Z', type: 'page.viewed' },
    ]);
    await world.passTime('2026-10-05T00:00:00Z');
    await world.use([{ subject: 'acme', time: '2026-10-02T00:00:00Z' }]);
  });

  /** Of our own organization: the others are of the tests before. */
  async function verify(): Promise<UsageVerification> {
    const [{ name }]: [{ name: string }] = await world.owner.query('SELECT external_id AS name FROM organization WHERE id = $1', [
      world.organizationId,
    ]);
    const { meters, statements } = await verifyUsage(calc, () => undefined);
    return { meters: meters.filter((one) => one.organization === name), statements: statements.filter((one) => one.organization === name) };
  }

  /** Adds nine to the count of a bucket, and has all that rests on it made from it. */
  async function changeBucket(from: string): Promise<void> {
    await world.owner.query('UPDATE usage_bucket SET event_count = event_count + 9 WHERE meter_id = $1 AND bucket_start = $2', [
      calls,
      from,
    ]);
    await world.owner.query(
      `INSERT INTO statement_queue (organization_id, subscription_id, touched_from, touched_to) VALUES ($1, $2, '2026-09-01', '2026-10-05')`,
      [world.organizationId, subscription],
    );
    await world.settle();
  }

  it('prices open statements from the buckets that it found equal', async () => {
    const { meters, statements } = await verify();
    expect(meters.map(({ meter, different }) => [meter, different])).toEqual([
      ['calls', 0],
      ['pages', 0],
    ]);
    expect(statements).toMatchObject([{ recomputed: 4, closed: 2, fromBuckets: 2, queued: 0, different: [] }]);
  });

  it('finds a statement that was changed alone', async () => {
    await world.owner.query(
      `UPDATE statement SET amounts = jsonb_set(amounts, '{total}', '"0.01"') WHERE status = 'open' AND subscription_id = $1`,
      [subscription],
    );
    const { meters, statements } = await verify();
    expect(meters.map(({ different }) => different)).toEqual([0, 0]);
    expect(statements).toMatchObject([{ fromBuckets: 2, different: [{ subscription, recomputed: { total: '1' } }] }]);
  });

  it('finds a bucket and a statement that were changed to fit each other', async () => {
    await changeBucket('2026-10-02T00:00:00Z');
    const { meters, statements } = await verify();
    expect(meters).toMatchObject([
      { meter: 'calls', different: 1, examples: [{ stored: { event_count: 10 }, recomputed: { event_count: 1 } }] },
      { meter: 'pages', different: 0 },
    ]);
    expect(statements).toMatchObject([
      {
        recomputed: 4,
        // The other customer's, of a meter that nobody touched.
        fromBuckets: 1,
        different: [{ subscription, periodFrom: '2026-10-01T00:00:00.000Z', stored: { total: '10' }, recomputed: { total: '1' } }],
      },
    ]);
  });

  it('finds a bucket of a closed month and the adjustment that was made to fit it', async () => {
    await changeBucket('2026-09-05T00:00:00Z');
    const { meters, statements } = await verify();
    expect(meters.map(({ different }) => different)).toEqual([1, 0]);
    expect(statements).toMatchObject([
      {
        different: [
          {
            subscription,
            periodFrom: '2026-10-01T00:00:00.000Z',
            stored: { adjustmentAmount: '9', total: '10' },
            recomputed: { adjustmentAmount: '0', total: '1' },
          },
        ],
      },
    ]);
  });
});
