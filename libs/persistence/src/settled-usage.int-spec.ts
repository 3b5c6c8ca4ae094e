import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { CorrectionWorld } from '../test/correction-world.js';
import { type Asked, KINDS, NOW, SettledWorld, day } from '../test/settled-world.js';
import { shardKey } from './event-identity.js';
import { SettledUsage } from './settled-usage.js';

const DAYS = 12;

describe('usage that is settled', () => {
  let world: SettledWorld;
  beforeAll(async () => {
    world = await SettledWorld.start();
  }, 60_000);
  afterAll(() => world.database.stop());

  it('is answered with what is remembered of it as without, whatever comes between the reads', async () => {
    const subject = fc.constantFrom('ann', 'bob');
    const ago = fc.integer({ min: 0, max: DAYS });
    const quarter = fc.integer({ min: 0, max: 95 });
    const window = fc
      .tuple(fc.integer({ min: 2, max: DAYS }), quarter, fc.integer({ min: -1, max: 6 }), quarter)
      .filter(([first, , last]) => first - last >= 2)
      .map(([first, a, last, b]) => ({ from: day(first, a * 15), to: day(last, b * 15) }));
    const step = fc.oneof(
      fc.record({
        do: fc.constant('send' as const),
        subject,
        ago,
        minute: fc.integer({ min: 0, max: 1_439 }),
        n: fc.integer({ min: -3, max: 9 }),
      }),
      fc.record({ do: fc.constant('change' as const), subject, ago }),
      fc.record({ do: fc.constant('pass' as const), days: fc.integer({ min: 0, max: 3 }) }),
      fc.record({ do: fc.constant('read' as const) }),
    );
    let passed = 0;
    const take = async (one: typeof step extends fc.Arbitrary<infer S> ? S : never, settled: SettledUsage): Promise<void> => {
      if (one.do === 'send' && day(one.ago, one.minute) < NOW)
        await world.usage.use([world.event(one.subject, day(one.ago, one.minute), one.n)]);
      if (one.do === 'change') {
        const touched = `subject = '${one.subject}' AND bucket_start >= '${day(one.ago).toISOString()}' AND bucket_start < '${day(one.ago - 1).toISOString()}'`;
        await world.owner.query(`DELETE FROM usage_unique WHERE ${touched}`);
        await world.owner.query(`UPDATE usage_bucket SET sum = sum + 1, event_count = event_count + 1 WHERE ${touched}`);
      }
      if (one.do === 'pass') {
        await world.settleLater(one.days);
        // Whatever is asked for the first time says how much is settled by now.
        await world.askAll({ subject: `nobody ${(passed += 1)}`, from: day(DAYS), to: day(0) }, settled);
      }
    };
    await fc.assert(
      fc.asyncProperty(
        fc.array(window, { minLength: 1, maxLength: 2 }),
        fc.array(step, { minLength: 3, maxLength: 10 }),
        async (windows, steps) => {
          const settled = new SettledUsage();
          for (const one of steps) {
            await take(one, settled);
            for (const asked of windows.flatMap((span) => ['ann', 'bob'].map((name) => ({ subject: name, ...span }))))
              expect(await world.askAll(asked, settled)).toEqual(await world.askAll(asked));
          }
        },
      ),
      { numRuns: 25 },
    );
    await world.settleLater(0);
  }, 120_000);

  const expectRemembered = (asked: Asked, settled: SettledUsage): void => {
    for (const kind of KINDS) {
      const since = world.readOf(kind, asked, settled).values.find((value) => value instanceof Date)!;
      const hours = (Date.now() - since.getTime()) / 3_600_000;
      expect(hours).toBeGreaterThanOrEqual(48);
      expect(hours).toBeLessThan(kind === 'days' ? 73 : 50);
    }
  };
  /** A memory that has been asked already. */
  const remember = async (asked: Asked): Promise<SettledUsage> => {
    const settled = new SettledUsage();
    // The first answer says what is settled.
    for (let turn = 0; turn < 2; turn += 1) expect(await world.askAll(asked, settled)).toEqual(await world.askAll(asked));
    expectRemembered(asked, settled);
    return settled;
  };
  const insertBucket = (subject: string, at: Date): string => `
    INSERT INTO usage_bucket (shard_key, meter_id, subject, dimensions, bucket_start, organization_id, event_count, value_count, sum)
    SELECT '${shardKey(world.usage.organizationId, subject)}', '${world.meterIds.get('sum')!}', '${subject}', '{}', '${at.toISOString()}', '${world.usage.organizationId}', 1, 1, 7`;

  it('is asked for from two days back on, once it is remembered', async () => {
    await world.use('cid');
    const asked = { subject: 'cid', from: day(10), to: day(-1) };
    const settled = await remember(asked);
    expect(settled.bytes).toBeGreaterThan(0);
    await world.usage.use([world.event('cid', new Date(NOW.getTime() - 3_600_000), 5)]);
    expect(await world.askAll(asked, settled)).toEqual(await world.askAll(asked));
    expectRemembered(asked, settled);
  });

  it('is asked for whole where nothing of it is settled, or it says so of nothing', async () => {
    await world.use('dan');
    const young = { subject: 'dan', from: day(1), to: day(-1) };
    const settled = new SettledUsage();
    for (let turn = 0; turn < 2; turn += 1) expect(await world.askAll(young, settled)).toEqual(await world.askAll(young));
    expect(settled.bytes).toBe(0);
    await world.settleLater(Infinity);
    const asked = { subject: 'dan', from: day(10), to: day(-1) };
    for (let turn = 0; turn < 3; turn += 1) expect(await world.askAll(asked, settled)).toEqual(await world.askAll(asked));
    expect(settled.bytes).toBe(0);
    await world.settleLater(0);
  });

  it('shows the late, the corrected, the back-filled, the dropped and the emptied at once', async () => {
    const asked = { subject: 'eve', from: day(10), to: day(-1) };
    await world.use('eve');
    const corrections = new CorrectionWorld(world, world.usage.organizationId, NOW);
    const BACKFILL = 2;
    const changes: (() => Promise<unknown>)[] = [
      () => world.usage.use([world.event('eve', day(9, 3), 77)]),
      () =>
        corrections.apply('backfill', { window: { from: day(7).toISOString(), to: day(5).toISOString() }, subjects: ['eve'], events: [] }),
      () => world.usage.settle(),
      () => world.owner.query(`DELETE FROM usage_unique WHERE subject = 'eve' AND bucket_start < $1`, [day(6)]),
      () => world.owner.query('TRUNCATE usage_bucket'),
    ];
    for (const [index, change] of changes.entries()) {
      // A meter whose events are not folded yet.
      if (index === BACKFILL) await world.addSummedMeter('sum', 'sum_anew');
      const settled = await remember(asked);
      const before = await world.askAll(asked);
      await change();
      const after = await world.askAll(asked, settled);
      expect(after).toEqual(await world.askAll(asked));
      expect(after).not.toEqual(before);
    }
  }, 60_000);

  it('stands while a change of it is not committed, and is gone as soon as it is', async () => {
    await world.use('fay');
    const asked = { subject: 'fay', from: day(10), to: day(-1) };
    const settled = await remember(asked);
    const before = await world.askAll(asked);
    const writer = world.owner.createQueryRunner();
    await writer.startTransaction();
    await writer.query(insertBucket('fay', day(8, 600)));
    expect(await world.askAll(asked, settled)).toEqual(before);
    await writer.commitTransaction();
    await writer.release();
    expect(await world.askAll(asked, settled)).toEqual(await world.askAll(asked));
    expect(await world.askAll(asked)).not.toEqual(before);
  });

  it('has nobody who changes it wait for another before they commit, in whatever order they go', async () => {
    const [first, second] = [world.owner.createQueryRunner(), world.owner.createQueryRunner()];
    for (const runner of [first, second]) await runner.startTransaction();
    for (const [runner, subjects] of [
      [first, ['gus', 'hal']],
      [second, ['hal', 'gus']],
    ] as const)
      for (const subject of subjects) await runner.query(insertBucket(subject, day(8, runner === first ? 600 : 615)));
    await Promise.all([first.commitTransaction(), second.commitTransaction()]);
    for (const runner of [first, second]) await runner.release();
    const versions: unknown[] = await world.owner.query('SELECT FROM usage_version WHERE shard_key = ANY ($1)', [
      ['gus', 'hal'].map((subject) => shardKey(world.usage.organizationId, subject)),
    ]);
    expect(versions).toHaveLength(2);
    expect(await world.owner.query('SELECT FROM usage_change')).toEqual([]);
  });

  it('gets no new version by what is young, nor by what is rolled back', async () => {
    const versions = (): Promise<unknown> => world.owner.query('SELECT * FROM usage_version ORDER BY shard_key');
    const before = await versions();
    await world.usage.use([world.event('ivy', new Date(NOW.getTime() - 3_600_000), 1)]);
    await expect(
      world.owner.transaction(async (manager) => {
        await manager.query(insertBucket('ivy', day(8, 600)));
        throw new Error('no more of this');
      }),
    ).rejects.toThrow('no more of this');
    expect(await versions()).toEqual(before);
  });

  it('is never told to another organization', async () => {
    await world.use('kim');
    const asked = { subject: 'kim', from: day(10), to: day(-1) };
    const settled = await remember(asked);
    const other = { ...asked, of: randomUUID() };
    expect(await world.askAll(other, settled)).toEqual(await world.askAll(other));
    expect(await world.askAll(other, settled)).not.toEqual(await world.askAll(asked));
  });

  it('is counted by PostgreSQL where the distinct values are too many', async () => {
    await world.owner.query(
      `INSERT INTO usage_unique (shard_key, meter_id, subject, dimensions, bucket_start, value_hash, organization_id, event_count)
       SELECT $1, $2, 'lea', '{}', $3, gen_random_uuid(), $4, 1 FROM generate_series(1, 4097)`,
      [shardKey(world.usage.organizationId, 'lea'), world.meterIds.get('users'), day(8), world.usage.organizationId],
    );
    const settled = new SettledUsage();
    const asked = { subject: 'lea', from: day(10), to: day(-1) };
    for (let turn = 0; turn < 3; turn += 1) expect(await world.ask('values', asked, settled)).toEqual(['4097 4097']);
    expect(world.readOf('values', asked, settled).statement).toBe(world.readOf('values', asked).statement);
  });
});
