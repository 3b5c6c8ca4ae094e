import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type TestDatabase, UsageWorld, startTestDatabase } from '@tallymark/testing';
import type { DataSource } from 'typeorm';
import { CorrectionWorld } from '../test/correction-world.js';
import { foldNewMeters } from './backfill.js';
import { closeDueStatements } from './closing.js';
import { performCorrection } from './corrections.js';
import { foldBacklog, foldPendingCommits } from './fold.js';
import { type SetAside, type WorkItem, createSetAside } from './set-aside.js';
import { queueRunningStatements, refreshQueuedStatements } from './statements.js';
import { verifyBuckets } from './verification.js';

const START = '2026-09-01T00:00:00Z';

describe('what can’t be done for one organization', () => {
  let database: TestDatabase;
  let calc: DataSource;
  let api: DataSource;
  let owner: DataSource;
  let sick: UsageWorld;
  let well: UsageWorld;
  let nowMs: number;
  let aside: SetAside;
  let failed: WorkItem[];
  let cures: (() => Promise<unknown>)[];

  beforeAll(async () => {
    database = await startTestDatabase({ now: new Date('2026-12-31T00:00:00Z') });
    [calc, api, owner] = await Promise.all([database.connect('calc'), database.connect('api'), database.connect('owner')]);
  });
  afterAll(() => database.stop());

  beforeEach(async () => {
    [sick, well] = [await UsageWorld.create(database, new Date(START)), await UsageWorld.create(database, new Date(START))];
    for (const world of [sick, well]) await world.addMeter('calls');
    await foldNewMeters(calc);
    nowMs = Date.parse(START);
    failed = [];
    cures = [];
    aside = createSetAside(
      () => new Date(nowMs),
      (item) => failed.push(item),
    );
  });
  afterEach(async () => {
    await cure();
    await owner.query('DELETE FROM statement_queue');
    await owner.query(`DELETE FROM statement WHERE status <> 'closed'`);
    await owner.query('DELETE FROM subscription s WHERE NOT EXISTS (SELECT FROM statement t WHERE t.subscription_id = s.id)');
  });

  /** Has PostgreSQL refuse rows of a table. */
  async function poison(table: string, condition: string, sqlState = '22003'): Promise<void> {
    const name = `poison_${table}`;
    await owner.query(
      `CREATE FUNCTION ${name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
         IF ${condition} THEN RAISE 'poison' USING ERRCODE = '${sqlState}'; END IF; RETURN NEW; END $$`,
    );
    cures.push(() => owner.query(`DROP FUNCTION ${name} CASCADE`));
    await owner.query(`CREATE TRIGGER ${name} BEFORE INSERT OR UPDATE ON ${table} FOR EACH ROW EXECUTE FUNCTION ${name}()`);
  }
  async function cure(): Promise<void> {
    for (const undo of cures.splice(0)) await undo();
  }

  async function subscribe(world: UsageWorld, startedAt = START, interval = 'monthly'): Promise<string> {
    return world.subscribe({
      customerId: await world.addCustomer(`from ${startedAt}`),
      startedAt,
      interval,
      charges: [{ metric: 'calls' }],
    });
  }
  async function countStatements(id: string, status = '%'): Promise<number> {
    const [row]: { count: number }[] = await owner.query(
      'SELECT count(*)::integer AS count FROM statement WHERE subscription_id = $1 AND status LIKE $2',
      [id, status],
    );
    return row!.count;
  }

  describe('folding', () => {
    const fold = async (): Promise<number> => (await foldPendingCommits(calc, aside)).commits;

    it('leaves the one commit pending, goes on with all others, and folds it once it can be', async () => {
      for (const subject of ['a', 'poison', 'b']) for (const world of [sick, well]) await world.send([{ subject }]);
      await poison('usage_bucket', `NEW.organization_id = '${sick.organizationId}' AND NEW.subject = 'poison'`);
      await expect(foldPendingCommits(calc)).rejects.toThrow('poison');
      expect(await fold()).toBe(5);
      expect(failed).toMatchObject([{ organizationId: sick.organizationId }]);
      expect(await foldBacklog(calc, new Date(nowMs))).toMatchObject({ commits: 1, events: 1 });
      expect(await foldBacklog(calc, new Date(nowMs), aside.failing())).toEqual({ commits: 0, events: 0, oldestAgeMs: 0 });
      await well.send([{ subject: 'a' }]);
      expect(await fold()).toBe(1);
      expect(failed).toHaveLength(1);
      nowMs += 60_000;
      expect(await fold()).toBe(0);
      expect(failed).toEqual([failed[0], failed[0]]);
      await cure();
      expect(await fold()).toBe(0);
      nowMs += 60_000;
      expect(await fold()).toBe(1);
      expect(await foldBacklog(calc, new Date(nowMs))).toMatchObject({ commits: 0 });
      expect((await verifyBuckets(calc, () => undefined)).filter((result) => result.different > 0)).toEqual([]);
    });

    it('tells of a round that can’t be folded as a whole, whose parts can', async () => {
      for (const subject of ['a', 'b']) await well.send([{ subject }]);
      await owner.query(
        `CREATE FUNCTION refuse_two() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
           IF (SELECT count(*) FROM added) > 1 THEN RAISE 'too many' USING ERRCODE = '54000'; END IF; RETURN NULL; END $$`,
      );
      cures.push(() => owner.query('DROP FUNCTION refuse_two CASCADE'));
      await owner.query(
        'CREATE TRIGGER refuse_two AFTER INSERT ON usage_bucket REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION refuse_two()',
      );
      const told: unknown[] = [];
      const round = foldPendingCommits(calc, aside, (commits, error) => told.push([commits, (error as Error).message]));
      expect([await round, told, failed]).toEqual([{ commits: 2, events: 2 }, [[2, 'too many']], []]);
    });

    it('sets nothing aside for what passes by itself', async () => {
      await sick.send([{ subject: 'a' }]);
      await poison('usage_bucket', 'true', '40P01');
      await expect(fold()).rejects.toThrow('poison');
      await cure();
      expect(await fold()).toBe(1);
      expect(failed).toEqual([]);
    });

    it('folds the log for the new meters of others', async () => {
      await sick.send([{ subject: 'a' }]);
      await well.send([{ subject: 'a' }]);
      await fold();
      const broken = await sick.addMeter('new');
      await well.addMeter('newer');
      await poison('usage_bucket', `NEW.meter_id = '${broken}'`);
      await expect(foldNewMeters(calc)).rejects.toThrow(`new of organization ${sick.organizationId}`);
      expect(await owner.query(`SELECT code FROM meter WHERE NOT folded AND deleted_at IS NULL`)).toEqual([{ code: 'new' }]);
      await cure();
      expect(await foldNewMeters(calc)).toEqual(['new']);
    });
  });

  describe('making statements', () => {
    const refresh = async (): Promise<number> => refreshQueuedStatements(calc, new Date(nowMs), aside);
    const queued = async (): Promise<unknown> => owner.query('SELECT DISTINCT subscription_id AS id FROM statement_queue');

    it('leaves the one subscription queued, goes on with all others, and makes its statements once they can be', async () => {
      const [broken, ...others] = [await subscribe(sick), await subscribe(well), await subscribe(sick, '2026-08-31T00:00:00Z')];
      await queueRunningStatements(calc, new Date(nowMs));
      await poison('statement', `NEW.subscription_id = '${broken}'`);
      await expect(refreshQueuedStatements(calc, new Date(nowMs))).rejects.toThrow('poison');
      expect(await refresh()).toBe(2);
      expect(failed).toEqual([{ organizationId: sick.organizationId, id: broken }]);
      expect(await Promise.all(others.map((id) => countStatements(id)))).toEqual([1, 2]);
      expect(await queued()).toEqual([{ id: broken }]);
      expect(await refresh()).toBe(0);
      expect(failed).toHaveLength(1);
      await cure();
      nowMs += 60_000;
      expect(await refresh()).toBe(1);
      expect(await countStatements(broken!)).toBe(1);
      expect(await queued()).toEqual([]);
    });

    it('gets past a subscription of more periods than can be counted', async () => {
      const broken = await subscribe(sick, '1995-01-01T00:00:00Z', 'daily');
      const other = await subscribe(well);
      await queueRunningStatements(calc, new Date(nowMs));
      expect(await refresh()).toBe(1);
      expect(failed).toEqual([{ organizationId: sick.organizationId, id: broken }]);
      expect(await countStatements(other)).toBe(1);
    });

    it('ends a round after about 2,000 statements', async () => {
      const long = await subscribe(sick, '2021-02-01T00:00:00Z', 'daily');
      const other = await subscribe(well);
      for (const id of [long, other])
        await owner.query(
          `INSERT INTO statement_queue (organization_id, subscription_id, touched_from, touched_to) SELECT organization_id, id, started_at, $2 FROM subscription WHERE id = $1`,
          [id, new Date(nowMs)],
        );
      expect(await refresh()).toBe(1);
      expect([await countStatements(long), await countStatements(other)]).toEqual([2_039, 0]);
      expect(await refresh()).toBe(1);
      expect(await countStatements(other)).toBe(1);
      expect(await refresh()).toBe(0);
    });
  });

  describe('closing', () => {
    const DUE = new Date('2026-10-04T00:00:00Z');

    it.each([
      {
        case: 'can’t be written',
        table: 'statement',
        condition: (id: string) => `NEW.subscription_id = '${id}' AND NEW.status = 'closed'`,
      },
      { case: 'can’t be priced', table: null, condition: () => '' },
    ])('leaves the one statement that $case open, closes all others, and says so at the end', async ({ table, condition }) => {
      const [broken, ...others] = [await subscribe(sick), await subscribe(well), await subscribe(sick, '2026-09-15T00:00:00Z')];
      await queueRunningStatements(calc, new Date('2026-10-03T00:00:00Z'));
      await refreshQueuedStatements(calc, new Date('2026-10-03T00:00:00Z'));
      if (table === null) await breakPlan(broken!);
      else await poison(table, condition(broken!));
      await expect(closeDueStatements(calc, DUE)).rejects.toThrow(
        `1 statements could not be closed, 2 were; subscription ${broken} of organization ${sick.organizationId} from 2026-09-01T00:00:00.000Z: `,
      );
      expect(await Promise.all(others.map((id) => countStatements(id, 'closed')))).toEqual([1, 1]);
      expect(await countStatements(broken!, 'closed')).toBe(0);
      await cure();
      expect(await closeDueStatements(calc, DUE)).toBe(1);
    });

    /** A price that is no number, which no request could ask for. */
    async function breakPlan(subscriptionId: string): Promise<void> {
      const setPrice = async (price: string): Promise<void> => {
        await owner.query('ALTER TABLE plan_version DISABLE TRIGGER USER');
        await owner.query(
          `UPDATE plan_version SET charges = jsonb_set(charges, '{0,price,unitAmount}', $2) WHERE id = (SELECT plan_version_id FROM subscription WHERE id = $1)`,
          [subscriptionId, JSON.stringify(price)],
        );
        await owner.query('ALTER TABLE plan_version ENABLE TRIGGER USER');
      };
      await setPrice('much');
      cures.push(() => setPrice('1'));
    }
  });

  describe('correcting', () => {
    it('tries five times where room runs out, writes that down, and goes on with those behind', async () => {
      // Asked for one after the other: their ids are in order from one millisecond to the next.
      const corrections = [sick, well].map(
        (world, index) => new CorrectionWorld({ owner, api, calc }, world.organizationId, new Date(nowMs + index)),
      );
      const request = { event: { subject: 'a', source: '/t', id: '1' } };
      for (const world of [sick, well]) await world.use([{ subject: 'a', source: '/t', id: '1' }]);
      const broken = await corrections[0]!.ask('void', request, 'apply');
      await poison('correction_event', `NEW.organization_id = '${sick.organizationId}'`, '53100');
      const perform = (): ReturnType<typeof performCorrection> => performCorrection(calc, () => new Date(nowMs));
      for (let attempt = 1; attempt < 5; attempt += 1) await expect(perform()).rejects.toThrow('poison');
      const behind = await corrections[1]!.ask('void', request, 'apply');
      expect(await perform()).toMatchObject({ id: broken, failure: { code: 'internal' } });
      expect(await perform()).toMatchObject({ id: behind, failure: null });
      expect(await corrections[0]!.find(broken)).toMatchObject({ status: 'failed', task: null, failure: { code: 'internal' } });
      await cure();
      expect(await corrections[0]!.apply('void', request)).toMatchObject({ status: 'applied' });
    });
  });
});
