import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type TestDatabase, UsageWorld, startTestDatabase } from '@tallymark/testing';
import type { DataSource } from 'typeorm';
import { verifyStatementsIn } from './verify-statements.js';
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

  /** Of our own organization: the others are of the tests before. None is drawn by lot unless a test says so. */
  async function verify(draws = 0): Promise<UsageVerification> {
    const { meters, statements } = await verifyUsage(calc, () => undefined, draws);
    const organization = await nameOfOrganization();
    const own = (one: { organization: string }): boolean => one.organization === organization;
    return { meters: meters.filter(own), statements: statements.filter(own) };
  }

  async function nameOfOrganization(): Promise<string> {
    const [row]: { name: string }[] = await world.owner.query('SELECT external_id AS name FROM organization WHERE id = $1', [
      world.organizationId,
    ]);
    return row!.name;
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

  it('tells whose a bucket and a distinct value are, where that was changed', async () => {
    await world.addMeter('users', { aggregation: 'unique_count', valueProperty: '$.user' });
    await world.settle();
    await world.use([{ subject: 'acme', time: '2026-10-03T00:00:00Z', data: { user: 'u' } }]);
    const stranger = await UsageWorld.create(database, new Date('2026-09-01T00:00:00Z'));
    for (const table of ['usage_bucket', 'usage_unique'])
      await world.owner.query(
        `UPDATE ${table} SET organization_id = $2 WHERE organization_id = $1 AND bucket_start = '2026-10-03T00:00:00Z'`,
        [world.organizationId, stranger.organizationId],
      );
    const { meters } = await verify();
    const moved = {
      different: 1,
      examples: [{ stored: { organization_id: stranger.organizationId }, recomputed: { organization_id: world.organizationId } }],
    };
    expect(meters).toMatchObject([
      { meter: 'calls', ...moved },
      { meter: 'pages', different: 0 },
      { meter: 'users', ...moved },
    ]);
  });

  it('draws as many open statements as it is told, and prices them from the events', async () => {
    const [{ open }]: [{ open: number }] = await world.owner.query(
      `SELECT count(*)::integer AS open FROM statement s WHERE status <> 'closed' AND NOT EXISTS (SELECT FROM statement_queue q WHERE q.subscription_id = s.subscription_id)`,
    );
    const { statements } = await verifyUsage(calc, () => undefined, open - 1);
    // Those that rest on buckets which the tests before changed are read from the events anyhow.
    expect(statements.reduce((sum, { drawn, fromBuckets }) => sum + drawn + fromBuckets, 0)).toBeGreaterThan(2);
    expect(statements.reduce((sum, { fromBuckets }) => sum + fromBuckets, 0)).toBeLessThanOrEqual(1);
    expect((await verify(open)).statements).toMatchObject([{ recomputed: 4, closed: 2, fromBuckets: 0, drawn: 2, different: [] }]);
  });

  it('finds a fault of reading buckets in a statement that is drawn', async () => {
    // What a reading that errs would have made of it: buckets that are taken for proven say so, and the events do not.
    await changeBucket('2026-10-02T00:00:00Z');
    const drawing = async (draws: number): Promise<unknown> => {
      const organization = await nameOfOrganization();
      const results = await calc.transaction('REPEATABLE READ', (manager) => verifyStatementsIn(manager, new Set([calls]), draws));
      return results.find((one) => one.organization === organization)?.different.map((one) => one.subscription);
    };
    expect(await drawing(0)).toEqual([]);
    expect(await drawing(1_000)).toEqual([subscription]);
  });
});
