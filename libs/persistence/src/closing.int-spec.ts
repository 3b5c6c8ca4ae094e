import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type TestDatabase, UsageWorld, startTestDatabase } from '@tallymark/testing';
import type { DataSource } from 'typeorm';
import { readAtCutoff } from './close-cutoff.js';
import { closeDueStatements } from './closing.js';
import { planClosings } from './closing-plan.js';
import { EventLog } from './event-log.js';
import { foldPendingCommits } from './fold.js';
import { newId } from './ids.js';
import { lockStatements } from './statement-lock.js';
import { queueRunningStatements, refreshQueuedStatements } from './statements.js';
import { verifyStatements } from './verify-statements.js';

const START = '2026-09-01T00:00:00Z';
/** When September's grace of 72 hours is over. */
const DUE = '2026-10-04T00:00:00Z';

describe('closing', () => {
  let database: TestDatabase;
  let world: UsageWorld;
  let calc: DataSource;
  let ingest: DataSource;
  let subscription: string;

  beforeAll(async () => {
    database = await startTestDatabase({ now: new Date('2026-12-31T00:00:00Z') });
    [calc, ingest] = await Promise.all([database.connect('calc'), database.connect('ingest')]);
  });
  afterAll(() => database.stop());

  beforeEach(async () => {
    world = await UsageWorld.create(database, new Date(START));
    await world.addMeter('calls');
    subscription = await subscribe('acme');
    await world.passTime(START);
  });

  async function subscribe(customer: string): Promise<string> {
    return world.subscribe({
      customerId: await world.addCustomer(customer),
      startedAt: START,
      charges: [{ metric: 'calls', price: { model: 'standard', unitAmount: '1' } }],
    });
  }

  async function totals(): Promise<string[]> {
    const rows: { period_from: Date; status: string; total: string; adjusted: string }[] = await world.owner.query(
      `SELECT period_from, status, total, amounts ->> 'adjustmentAmount' AS adjusted FROM statement WHERE subscription_id = $1 ORDER BY period_from`,
      [subscription],
    );
    return rows.map((row) => `${row.period_from.toISOString().slice(0, 7)} ${row.status} ${row.total} (${row.adjusted})`);
  }

  /** Of the world's own statements: those of the tests before are closed by the way. */
  async function close(now: string): Promise<number> {
    const before = await countClosed();
    await closeDueStatements(calc, new Date(now));
    return (await countClosed()) - before;
  }

  async function countClosed(): Promise<number> {
    const [row]: { count: number }[] = await world.owner.query(
      `SELECT count(*)::integer AS count FROM statement WHERE organization_id = $1 AND status = 'closed'`,
      [world.organizationId],
    );
    return row!.count;
  }

  async function expectVerified(): Promise<void> {
    expect((await verifyStatements(calc)).flatMap((result) => result.different)).toEqual([]);
  }

  /** Appends one event whose commit bears a time of receipt, as an instance of ingest does whose clock says so. */
  async function append(time: string, receivedAt: string, subject = 'acme'): Promise<void> {
    const event = { id: newId(new Date()), source: '/test', type: 'api.request', time, subject, dataJson: null };
    await new EventLog(ingest).append([{ organizationId: world.organizationId, event }], [], new Date(receivedAt));
  }

  it('keeps a commit that was on its way out of what is closed, and adjusts it', async () => {
    await world.use([{ subject: 'acme' }]);
    await world.passTime(DUE);
    expect(await totals()).toEqual(['2026-09 closed 1 (0)', '2026-10 open 0 (0)']);
    // Received in September, committed after the close: its commit id lies before the cut-off.
    await append('2026-09-30T23:00:00Z', '2026-09-30T23:00:00Z');
    await world.settle();
    expect(await totals()).toEqual(['2026-09 closed 1 (0)', '2026-10 open 1 (1)']);
    await expectVerified();
    expect(
      await world.owner.query('SELECT count(*)::integer AS count FROM late_commit WHERE organization_id = $1', [world.organizationId]),
    ).toEqual([{ count: 1 }]);
    await world.passTime('2026-11-04T00:00:00Z');
    expect(await totals()).toEqual(['2026-09 closed 1 (0)', '2026-10 closed 1 (1)', '2026-11 open 0 (0)']);
    await expectVerified();
  });

  it('is right where the clock of ingest is hours ahead', async () => {
    await append('2026-09-30T23:00:00Z', '2026-10-04T05:00:00Z');
    await world.passTime(DUE);
    expect(await totals()).toEqual(['2026-09 closed 1 (0)', '2026-10 open 0 (0)']);
    await append('2026-09-30T23:00:00Z', '2026-10-04T01:00:00Z');
    await world.settle();
    expect(await totals()).toEqual(['2026-09 closed 1 (0)', '2026-10 open 1 (1)']);
    await expectVerified();
  });

  it('waits for what was received in the grace, and for nothing that came later', async () => {
    await world.passTime('2026-10-03T00:00:00Z');
    await append('2026-09-30T23:00:00Z', '2026-10-03T23:59:59.999Z');
    expect(await close(DUE)).toBe(0);
    await foldPendingCommits(calc);
    await append('2026-09-30T23:30:00Z', DUE);
    expect(await close(DUE)).toBe(1);
    await world.settle();
    expect(await totals()).toEqual(['2026-09 closed 1 (0)', '2026-10 open 1 (1)']);
    await expectVerified();
  });

  it('gives a subscription that begins in the past its grace from its creation on, so that its history can be sent in', async () => {
    await world.owner.query(`UPDATE subscription SET created_at = '2026-10-20T00:00:00Z' WHERE id = $1`, [subscription]);
    await world.passTime('2026-10-22T23:59:59Z');
    await world.use([{ subject: 'acme', time: '2026-09-15T00:00:00Z' }]);
    expect(await totals()).toEqual(['2026-09 grace 1 (0)', '2026-10 open 0 (0)']);
    expect(await close('2026-10-23T00:00:00Z')).toBe(1);
  });

  it('waits for a meter that is still being folded', async () => {
    await world.passTime('2026-10-03T00:00:00Z');
    await world.owner.query('UPDATE meter SET folded = false WHERE organization_id = $1', [world.organizationId]);
    expect(await close(DUE)).toBe(0);
    await world.owner.query('UPDATE meter SET folded = true WHERE organization_id = $1', [world.organizationId]);
    expect(await close(DUE)).toBe(1);
  });

  it('leaves a statement open whose meter is defined anew while it is to close', async () => {
    await world.passTime('2026-10-03T00:00:00Z');
    const due = {
      subscriptionId: subscription,
      periodFrom: new Date(START),
      periodTo: new Date('2026-10-01'),
      organizationId: world.organizationId,
    };
    await world.owner.query('UPDATE meter SET folded = false WHERE organization_id = $1', [world.organizationId]);
    const plan = await readAtCutoff(calc, [world.organizationId], new Date(DUE), (manager, cutoffs) =>
      planClosings(manager, [due], cutoffs),
    );
    expect(plan).toEqual({ closings: [], incomplete: [] });
  });

  it.each([
    { hours: 0, before: '2026-09-30T23:59:59.999Z', at: '2026-10-01T00:00:00Z' },
    { hours: 1, before: '2026-10-01T00:59:59.999Z', at: '2026-10-01T01:00:00Z' },
    { hours: 744, before: '2026-10-31T23:59:59.999Z', at: '2026-11-01T00:00:00Z' },
  ])('holds to the organization’s own grace of $hours hours', async ({ hours, before, at }) => {
    await world.owner.query('UPDATE organization SET settings = $1 WHERE id = $2', [
      JSON.stringify({ statement_grace_hours: hours }),
      world.organizationId,
    ]);
    expect(await close(before)).toBe(0);
    expect(await close(at)).toBe(1);
  });

  it('makes the statements first that nobody made while nothing ran', async () => {
    await world.owner.query('DELETE FROM statement WHERE organization_id = $1', [world.organizationId]);
    await world.passTime('2026-11-20T00:00:00Z');
    expect(await totals()).toEqual(['2026-09 closed 0 (0)', '2026-10 closed 0 (0)', '2026-11 open 0 (0)']);
    await world.owner.query(`DELETE FROM statement WHERE status = 'open' AND organization_id = $1`, [world.organizationId]);
    await append('2026-12-05T00:00:00Z', '2026-12-05T00:00:00Z');
    await foldPendingCommits(calc);
    await refreshQueuedStatements(calc, new Date('2026-12-05T00:00:00Z'));
    expect(await totals()).toEqual(['2026-09 closed 0 (0)', '2026-10 closed 0 (0)', '2026-12 open 1 (0)']);
    // December would close past November, which has no statement: it is made instead.
    expect(await close('2027-01-05T00:00:00Z')).toBe(0);
    await world.passTime('2027-01-05T00:00:00Z');
    expect((await totals()).slice(2)).toEqual(['2026-11 closed 0 (0)', '2026-12 closed 1 (0)', '2027-01 open 0 (0)']);
    await expectVerified();
  });

  it('is done once by instances that do it at once', async () => {
    for (const name of ['b', 'c', 'd', 'e']) await subscribe(name);
    await world.passTime('2026-10-03T00:00:00Z');
    const closed = await Promise.all([1, 2, 3].map(() => closeDueStatements(calc, new Date(DUE))));
    expect(closed.reduce((sum, count) => sum + count, 0)).toBe(await countClosed());
    await world.settle();
    expect(
      await world.owner.query(
        'SELECT status, count(*)::integer AS count FROM statement WHERE organization_id = $1 GROUP BY status ORDER BY status',
        [world.organizationId],
      ),
    ).toEqual([
      { status: 'closed', count: 5 },
      { status: 'open', count: 5 },
    ]);
    await expectVerified();
  });

  it('loses nothing and counts nothing twice while events, folds, refreshes and closes go on at once', async () => {
    for (const name of ['b', 'c']) await subscribe(name);
    await world.passTime('2026-10-03T00:00:00Z');
    let sent = 0;
    let done = false;
    const now = (): Date => new Date(Date.parse(DUE) + sent * 1_000);
    const senders = ['acme', 'b', 'c'].map(async (subject) => {
      for (let round = 0; round < 25; round += 1) {
        sent += 1;
        // Some bear a time of receipt long before they are committed.
        await append('2026-09-15T00:00:00Z', round % 3 === 0 ? '2026-09-15T00:00:00Z' : now().toISOString(), subject);
      }
    });
    const whileSending = async (work: () => Promise<unknown>): Promise<void> => {
      while (!done) await work();
    };
    const workers = [
      whileSending(() => foldPendingCommits(calc)),
      whileSending(() => foldPendingCommits(calc)),
      whileSending(() => refreshQueuedStatements(calc, now())),
      whileSending(() => closeDueStatements(calc, now())),
      whileSending(() => queueRunningStatements(calc, now())),
    ];
    await Promise.all(senders).finally(() => (done = true));
    await Promise.all(workers);
    await world.passTime('2026-10-05T00:00:00Z');
    const rows: { total: string }[] = await world.owner.query(
      'SELECT sum(total) AS total FROM statement WHERE organization_id = $1 GROUP BY subscription_id',
      [world.organizationId],
    );
    expect(rows.map((row) => row.total)).toEqual(['25', '25', '25']);
    expect(await countClosed()).toBe(3);
    await expectVerified();
  });

  it('misses nothing that a refresh took for done while the statement was being closed', async () => {
    await world.passTime('2026-10-03T00:00:00Z');
    const closing = await calc.transaction(async (refresh) => {
      await lockStatements(refresh, [subscription]);
      const closing = closeDueStatements(calc, new Date(DUE));
      await untilSomebodyWaits();
      // Counted after the close has read, and gone from the queue before it writes.
      await append('2026-09-15T00:00:00Z', DUE);
      await foldPendingCommits(calc);
      await refresh.query('DELETE FROM statement_queue WHERE subscription_id = $1', [subscription]);
      await refresh.query(`UPDATE statement SET revision = revision + 1, total = 1 WHERE subscription_id = $1 AND period_from = $2`, [
        subscription,
        START,
      ]);
      return { closing };
    });
    await closing.closing;
    await world.settle();
    expect(await totals()).toEqual(['2026-09 closed 0 (0)', '2026-10 open 1 (1)']);
    await expectVerified();
  });

  async function untilSomebodyWaits(): Promise<void> {
    for (;;) {
      const waiting: unknown[] = await world.owner.query(
        `SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
      );
      if (waiting.length > 0) return;
    }
  }

  it('chooses later cut-offs each time, and gives the fold back when it fails', async () => {
    const organizations = [world.organizationId];
    const choose = (now: string): Promise<string> =>
      readAtCutoff(calc, organizations, new Date(now), (_manager, cutoffs) =>
        Promise.resolve(cutoffs.get(world.organizationId)!.toISOString()),
      );
    expect(await choose(DUE)).toBe('2026-10-04T00:00:00.000Z');
    expect(await choose('2026-10-01T00:00:00Z')).toBe('2026-10-04T00:00:00.001Z');
    await expect(readAtCutoff(calc, organizations, new Date(DUE), () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    await expect(readAtCutoff(calc, ['no id'], new Date(DUE), () => Promise.resolve())).rejects.toThrow('uuid');
    expect(await foldPendingCommits(calc)).toEqual({ commits: 0, events: 0 });
  });

  it('keeps what statements said at the end of each day, where they changed on it', async () => {
    await world.passTime('2026-09-02T10:00:00Z');
    await world.use([{ subject: 'acme' }]);
    await world.use([{ subject: 'acme' }]);
    await world.passTime('2026-09-03T10:00:00Z');
    await world.passTime('2026-09-04T10:00:00Z');
    await world.use([{ subject: 'acme' }]);
    await world.passTime(DUE);
    const versions: { as_of: Date; total: string }[] = await world.owner.query(
      'SELECT as_of, total FROM statement_version WHERE subscription_id = $1 ORDER BY as_of',
      [subscription],
    );
    expect(versions.map((row) => `${row.as_of.toISOString().slice(0, 10)} ${row.total}`)).toEqual([
      '2026-09-01 0',
      '2026-09-02 2',
      '2026-09-04 3',
    ]);
  });

  // The last one: it drops months.
  it('closes what is past retention as it was stored, and verifies it no more', async () => {
    await world.use([{ subject: 'acme' }]);
    await world.passTime('2026-10-03T00:00:00Z');
    await calc.query(`SELECT drop_month_partitions('2026-10-01')`);
    await world.passTime(DUE);
    expect(await totals()).toEqual(['2026-09 closed 1 (0)', '2026-10 open 0 (0)']);
    const [{ name }]: [{ name: string }] = await world.owner.query('SELECT external_id AS name FROM organization WHERE id = $1', [
      world.organizationId,
    ]);
    const verified = (await verifyStatements(calc)).find((result) => result.organization === name);
    expect(verified).toMatchObject({ recomputed: 1, closed: 0, pastRetention: 1, different: [] });
    await world.passTime('2026-11-04T00:00:00Z');
    await calc.query(`SELECT drop_month_partitions('2026-11-01')`);
    await world.owner.query(
      `INSERT INTO statement_queue (organization_id, subscription_id, touched_from, touched_to) VALUES ($1, $2, $3, $3)`,
      [world.organizationId, subscription, START],
    );
    await world.settle();
    expect(await totals()).toEqual(['2026-09 closed 1 (0)', '2026-10 closed 0 (0)', '2026-11 open 0 (0)']);
  });

  it('keeps an adjustment of a month whose events are dropped before it is settled', async () => {
    await world.passTime('2026-12-04T00:00:00Z');
    await world.use([{ subject: 'acme', time: '2026-11-15T00:00:00Z' }]);
    expect((await totals()).slice(2)).toEqual(['2026-11 closed 0 (0)', '2026-12 open 1 (1)']);
    await calc.query(`SELECT drop_month_partitions('2026-12-01')`);
    await world.use([{ subject: 'acme', time: '2026-12-01T00:00:00Z' }]);
    expect((await totals()).slice(2)).toEqual(['2026-11 closed 0 (0)', '2026-12 open 2 (1)']);
    await expectVerified();
  });
});
