import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type TestDatabase, UsageWorld, startTestDatabase } from '@tallymark/testing';
import type { DataSource, EntityManager } from 'typeorm';
import { foldNewMeters } from './backfill.js';
import { type Commit, foldCommits } from './fold-round.js';
import { TAKES, foldOf } from './fold-sql.js';

const NOW = new Date('2026-11-21T12:00:00Z');
/** As many as a round is said to have so that it is made in steps. */
const MANY = 100_000;
const ORDER = 'meter_id, subject, bucket_start, dimensions';

describe('a round of folding in steps', () => {
  let database: TestDatabase;
  let owner: DataSource;
  let calc: DataSource;
  let world: UsageWorld;

  beforeAll(async () => {
    database = await startTestDatabase({ now: NOW });
    [owner, calc] = await Promise.all([database.connect('owner'), database.connect('calc')]);
    world = await UsageWorld.create(database, NOW);
    const level = { aggregation: 'latest', valueProperty: '$.v' } as const;
    await world.addMeter('calls');
    await world.addMeter('level', level);
    await world.addMeter('level_of_some', { ...level, filters: [{ property: '$.region', in: ['eu'] }] });
    await world.addMeter('other_level', { aggregation: 'latest', valueProperty: '$.w' });
    await world.addMeter('users', { aggregation: 'unique_count', valueProperty: '$.user' });
    const apart = { eventType: 'apart' };
    await world.addMeter('calls_apart', apart);
    await world.addMeter('level_apart', { ...level, ...apart });
    await world.addMeter('level_by_kind', { ...level, ...apart, groupBy: { kind: '$.kind' } });
    await world.addMeter('level_of_some_by_kind', {
      ...level,
      ...apart,
      groupBy: { kind: '$.kind' },
      filters: [{ property: '$.region', in: ['eu'] }],
    });
    await foldNewMeters(calc);
  });
  afterAll(() => database.stop());

  /** Many at a time of each subject, of which the last are those that most meters do not take. */
  const events = (seed: number, type: string): Parameters<UsageWorld['send']>[0] =>
    Array.from({ length: 300 }, (_, n) => {
      const isLast = n % 5 === 4;
      return {
        type,
        subject: `s${n % 4}`,
        time: new Date(Date.UTC(2026, 10, 20, 10, 10 * (n % 3), isLast ? 30 : 15)).toISOString(),
        data: {
          v: isLast && n % 2 === 0 ? 'none' : (n * seed) % 97,
          ...(n % 7 > 0 && { w: n }),
          ...((n * seed) % 13 > 3 && { kind: `k${((n * seed) % 13) % 3}` }),
          region: isLast || (n * seed) % 11 < 5 ? 'us' : 'eu',
          user: `u${(n * seed) % 40}`,
        },
      };
    });
  const send = (seed: number): Promise<void> => world.send([...events(seed, 'api.request'), ...events(seed, 'apart')]);
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

  /** Folds what is pending as if it were much. */
  const foldLarge = async (manager: EntityManager): Promise<void> => {
    const [commits]: [Commit[], number] = await manager.query(
      'DELETE FROM ingest_commit RETURNING organization_id, commit_id, event_count',
    );
    const large = commits.map((commit) => ({ ...commit, event_count: MANY }));
    await foldCommits(manager, large, 'fast', 'alone');
  };

  it.each([
    ['new', 3],
    ['stored already', 11],
  ])('comes out equal where buckets are %s', async (_, seed) => {
    await send(seed);
    await calc.transaction(async (manager) => {
      await foldLarge(manager);
      expect(await manager.query(`SELECT to_regclass('pg_temp.pass2_finest') IS NOT NULL AS "isInSteps"`)).toEqual([{ isInSteps: true }]);
    });
    const [buckets, values] = await stored();
    expect(buckets!.length).toBeGreaterThan(30);
    expect(values!.length).toBeGreaterThan(50);
    expect([buckets, values]).toEqual(await recomputed());
  });

  it('reads an event a few times, however many devices of a subject report at one instant', async () => {
    const devices = 400;
    const fleet = await UsageWorld.create(database, NOW);
    await fleet.addMeter('reports', { eventType: 'report' });
    await fleet.addMeter('level', { eventType: 'report', aggregation: 'latest', valueProperty: '$.v', groupBy: { device: '$.device' } });
    await foldNewMeters(calc);
    const time = '2026-11-20T11:00:00Z';
    await fleet.send(
      Array.from({ length: devices }, (_, n) => ({ type: 'report', subject: 'fleet', time, data: { v: n, device: `d${n}` } })),
    );
    await calc.transaction(async (manager) => {
      await manager.query('SET LOCAL max_parallel_workers_per_gather = 0');
      const before = await eventsRead(manager);
      await foldLarge(manager);
      expect((await eventsRead(manager)) - before).toBeLessThan(10 * devices);
    });
    const levels = 'SELECT count(*)::integer AS n FROM usage_bucket WHERE organization_id = $1 AND latest IS NOT NULL';
    expect(await owner.query(levels, [fleet.organizationId])).toEqual([{ n: devices }]);
  });

  it.each([
    ['2', '1'],
    ['0', '0'],
  ])('has one process beside its own where the server allows %s, at most', async (allowed, used) => {
    await send(7);
    await calc.transaction(async (manager) => {
      await manager.query(`SELECT set_config('max_parallel_workers_per_gather', $1, true)`, [allowed]);
      await foldLarge(manager);
      expect(await manager.query('SHOW max_parallel_workers_per_gather')).toEqual([{ max_parallel_workers_per_gather: used }]);
    });
  });
});

/** How many events of the log this connection's own process has read. */
async function eventsRead(manager: EntityManager): Promise<number> {
  const [row]: { n: string }[] = await manager.query(
    `SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0)) AS n FROM pg_stat_xact_user_tables WHERE relname ~ '^event_\\d|^event$'`,
  );
  return Number(row!.n);
}
