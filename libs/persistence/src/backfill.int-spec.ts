import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type TestDatabase, UsageWorld, startTestDatabase } from '@tallymark/testing';
import type { DataSource } from 'typeorm';
import { foldNewMeters, restartBackfills } from './backfill.js';
import { foldPendingCommits } from './fold.js';
import { FOLD_LOCK } from './fold-lock.js';
import { MeterRow } from './rows/meter-row.js';
import { verifyBuckets } from './verification.js';

const NOW = new Date('2026-11-21T12:00:00Z');
const SLICES = { eventsPerSlice: 40, commitsPerCatchUp: 2 };

describe('the back-fill of a meter', () => {
  let database: TestDatabase;
  let world: UsageWorld;
  let calc: DataSource;
  let sent = 0;
  let meters = 0;
  let code: string;

  const send = async (commits: number, perCommit: number): Promise<void> => {
    for (let commit = 0; commit < commits; commit += 1) {
      const events = Array.from({ length: perCommit }, () => {
        sent += 1;
        // From September to November, over many subjects, now and then the same bucket.
        const time = new Date(Date.UTC(2026, 8, 1) + ((sent * 7_919) % 110_000) * 60_000).toISOString();
        return { subject: `s${sent % 5}`, time, data: { n: sent % 13, user: `u${sent % 11}`, op: sent % 4 === 0 ? 'remove' : 'add' } };
      });
      await world.send(events);
    }
  };
  const foldAll = async (): Promise<void> => {
    while ((await foldPendingCommits(calc)).commits > 0);
  };
  const find = async (): Promise<MeterRow> => calc.manager.findOneByOrFail(MeterRow, { code });
  const countOf = async (table: string): Promise<number> => {
    const [row]: { count: string }[] = await calc.query(`SELECT count(*) FROM ${table} WHERE meter_id = $1`, [(await find()).id]);
    return Number(row!.count);
  };
  const different = async (): Promise<unknown[]> => {
    const results = await verifyBuckets(calc, () => undefined);
    expect(results.map((result) => result.meter)).toContain(code);
    return results.filter((result) => result.different > 0 || (result.meter === code && result.recomputed === 0));
  };
  const alone = async (work: (manager: DataSource['manager']) => Promise<void>): Promise<void> =>
    calc.transaction(async (manager) => {
      await manager.query(`SELECT pg_advisory_xact_lock(${FOLD_LOCK})`);
      await work(manager);
    });

  beforeAll(async () => {
    database = await startTestDatabase({ now: NOW });
    world = await UsageWorld.create(database, NOW);
    calc = await database.connect('calc');
    await world.addMeter('before', { aggregation: 'time_weighted_sum', timeUnit: 'day', valueProperty: '$.n', recurring: true });
    await send(12, 50);
    await world.settle();
  });
  afterAll(async () => database.stop());
  beforeEach(async () => {
    code = `meter_${(meters += 1)}`;
    await world.addMeter(code, { aggregation: 'unique_count', valueProperty: '$.user', operationProperty: '$.op' });
  });

  it('goes on beside the fold, and shows how far it is', async () => {
    let folding = true;
    const progress: number[] = [];
    const live = async (): Promise<void> => {
      while (folding) {
        await send(1, 10);
        await foldPendingCommits(calc);
      }
    };
    const watch = async (): Promise<void> => {
      while (folding) progress.push((await find()).foldProgress);
    };
    const fill = async (): Promise<string[]> => foldNewMeters(calc, SLICES).finally(() => (folding = false));
    const [folded] = await Promise.all([fill(), live(), watch()]);
    expect(folded).toEqual([code]);
    expect(progress.filter((share) => share > 0 && share < 1).length).toBeGreaterThan(0);
    expect(progress).toEqual([...progress].sort((a, b) => a - b));
    await foldAll();
    expect(await different()).toEqual([]);
    expect(await find()).toMatchObject({ folded: true, backfilling: false, foldProgress: 1 });
    expect(await countOf('meter_catch_up')).toBe(0);
  });

  it('folds a meter once when several instances try', async () => {
    const folded = await Promise.all([foldNewMeters(calc, SLICES), foldNewMeters(calc, SLICES), foldNewMeters(calc, SLICES)]);
    expect(folded.flat()).toEqual([code]);
    expect(await different()).toEqual([]);
  });

  it('leaves nothing behind when it gives up, and comes out right the next time, whatever was folded between', async () => {
    const stopping = AbortSignal.abort();
    expect(await foldNewMeters(calc, { ...SLICES, signal: stopping })).toEqual([]);
    expect([await find(), await countOf('usage_unique')]).toMatchObject([{ folded: false, backfilling: true }, 0]);
    await send(3, 20);
    await foldAll();
    await send(2, 20);
    expect(await countOf('meter_catch_up')).toBe(3);
    expect(await foldNewMeters(calc, SLICES)).toEqual([code]);
    expect(await different()).toEqual([]);
    await foldAll();
    expect(await different()).toEqual([]);
  });

  it('starts over when events that it may have read are corrected', async () => {
    const attempt = foldNewMeters(calc, { eventsPerSlice: 1 });
    while (!(await find()).backfilling);
    await alone(async (manager) => {
      await manager.query(`UPDATE event SET voided_by = gen_random_uuid() WHERE subject = 's1' AND occurred_at < '2026-09-05'`);
      await restartBackfills(manager, world.organizationId);
    });
    expect(await attempt).toEqual([]);
    expect(await countOf('usage_unique')).toBe(0);
    expect(await foldNewMeters(calc, SLICES)).toEqual([code]);
    const results = await verifyBuckets(calc, () => undefined);
    expect(results.find((result) => result.meter === code)).toMatchObject({ different: 0 });
  });

  it('ends without a trace when the meter is deleted meanwhile', async () => {
    const attempt = foldNewMeters(calc, { eventsPerSlice: 1 });
    while (!(await find()).backfilling);
    await world.owner.query('UPDATE meter SET deleted_at = now() WHERE code = $1', [code]);
    expect(await attempt).toEqual([]);
    expect([await countOf('usage_unique'), (await find()).folded]).toEqual([0, false]);
    expect(await foldNewMeters(calc, SLICES)).toEqual([]);
  });
});
