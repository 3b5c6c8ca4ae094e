import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Window } from '@tallymark/date-window';
import { type TestDatabase, UsageWorld, startTestDatabase } from '@tallymark/testing';
import fc from 'fast-check';
import type { DataSource } from 'typeorm';
import { type SubscriptionFilter, findSubscriptionIds, passesFilter } from './analytics.js';
import { loadCustomerSnapshot } from './catalogue-snapshot.js';
import { inOrganization } from './tenancy.js';

const NOW = new Date('2026-03-12T09:00:00Z');

describe('the subscriptions that pass a filter', () => {
  let database: TestDatabase;
  let world: UsageWorld;
  let api: DataSource;

  beforeAll(async () => {
    database = await startTestDatabase({ now: NOW });
    world = await UsageWorld.create(database, NOW);
    api = await database.connect('api');
    await world.addMeter('calls');
    await world.addMeter('stored');
    const acme = await world.addCustomer('acme', { type: 'company', country: 'US' });
    const ann = await world.addCustomer('ann', { type: 'individual' });
    const first = await world.subscribe({ customerId: acme, charges: [{ metric: 'calls' }], startedAt: '2026-01-01T00:00:00Z' });
    const ended = await world.subscribe({
      customerId: acme,
      charges: [{ metric: 'stored' }],
      currency: 'EUR',
      startedAt: '2026-02-01T00:00:00Z',
    });
    const later = await world.subscribe({ customerId: ann, charges: [], startedAt: '2026-03-01T00:00:00Z' });
    const sql = (text: string, ...values: unknown[]) => world.owner.query(text, values);
    await sql(`UPDATE subscription SET ended_at = '2026-03-01T00:00:00Z', external_id = 'ended' WHERE id = $1`, ended);
    await sql(`UPDATE subscription SET external_id = 'later' WHERE id = $1`, later);
    await sql(
      `UPDATE plan p SET code = 'silver' FROM plan_version v, subscription s WHERE v.plan_id = p.id AND s.plan_version_id = v.id AND s.id = $1`,
      first,
    );
    await sql(
      `UPDATE plan p SET code = 'gold' FROM plan_version v, subscription s WHERE v.plan_id = p.id AND s.plan_version_id = v.id AND s.id = $1`,
      ended,
    );
    await sql(
      `INSERT INTO subscription_phase (subscription_id, starts_at, organization_id, plan_version_id, requested_by)
       SELECT $1, '2026-03-10T00:00:00Z', organization_id, plan_version_id, 'test' FROM subscription WHERE id = $2`,
      later,
      ended,
    );
  });
  afterAll(() => database.stop());

  const perhaps = <T>(...values: readonly T[]) => fc.constantFrom(...Array<null>(8).fill(null), ...values);
  const days = fc.constantFrom('2025-12-01', '2026-01-01', '2026-02-01', '2026-03-01', '2026-03-02', '2026-04-01');

  it('are the same in memory as in the database', async () => {
    let found = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(days, { minLength: 2, maxLength: 2 }).map((two) => [...two].sort() as [string, string]),
        fc.record<SubscriptionFilter>({
          currency: perhaps('USD', 'EUR', 'JPY'),
          customerType: perhaps('company' as const, 'individual' as const),
          customerCountry: perhaps('US', 'DE'),
          externalCustomerId: fc.constantFrom('acme', 'ann'),
          externalSubscriptionId: perhaps('ended', 'later', 'none'),
          planCode: perhaps('silver', 'gold', 'none'),
          meterCode: perhaps('calls', 'stored', 'none'),
        }),
        async ([from, to], filter) => {
          const window = Window.of(new Date(from), new Date(to));
          const inDatabase = await inOrganization(api, world.organizationId, (manager) => findSubscriptionIds(manager, window, filter));
          const { customer, subscriptions } = (await loadCustomerSnapshot(api, world.organizationId, {
            externalId: filter.externalCustomerId!,
          }))!;
          const inMemory = subscriptions.filter(({ subscription }) => passesFilter({ subscription, customer }, window, filter));
          expect(inMemory.map(({ subscription }) => subscription.id).sort()).toEqual(inDatabase);
          found += inDatabase.length;
        },
      ),
      { numRuns: 150 },
    );
    expect(found).toBeGreaterThan(20);
  });
});
