import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type TestDatabase, UsageWorld, startTestDatabase } from '@tallymark/testing';
import type { DataSource, EntityManager } from 'typeorm';
import { foldNewMeters } from './backfill.js';
import { type FoldRound, foldPendingCommits } from './fold.js';
import { FOLD_LOCK } from './fold-lock.js';
import { verifyBuckets } from './verification.js';

const NOW = new Date('2026-11-21T12:00:00Z');
/** A third of the most that a round folds. */
const LARGE = 100_000;

describe('which commits a round of folding takes', () => {
  let database: TestDatabase;
  let owner: DataSource;
  let calc: DataSource;
  let world: UsageWorld;

  beforeAll(async () => {
    database = await startTestDatabase({ now: NOW });
    [owner, calc] = await Promise.all([database.connect('owner'), database.connect('calc')]);
    world = await UsageWorld.create(database, NOW);
    await world.addMeter('calls');
    await world.addMeter('users', { aggregation: 'unique_count', valueProperty: '$.user' });
    await foldNewMeters(calc);
    await addCommits(1, 1);
    await foldPendingCommits(calc);
  });
  afterEach(async () => {
    expect(await foldPendingCommits(calc)).toEqual({ commits: 0, events: 0 });
    expect((await verifyBuckets(calc, () => undefined)).filter((result) => result.different > 0)).toEqual([]);
  });
  afterAll(() => database.stop());

  /** Commits of one event each, said to have so many. */
  async function addCommits(commits: number, events: number, newest = 'acme'): Promise<void> {
    for (let n = 1; n <= commits; n += 1) await world.send([{ subject: n === commits ? newest : 'acme', data: { user: `u${n}` } }]);
    await owner.query('UPDATE ingest_commit SET event_count = $1', [events]);
  }

  /** Asks while a round waits, with all that it locks, for a bucket that somebody else holds. */
  async function amidRound<T>(ask: (other: EntityManager) => Promise<T>): Promise<{ round: FoldRound; answer: T }> {
    const holder = owner.createQueryRunner();
    await holder.startTransaction();
    await holder.query('SELECT FROM usage_bucket FOR UPDATE');
    const folding = foldPendingCommits(calc);
    const isWaiting = async (): Promise<boolean> =>
      (await calc.query<unknown[]>(`SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'transactionid'`))
        .length > 0;
    while (!(await isWaiting())) await delay(5);
    const answer = await owner.transaction(ask);
    await holder.rollbackTransaction();
    await holder.release();
    return { round: await folding, answer };
  }

  it('locks no more commits than it folds', async () => {
    await addCommits(4, LARGE);
    const { round, answer } = await amidRound((other) =>
      other.query<{ event_count: number }[]>('SELECT event_count FROM ingest_commit ORDER BY commit_id FOR UPDATE SKIP LOCKED'),
    );
    expect(answer).toEqual([{ event_count: LARGE }]);
    expect(round).toEqual({ commits: 3, events: 3 * LARGE });
    expect(await foldPendingCommits(calc)).toEqual({ commits: 1, events: LARGE });
  });

  it('is half as large after one that failed, and doubles again', async () => {
    await addCommits(4, LARGE);
    await owner.query('ALTER TABLE usage_bucket ADD CONSTRAINT nothing_more CHECK (event_count = 0) NOT VALID');
    await expect(foldPendingCommits(calc)).rejects.toThrow('nothing_more');
    await owner.query('ALTER TABLE usage_bucket DROP CONSTRAINT nothing_more');
    expect(await foldPendingCommits(calc)).toEqual({ commits: 1, events: LARGE });
    expect(await foldPendingCommits(calc)).toEqual({ commits: 3, events: 3 * LARGE });
  });

  it.each([
    ['alone where it is large and of new buckets', LARGE, 'new to usage', false],
    ['beside others where its buckets are stored', LARGE, 'acme', true],
    ['beside others where it is small', 1_000, 'new too', true],
  ])('folds %s', async (_, events, newest, letsOthersFold) => {
    await addCommits(2, events, newest);
    const { round, answer } = await amidRound((other) =>
      other.query<unknown[]>(`SELECT pg_try_advisory_xact_lock_shared(${FOLD_LOCK}) AS may_fold`),
    );
    expect(answer).toEqual([{ may_fold: letsOthersFold }]);
    expect(round).toEqual({ commits: 2, events: 2 * events });
  });

  it('does not wait to be alone while another fold runs', async () => {
    await addCommits(2, LARGE, 'new beside another');
    await owner.transaction(async (other) => {
      await other.query(`SELECT pg_advisory_xact_lock_shared(${FOLD_LOCK})`);
      expect(await foldPendingCommits(calc)).toEqual({ commits: 2, events: 2 * LARGE });
    });
  });
});
