import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type TestDatabase, UsageWorld, startTestDatabase } from '@tallymark/testing';
import type { DataSource } from 'typeorm';
import { foldNewMeters } from './backfill.js';
import { foldPendingCommits } from './fold.js';
import { foldOf, TAKES } from './fold-sql.js';

const NOW = new Date('2026-11-21T12:00:00Z');
/** Enough for a pass of its own. */
const MANY = 1_000;
const ORDER = 'meter_id, subject, bucket_start, dimensions';

describe('a round of folding', () => {
  let database: TestDatabase;
  let owner: DataSource;
  let calc: DataSource;
  let several: UsageWorld;
  let single: UsageWorld;
  let small: UsageWorld;
  const subscriptions: string[] = [];

  /** Events over two buckets and six subjects, of which the last one is sent what no filter lets pass. */
  const events = (type: string, count: number, seed: number): Parameters<UsageWorld['send']>[0] =>
    Array.from({ length: count }, (_, n) => ({
      type,
      subject: `s${n % 6}`,
      time: new Date(Date.UTC(2026, 10, 20, 10, 0, (n * 7 + seed) % 1_800)).toISOString(),
      data: {
        v: n % 6 === 5 ? null : (n * seed) % 97,
        kind: n % 6 === 5 ? 'none' : `k${n % 3}`,
        user: `u${(n * seed) % 40}`,
        op: n % 4 === 0 ? 'remove' : 'add',
      },
    }));
  const sendAll = async (seed: number): Promise<void> => {
    await several.send([...events('a', MANY, seed), ...events('b', MANY, seed), ...events('c', 30, seed)]);
    await single.send(events('a', MANY, seed));
    await small.send(events('a', 30, seed));
  };
  const stored = async (): Promise<unknown[][]> => [
    await owner.query(`SELECT (to_jsonb(b) - 'shard_key')::text AS row FROM usage_bucket b ORDER BY ${ORDER}`),
    await owner.query(`SELECT (to_jsonb(u) - 'shard_key')::text AS row FROM usage_unique u ORDER BY ${ORDER}, value_hash`),
  ];
  const recomputed = async (): Promise<unknown[][]> => {
    const fold = foldOf(`event e JOIN meter m ON ${TAKES}`);
    return [
      await owner.query(`WITH ${fold} SELECT (to_jsonb(b) - 'shard_key')::text AS row FROM folded b ORDER BY ${ORDER}`),
      await owner.query(
        `WITH ${fold} SELECT (to_jsonb(u) - 'shard_key')::text AS row FROM distinct_values u ORDER BY ${ORDER}, value_hash`,
      ),
    ];
  };

  beforeAll(async () => {
    database = await startTestDatabase({ now: NOW });
    [owner, calc] = await Promise.all([database.connect('owner'), database.connect('calc')]);
    several = await UsageWorld.create(database, NOW);
    single = await UsageWorld.create(database, NOW);
    small = await UsageWorld.create(database, NOW);
    const passing = [{ property: '$.kind', in: ['k0', 'k1'] }];
    await several.addMeter('calls', { eventType: 'a' });
    await several.addMeter('level', { eventType: 'a', aggregation: 'latest', valueProperty: '$.v' });
    await several.addMeter('sum_by_kind', { eventType: 'a', aggregation: 'sum', valueProperty: '$.v', groupBy: { kind: '$.kind' } });
    await several.addMeter('present', { eventType: 'a', aggregation: 'unique_count', valueProperty: '$.user', operationProperty: '$.op' });
    await several.addMeter('some', { eventType: 'b', aggregation: 'max', valueProperty: '$.v', filters: passing });
    await several.addMeter('few', { eventType: 'c', aggregation: 'sum', valueProperty: '$.v' });
    await single.addMeter('users', { eventType: 'a', aggregation: 'unique_count', valueProperty: '$.user', filters: passing });
    await single.addMeter('most', { eventType: 'a', aggregation: 'max', valueProperty: '$.v', filters: passing });
    await small.addMeter('users', { eventType: 'a', aggregation: 'unique_count', valueProperty: '$.user' });
    await foldNewMeters(calc);
    for (const [world, subject] of [
      [several, 's1'],
      [single, 's1'],
      [single, 's5'],
      [small, 's0'],
    ] as const)
      subscriptions.push(await world.subscribe({ customerId: await world.addCustomer(subject), charges: [{ metric: 'users' }] }));
  });
  afterAll(() => database.stop());

  it.each([3, 11])('comes out equal for kinds with passes of their own, and for those without (seed %d)', async (seed) => {
    await sendAll(seed);
    expect(await foldPendingCommits(calc)).toMatchObject({ events: 3 * MANY + 60 });
    expect(await foldPendingCommits(calc)).toEqual({ commits: 0, events: 0 });
    const [buckets, values] = await stored();
    expect(buckets!.length).toBeGreaterThan(40);
    expect(values!.length).toBeGreaterThan(100);
    expect([buckets, values]).toEqual(await recomputed());
  });

  it('queues the statements of all whose usage it changed, and of nobody else', async () => {
    await owner.query('DELETE FROM statement_queue');
    await sendAll(5);
    await foldPendingCommits(calc);
    const rows: { subscription_id: string; from: Date; to: Date }[] = await owner.query(
      'SELECT subscription_id, touched_from AS "from", touched_to AS "to" FROM statement_queue ORDER BY array_position($1::uuid[], subscription_id)',
      [subscriptions],
    );
    const touched = { from: new Date('2026-11-20T10:00:00Z'), to: new Date('2026-11-20T10:30:00Z') };
    const [ofSeveral, ofSingle, , ofSmall] = subscriptions;
    const ofOneBucket = { from: new Date('2026-11-20T10:00:00Z'), to: new Date('2026-11-20T10:15:00Z') };
    expect(rows).toEqual([
      { subscription_id: ofSeveral, ...touched },
      { subscription_id: ofSingle, ...touched },
      { subscription_id: ofSmall, ...ofOneBucket },
    ]);
  });
});
