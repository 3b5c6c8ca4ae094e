import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type TestDatabase, UsageWorld, startTestDatabase } from '@tallymark/testing';
import type { DataSource } from 'typeorm';
import { EventLog } from './event-log.js';
import { foldPendingCommits } from './fold.js';
import { type Commit, foldCommits } from './fold-round.js';
import { newId } from './ids.js';
import { createSetAside } from './set-aside.js';
import { queueRunningStatements, refreshQueuedStatements } from './statements.js';

const START = '2026-09-01T00:00:00Z';
const LATER = '2026-09-10T12:00:00.000Z';

/** A statement says up to when it is complete: no event that was received before is missing in it, whatever it was refreshed for. */
describe('as_of of a statement', () => {
  let database: TestDatabase;
  let calc: DataSource;
  let ingest: DataSource;
  let world: UsageWorld;
  let subscription: string;

  beforeAll(async () => {
    database = await startTestDatabase({ now: new Date('2026-12-31T00:00:00Z') });
    [calc, ingest] = await Promise.all([database.connect('calc'), database.connect('ingest')]);
  });
  afterAll(() => database.stop());

  beforeEach(async () => {
    await database.connect('owner').then((owner) => owner.query('DELETE FROM ingest_commit; DELETE FROM statement_queue'));
    ({ world, subscription } = await addWorld());
  });

  async function addWorld(): Promise<{ world: UsageWorld; subscription: string }> {
    const made = await UsageWorld.create(database, new Date(START));
    await made.addMeter('calls');
    const id = await made.subscribe({ customerId: await made.addCustomer('acme'), startedAt: START, charges: [{ metric: 'calls' }] });
    await made.passTime(START);
    return { world: made, subscription: id };
  }

  /** Appends an event, and leaves it unfolded. @returns its commit, as the fold claims it. */
  async function append(receivedAt: string): Promise<Commit> {
    const event = { id: newId(new Date()), source: '/test', type: 'api.request', time: START, subject: 'acme', dataJson: null };
    await new EventLog(ingest).append([{ organizationId: world.organizationId, event }], [], new Date(receivedAt));
    const [commit]: Commit[] = await world.owner.query(
      'SELECT organization_id, commit_id, event_count FROM ingest_commit WHERE organization_id = $1 ORDER BY commit_id DESC LIMIT 1',
      [world.organizationId],
    );
    return commit!;
  }

  async function refresh(now: string): Promise<void> {
    await queueRunningStatements(calc, new Date(now));
    while ((await refreshQueuedStatements(calc, new Date(now))) > 0);
  }

  async function stored(id = subscription): Promise<{ asOf: string; total: string }> {
    const [row]: { as_of: Date; total: string }[] = await world.owner.query(
      'SELECT as_of, total FROM statement WHERE subscription_id = $1',
      [id],
    );
    return { asOf: row!.as_of.toISOString(), total: row!.total };
  }

  it('is the receipt of the oldest commit of its organization that is not folded, and now once all are', async () => {
    const other = await addWorld();
    await append('2026-09-10T10:00:00.123Z');
    await append('2026-09-10T11:00:00Z');
    await refresh(LATER);
    expect(await stored()).toEqual({ asOf: '2026-09-10T10:00:00.123Z', total: '0' });
    expect(await stored(other.subscription)).toEqual({ asOf: LATER, total: '0' });
    await foldPendingCommits(calc);
    await refresh(LATER);
    expect(await stored()).toEqual({ asOf: LATER, total: '2' });
  });

  it('is not later than now, whatever the clock of ingest says', async () => {
    await append('2026-09-10T13:00:00Z');
    await refresh(LATER);
    expect(await stored()).toEqual({ asOf: LATER, total: '0' });
  });

  it('is taken before the usage is read', async () => {
    const commit = await append('2026-09-10T10:00:00Z');
    await queueRunningStatements(calc, new Date(LATER));
    let refreshed: Promise<number> | undefined;
    await world.owner.transaction(async (manager) => {
      // Whoever reads usage waits from here on; the commit is folded meanwhile.
      await manager.query('LOCK TABLE usage_bucket IN ACCESS EXCLUSIVE MODE');
      refreshed = refreshQueuedStatements(calc, new Date(LATER));
      await untilSomebodyWaits();
      await foldCommits(manager, [commit], 'general');
      await manager.query('DELETE FROM ingest_commit WHERE organization_id = $1', [world.organizationId]);
    });
    await refreshed;
    expect(await stored()).toEqual({ asOf: '2026-09-10T10:00:00.000Z', total: '1' });
  });

  async function untilSomebodyWaits(): Promise<void> {
    for (;;) {
      const waiting: unknown[] = await ingest.query(
        `SELECT FROM pg_locks WHERE locktype = 'relation' AND NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
      );
      if (waiting.length > 0) return;
    }
  }

  it('tells days apart: while it stands still, what a statement said is kept once', async () => {
    const stuck = await append('2026-09-10T10:00:00Z');
    const aside = createSetAside(
      () => new Date(LATER),
      () => undefined,
    );
    aside.add({ organizationId: world.organizationId, id: stuck.commit_id }, new Error('stuck'));
    for (const now of ['2026-09-11T10:00:00Z', '2026-09-12T10:00:00Z', '2026-09-12T11:00:00Z']) {
      await append(now);
      await foldPendingCommits(calc, aside);
      await refresh(now);
    }
    expect(await stored()).toEqual({ asOf: '2026-09-10T10:00:00.000Z', total: '3' });
    expect(await versions()).toEqual(['2026-09-01 0']);
    await foldPendingCommits(calc);
    await refresh('2026-09-12T12:00:00Z');
    expect(await stored()).toEqual({ asOf: '2026-09-12T12:00:00.000Z', total: '4' });
    expect(await versions()).toEqual(['2026-09-01 0', '2026-09-10 3']);
  });

  async function versions(): Promise<string[]> {
    const rows: { as_of: Date; total: string }[] = await world.owner.query(
      'SELECT as_of, total FROM statement_version WHERE subscription_id = $1 ORDER BY as_of',
      [subscription],
    );
    return rows.map((row) => `${row.as_of.toISOString().slice(0, 10)} ${row.total}`);
  }
});
