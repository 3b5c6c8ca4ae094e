import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Window } from '@tallymark/date-window';
import type { Charge, PlanVersion } from '@tallymark/domain';
import { type TestDatabase, UsageWorld, startTestDatabase } from '@tallymark/testing';
import type { EntityManager } from 'typeorm';
import { type Billing, loadBillables, readBillingUsage } from './billable.js';
import { readSharedUsage } from './shared-usage.js';

const NOW = new Date('2026-11-21T12:00:00Z');
const NOVEMBER = Window.of(new Date('2026-11-01T00:00:00Z'), new Date('2026-12-01T00:00:00Z'));

describe('usage that several price lists share', () => {
  let database: TestDatabase;
  let manager: EntityManager;
  let own: Billing;

  beforeAll(async () => {
    database = await startTestDatabase({ now: NOW });
    const world = await UsageWorld.create(database, NOW);
    await world.addMeter('calls', { groupBy: { region: '$.region' } });
    await world.addMeter('bytes', { aggregation: 'sum', valueProperty: '$.bytes' });
    const id = await world.subscribe({ customerId: await world.addCustomer('acme'), charges: [{ metric: 'calls' }, { metric: 'bytes' }] });
    await world.use([
      { subject: 'acme', time: '2026-11-05T00:00:00Z', data: { bytes: 7, region: 'eu' } },
      { subject: 'acme', time: '2026-11-06T00:00:00Z', data: { bytes: 5, region: 'us' } },
    ]);
    manager = (await database.connect('calc')).manager;
    const [billable] = await loadBillables(manager, { ids: [id] });
    own = { billable: billable!, planVersion: billable!.phases[0]!.planVersion, window: NOVEMBER, whole: NOVEMBER, gauges: 'latest' };
  });
  afterAll(async () => database.stop());

  const under = (change: (charge: Charge) => Charge): Billing => {
    const planVersion: PlanVersion = { ...own.planVersion, charges: own.planVersion.charges.map(change) };
    return { ...own, planVersion };
  };
  const dearer = (): Billing =>
    under((charge) => ({ ...charge, metric: `new_${charge.metric}`, price: { model: 'standard', unitAmount: '9' } }));
  const byRegion = (): Billing => under((charge) => (charge.meterCode === 'calls' ? { ...charge, pricingGroups: ['region'] } : charge));
  /** Questions that reach the database. */
  const countQuestions = async (billings: readonly Billing[]): Promise<number> => {
    let count = 0;
    const counting = new Proxy(manager, {
      get: (target, member, receiver) =>
        member === 'query'
          ? (sql: string, parameters: [readonly number[]]) => {
              count += new Set(parameters[0]).size;
              return target.query(sql, parameters);
            }
          : Reflect.get(target, member, receiver),
    });
    await readSharedUsage(counting, billings);
    return count;
  };

  it('is read once where only prices differ, and apart where it is divided otherwise', async () => {
    expect(await countQuestions([own])).toBe(2);
    expect(await countQuestions([own, dearer()])).toBe(2);
    expect(await countQuestions([own, byRegion()])).toBe(3);
    const week = Window.of(NOVEMBER.from, new Date('2026-11-08T00:00:00Z'));
    expect(await countQuestions([own, { ...own, window: week }])).toBe(4);
  });

  it('is what each list would have read by itself, under its own metrics', async () => {
    const billings = [own, dearer(), byRegion()];
    expect(await readSharedUsage(manager, billings)).toEqual(await readBillingUsage(manager, billings));
  });
});
