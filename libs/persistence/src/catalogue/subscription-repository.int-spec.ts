import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type TestDatabase, UsageWorld, startTestDatabase } from '@tallymark/testing';
import type { DataSource } from 'typeorm';
import { lockStatements } from '../statement-lock.js';
import { SubscriptionRepository } from './subscription-repository.js';

const NOW = new Date('2026-11-21T12:00:00Z');
const LATER = new Date('2026-12-01T00:00:00Z');

describe('a change of a subscription', () => {
  let database: TestDatabase;
  let world: UsageWorld;
  let calc: DataSource;
  let subscriptions: SubscriptionRepository;
  let id: string;
  let planVersionId: string;
  let ordinal = 0;

  beforeAll(async () => {
    database = await startTestDatabase({ now: NOW });
    calc = await database.connect('calc');
    world = await UsageWorld.create(database, NOW);
    subscriptions = new SubscriptionRepository(await database.connect('api'));
  });
  afterAll(() => database.stop());

  beforeEach(async () => {
    ordinal += 1;
    const customerId = await world.addCustomer(`customer ${ordinal}`);
    id = await world.subscribe({ customerId, charges: [] });
    const other = await world.subscribe({ customerId, charges: [] });
    planVersionId = (await subscriptions.find(world.organizationId, other))!.planVersionId;
  });
  const change = (decide: Parameters<SubscriptionRepository['change']>[3]) =>
    subscriptions.change(world.organizationId, id, { by: 'key', now: NOW }, decide);
  const phases = async (): Promise<unknown> =>
    world.owner.query(
      'SELECT plan_version_id, time_zone, requested_by FROM subscription_phase WHERE subscription_id = $1 ORDER BY starts_at',
      [id],
    );

  it('adds a phase, and keeps what else changes at the same instant', async () => {
    await change(() => ({ startsAt: LATER, timeZone: 'Asia/Tokyo' }));
    const changed = await change(() => ({ startsAt: LATER, planVersionId }));
    expect(changed?.phases).toHaveLength(1);
    expect(await phases()).toEqual([{ plan_version_id: planVersionId, time_zone: 'Asia/Tokyo', requested_by: 'key' }]);
  });

  it('waits while a statement is made or closed, and is decided by what is closed then', async () => {
    let waiting: Promise<Date | null> | undefined;
    await calc.transaction(async (manager) => {
      await lockStatements(manager, [id]);
      waiting = new Promise((resolve, reject) => {
        change((_, closedUntil) => {
          resolve(closedUntil);
          return null;
        }).catch(reject);
      });
      await untilSomebodyWaits(world.owner);
      await manager.query(
        `INSERT INTO statement (id, subscription_id, period_from, period_to, billing_period_from, billing_period_to, organization_id, customer_id, plan_version_id, status, closed_at, currency, total, amounts, projections, as_of, revision)
         SELECT gen_random_uuid(), id, '2026-10-01', '2026-11-01', '2026-10-01', '2026-11-01', organization_id, customer_id, plan_version_id, 'closed', $2, 'USD', 0, '{}', '{}', $2, 1 FROM subscription WHERE id = $1`,
        [id, NOW],
      );
    });
    expect(await waiting).toEqual(new Date('2026-11-01T00:00:00Z'));
  });

  it('makes of many at once one after the other', async () => {
    const seen: number[] = [];
    await Promise.all(
      Array.from({ length: 4 }, (_, n) =>
        change((current) => {
          seen.push(current.phases.length);
          return { startsAt: new Date(LATER.getTime() + n), planVersionId };
        }),
      ),
    );
    expect(seen.sort()).toEqual([0, 1, 2, 3]);
  });

  it('undoes all when it is refused', async () => {
    await expect(
      change(() => {
        throw new Error('refused');
      }),
    ).rejects.toThrow('refused');
    expect(await phases()).toEqual([]);
  });

  it('is refused by the database where it changes nothing, and can’t be deleted by the service', async () => {
    const insert = `INSERT INTO subscription_phase (subscription_id, starts_at, organization_id, requested_by) SELECT id, now(), organization_id, 'x' FROM subscription WHERE id = $1`;
    await expect(world.owner.query(insert, [id])).rejects.toThrow('subscription_phase_change_check');
    const api = await database.connect('api');
    await expect(api.query('DELETE FROM subscription_phase')).rejects.toThrow('permission denied');
    await expect(calc.query('UPDATE subscription_phase SET time_zone = NULL')).rejects.toThrow('permission denied');
  });
});

async function untilSomebodyWaits(owner: DataSource): Promise<void> {
  for (;;) {
    const [row]: { waiting: boolean }[] = await owner.query(
      `SELECT count(*) > 0 AS waiting FROM pg_locks l WHERE l.locktype = 'advisory' AND NOT l.granted AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    );
    if (row!.waiting) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
