import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { NOW, SettledWorld, day } from '../test/settled-world.js';
import { foldNewMeters } from './backfill.js';
import { shardKey } from './event-identity.js';

describe('a subject whose old usage changes', () => {
  let world: SettledWorld;
  beforeAll(async () => {
    world = await SettledWorld.start();
  }, 60_000);
  afterAll(() => world.database.stop());

  const insertBucket = (subject: string, at: Date): string => `
    INSERT INTO usage_bucket (shard_key, meter_id, subject, dimensions, bucket_start, organization_id, event_count, value_count, sum)
    SELECT '${shardKey(world.usage.organizationId, subject)}', '${world.meterIds.get('sum')!}', '${subject}', '{}', '${at.toISOString()}', '${world.usage.organizationId}', 1, 1, 7`;
  const versionOf = async (subject: string): Promise<string | undefined> => {
    const rows: { version: string }[] = await world.owner.query('SELECT version FROM usage_version WHERE shard_key = $1', [
      shardKey(world.usage.organizationId, subject),
    ]);
    return rows[0]?.version;
  };

  it('is noted once in a transaction, however often it comes', async () => {
    await world.owner.transaction(async (manager) => {
      for (const minute of [600, 615, 630])
        for (const subject of ['nan', 'oli', 'pia']) await manager.query(insertBucket(subject, day(8, minute)));
      expect(await manager.query('SELECT FROM usage_change')).toHaveLength(3);
    });
    expect(await world.owner.query('SELECT FROM usage_change')).toEqual([]);
  });

  it('gets a new version whatever was rolled back before, and whenever versions are written', async () => {
    const change = async (subject: string, minute: number): Promise<unknown> => runner.query(insertBucket(subject, day(8, minute)));
    const runner = world.owner.createQueryRunner();
    await runner.startTransaction();
    await change('qin', 600);
    await runner.query('SAVEPOINT before');
    await change('rex', 600);
    await change('sue', 600);
    await runner.query('SET CONSTRAINTS ALL IMMEDIATE');
    await runner.query('ROLLBACK TO before');
    await change('rex', 600);
    await runner.query('SET CONSTRAINTS ALL IMMEDIATE');
    await change('qin', 615);
    await change('ted', 600);
    await runner.commitTransaction();
    await runner.release();
    expect(await Promise.all(['qin', 'rex', 'sue', 'ted'].map(versionOf))).toEqual([
      expect.any(String),
      expect.any(String),
      undefined,
      expect.any(String),
    ]);
    expect(await world.owner.query('SELECT FROM usage_change')).toEqual([]);
  });

  it('gets a new version by a back-fill that takes so long that what was young may be settled at its end', async () => {
    await world.usage.use([world.event('una', new Date(NOW.getTime() - 3_600_000), 1)]);
    await world.addSummedMeter('min', 'min_anew');
    expect(await foldNewMeters(world.calc)).toEqual(['min_anew']);
    expect(await versionOf('una')).toBeUndefined();
    await world.addSummedMeter('max', 'max_anew');
    expect(await foldNewMeters(world.calc, { longMs: 0 })).toEqual(['max_anew']);
    expect(await versionOf('una')).toBeDefined();
  });

  describe('as its month is dropped', () => {
    let month: Date;
    beforeEach(async () => {
      await world.owner.query(`SELECT ensure_month_partitions((now() - interval '14 months')::date, (now() - interval '13 months')::date)`);
      [{ month }] = (await world.owner.query(
        `SELECT date_trunc('month', now(), 'UTC') - interval '14 months' + interval '3 days' AS month`,
      )) as [{ month: Date }];
      await world.owner.query(insertBucket('jan', month));
    });
    const drop = async (): Promise<string[]> => {
      const sql = `SELECT drop_month_partitions((now() - interval '12 months')::date) AS dropped`;
      const [row] = (await world.calc.query(sql)) as [{ dropped: string[] }];
      return row.dropped;
    };

    it('gets a new version, which what was carried before does not', async () => {
      await world.owner.query(insertBucket('gem', new Date(0)));
      const [jan, gem] = await Promise.all(['jan', 'gem'].map(versionOf));
      expect(await drop()).not.toEqual([]);
      expect(await versionOf('jan')).not.toBe(jan);
      expect(await versionOf('gem')).toBe(gem);
      const dropped = await versionOf('jan');
      expect(await drop()).toEqual([]);
      expect(await versionOf('jan')).toBe(dropped);
    });

    it('gets one new version where it is carried', async () => {
      const meterId = await world.usage.addMeter(`level ${randomUUID()}`, { recurring: true });
      await foldNewMeters(world.calc);
      await world.owner.query(insertBucket('val', month).replace(world.meterIds.get('sum')!, meterId));
      const before = await versionOf('val');
      await drop();
      const carried = await world.owner.query(`SELECT bucket_start AS at, sum::text FROM usage_bucket WHERE subject = 'val'`);
      expect(carried).toEqual([{ at: new Date(0), sum: '7' }]);
      expect(await versionOf('val')).not.toBe(before);
      expect(await world.owner.query('SELECT FROM usage_change')).toEqual([]);
    });

    it('gets none while a back-fill keeps months from being dropped', async () => {
      const before = await versionOf('jan');
      const reader = world.calc.createQueryRunner();
      await reader.startTransaction();
      await reader.query(`SELECT pg_advisory_xact_lock_shared(hashtext('tallymark.backfill'))`);
      expect(await drop()).toEqual([]);
      expect(await versionOf('jan')).toBe(before);
      await reader.rollbackTransaction();
      await reader.release();
      expect(await drop()).not.toEqual([]);
    });

    it('has nobody who reads usage wait for whoever else writes its version', async () => {
      const writer = world.owner.createQueryRunner();
      await writer.startTransaction();
      await writer.query('SELECT FROM usage_version WHERE shard_key = $1 FOR UPDATE', [shardKey(world.usage.organizationId, 'jan')]);
      const dropped = drop();
      const waiting = `SELECT pid FROM pg_locks WHERE NOT granted AND locktype = 'transactionid' AND pid <> pg_backend_pid()`;
      let pids: { pid: number }[] = [];
      while (pids.length === 0) pids = (await world.owner.query(waiting)) as { pid: number }[];
      const locked: unknown[] = await world.owner.query(
        `SELECT FROM pg_locks WHERE pid = $1 AND mode = 'AccessExclusiveLock' AND relation IS NOT NULL`,
        [pids[0]!.pid],
      );
      await writer.commitTransaction();
      await writer.release();
      expect(locked).toEqual([]);
      expect(await dropped).not.toEqual([]);
    });
  });
});
