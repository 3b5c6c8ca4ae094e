import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type TestDatabase, UsageWorld, startTestDatabase } from '@tallymark/testing';
import type { DataSource, EntityManager } from 'typeorm';
import { MeterRepository } from './meter-repository.js';
import { type LoadedSubscription, SubscriptionRepository } from './subscription-repository.js';

const NOW = new Date('2026-11-21T12:00:00Z');
const PAST = new Date('2026-11-01T00:00:00Z');

describe('a subscription that goes over to a plan while a meter of it is deleted', () => {
  let database: TestDatabase;
  let world: UsageWorld;
  let subscriptions: SubscriptionRepository;
  let meters: MeterRepository;
  let id: string;
  let meterId: string;
  let planVersionId: string;
  let ordinal = 0;

  beforeAll(async () => {
    database = await startTestDatabase({ now: NOW });
    world = await UsageWorld.create(database, NOW);
    const api = await database.connect('api');
    subscriptions = new SubscriptionRepository(api);
    meters = new MeterRepository(api);
  });
  afterAll(() => database.stop());

  beforeEach(async () => {
    ordinal += 1;
    const customerId = await world.addCustomer(`customer ${ordinal}`);
    id = await world.subscribe({ customerId, charges: [] });
    const metric = `meter ${ordinal}`;
    meterId = await world.addMeter(metric);
    // The plan of one that has ended, so that it does not hold the meter back.
    const ended = await world.subscribe({ customerId, charges: [{ metric }] });
    await world.owner.query('UPDATE subscription SET ended_at = $2 WHERE id = $1', [ended, PAST]);
    planVersionId = (await subscriptions.find(world.organizationId, ended))!.planVersionId;
  });

  const change = (): Promise<LoadedSubscription | null> =>
    subscriptions.change(world.organizationId, id, { by: 'key', now: NOW }, () => ({ startsAt: NOW, planVersionId }));

  /** What becomes of a change that is asked for while another transaction deletes the meter and does `more`. */
  async function changeWhileDeleted(more: (manager: EntityManager) => Promise<unknown>): Promise<unknown> {
    let changed: Promise<unknown> | undefined;
    await world.owner.transaction(async (manager) => {
      await manager.query('SELECT FROM meter WHERE id = $1 FOR UPDATE', [meterId]);
      await manager.query('UPDATE meter SET deleted_at = $2 WHERE id = $1', [meterId, NOW]);
      await more(manager);
      changed = change().catch((error: unknown) => error);
      await Promise.race([changed, untilWaiting(world.owner, 1)]);
    });
    return changed;
  }

  it('waits, and is refused', async () => {
    expect(await changeWhileDeleted(() => Promise.resolve())).toMatchObject({
      code: 'unprocessable',
      details: [{ pointer: '/plan_code', code: 'deleted_meter', message: expect.stringContaining(`("meter ${ordinal}")`) }],
    });
    expect((await subscriptions.find(world.organizationId, id))!.phases).toEqual([]);
  });

  it('waits, and goes over where another meter has taken the place', async () => {
    const replace = (manager: EntityManager): Promise<unknown> =>
      manager.query(
        `INSERT INTO meter (id, organization_id, code, name, unit, event_type, aggregation)
         SELECT gen_random_uuid(), organization_id, code, name, unit, event_type, aggregation FROM meter WHERE id = $1`,
        [meterId],
      );
    expect(await changeWhileDeleted(replace)).toMatchObject({ phases: [{ planVersionId }] });
  });

  it('keeps a meter that is to be deleted meanwhile', async () => {
    let deleted: Promise<string[] | null> | undefined;
    let changed: Promise<unknown> | undefined;
    await world.owner.transaction(async (manager) => {
      // The last that a change writes.
      await manager.query('LOCK TABLE statement_queue IN EXCLUSIVE MODE');
      changed = change();
      await untilWaiting(world.owner, 1);
      deleted = meters.delete(world.organizationId, meterId, NOW, () => undefined);
      await Promise.race([deleted, untilWaiting(world.owner, 2)]);
    });
    await changed;
    expect(await deleted).toHaveLength(1);
  });
});

/** Until that many transactions wait for others. */
async function untilWaiting(owner: DataSource, count: number): Promise<void> {
  for (;;) {
    const [row]: { waiting: number }[] = await owner.query(
      `SELECT count(DISTINCT l.pid)::integer AS waiting FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid WHERE NOT l.granted AND a.datname = current_database()`,
    );
    if (row!.waiting >= count) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
