import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Window } from '@tallymark/date-window';
import { type Charge, type PriceDetail, type PriceModel, type StatementLine, formatDecimal } from '@tallymark/domain';
import { parseStatementAmounts } from '@tallymark/rating';
import { type TestDatabase, UsageWorld, startTestDatabase } from '@tallymark/testing';
import type { EntityManager } from 'typeorm';
import { type Billing, loadBillables, rateBillings } from './billable.js';
import { billingPartAt } from './billing-parts.js';
import { StatementRow } from './rows/statement-row.js';

const NOW = new Date('2025-12-01T00:00:00Z');
const NOVEMBER = Window.of(new Date('2025-11-01T00:00:00Z'), NOW);
/** Cuts buckets at either end. */
const MIDST = Window.of(new Date('2025-11-03T10:07:00Z'), new Date('2025-11-20T18:52:30Z'));

const perUnit = (unitAmount: string): PriceModel => ({ model: 'standard', unitAmount });
const byTransaction: PriceModel = {
  model: 'percentage',
  rate: '10',
  fixedAmount: '0.5',
  freeTransactions: 1,
  freeAmount: null,
  minPerTransaction: null,
  maxPerTransaction: '3',
};
const europe = (price: PriceModel): Charge['filters'] => [{ name: 'Europe', values: { region: ['eu', 'uk'] }, includedUnits: '0', price }];

const CHARGES = [
  // As it was stored before there were filters, groups and proration.
  { metric: 'plain', meterCode: 'paid', price: perUnit('1') },
  { metric: 'by_transaction', meterCode: 'paid', price: byTransaction },
  { metric: 'by_transaction_and_region', meterCode: 'paid', price: perUnit('0.01'), filters: europe(byTransaction) },
  { metric: 'fixed', meterCode: 'paid', price: { ...byTransaction, freeTransactions: null, maxPerTransaction: null } as PriceModel },
  { metric: 'dynamic', meterCode: 'paid', price: { model: 'dynamic' } as const, filters: europe(perUnit('2')) },
  { metric: 'filtered', meterCode: 'paid', price: perUnit('1'), filters: europe(perUnit('0.1')) },
  { metric: 'grouped', meterCode: 'paid', price: perUnit('1'), pricingGroups: ['model'], includedUnits: '10' },
  { metric: 'highest', meterCode: 'highest', price: perUnit('1'), filters: europe(perUnit('2')) },
  { metric: 'users', meterCode: 'users', price: perUnit('1'), pricingGroups: ['region'], filters: europe(perUnit('2')) },
  { metric: 'rounded', meterCode: 'rounded', price: perUnit('1'), filters: europe(perUnit('2')) },
  { metric: 'level', meterCode: 'level', price: perUnit('1'), pricingGroups: ['region'] },
] as const;

const GROUPS = { region: '$.region', model: '$.model' };
const EVENTS = [
  { time: '2025-11-03T10:05:00Z', data: { amount: 7, fee: '0.07', region: 'us', model: 'a', user: 'x', seats: 5 } },
  { time: '2025-11-03T10:08:00Z', data: { amount: '20', fee: 0.2, region: 'eu', model: 'a', user: 'x', seats: 3 } },
  { time: '2025-11-05T00:00:00Z', data: { amount: '40.25', fee: '0.4', region: 'uk', model: 'b', user: 'x' } },
  { time: '2025-11-06T00:00:00Z', data: { amount: 11, region: 'us', model: 'b', user: 'y' } },
  { time: '2025-11-07T00:00:00Z', data: { amount: '1.5', fee: '0.015', user: 'z', seats: 2 } },
  { time: '2025-11-08T00:00:00Z', data: { amount: 'none', region: 'eu', seats: 4 } },
  { time: '2025-11-20T18:53:00Z', data: { amount: 100, fee: 1, region: 'uk', model: 'a', user: 'y', seats: 1 } },
];

function print({ description, quantity, unitAmount, flatAmount, dimensions }: PriceDetail): string {
  const values = Object.entries(dimensions).map(([name, value]) => ` ${name}=${value ?? 'none'}`);
  return `${description}: ${formatDecimal(quantity)} × ${formatDecimal(unitAmount)} + ${formatDecimal(flatAmount)}${values.join('')}`;
}

function explain(lines: readonly StatementLine[]): Record<string, readonly string[]> {
  return Object.fromEntries(lines.map((line) => [line.metric, [...line.details.map(print), `= ${formatDecimal(line.amount)}`]]));
}

describe('charges priced from real events', () => {
  let database: TestDatabase;
  let world: UsageWorld;
  let manager: EntityManager;
  let subscriptionId: string;

  const billingOf = async (window: Window, more: Partial<Billing> = {}): Promise<Billing> => {
    const [billable] = await loadBillables(manager, { ids: [subscriptionId] });
    return { billable: billable!, planVersion: billingPartAt(billable!, window.from)!.planVersion, window, gauges: 'latest', ...more };
  };

  beforeAll(async () => {
    database = await startTestDatabase({ now: NOW });
    world = await UsageWorld.create(database, NOW);
    const paid = { groupBy: GROUPS, valueProperty: '$.amount' };
    await world.addMeter('paid', { ...paid, aggregation: 'sum', amountProperty: '$.fee' });
    await world.addMeter('highest', { ...paid, aggregation: 'max' });
    await world.addMeter('users', { groupBy: GROUPS, aggregation: 'unique_count', valueProperty: '$.user' });
    await world.addMeter('rounded', { ...paid, aggregation: 'sum', rounding: { function: 'ceil', precision: 0 } });
    await world.addMeter('level', { groupBy: GROUPS, aggregation: 'latest', valueProperty: '$.seats', recurring: true });
    const customerId = await world.addCustomer('acme');
    subscriptionId = await world.subscribe({ customerId, charges: CHARGES, baseAmount: '30', minimumCommitment: '3000', trialDays: 15 });
    await world.use(EVENTS.map((event) => ({ subject: 'acme', ...event })));
    manager = (await database.connect('calc')).manager;
  }, 60_000);
  afterAll(async () => database.stop());

  it('explains each of them', async () => {
    const [amounts] = await rateBillings(manager, [await billingOf(NOVEMBER, { whole: NOVEMBER })]);
    expect(explain(amounts!.lines)).toEqual({
      plain: ['units: 179.75 × 1 + 0', '= 179.75'],
      by_transaction: [
        'free amount: 7 × 0 + 0',
        '10 % of the amount: 172.75 × 0.1 + 0',
        'fixed amount per transaction: 6 × 0.5 + 0',
        'maximum per transaction: 0 × 0 + -9.025',
        '= 11.25',
      ],
      by_transaction_and_region: [
        'Europe: free amount: 20 × 0 + 0',
        'Europe: 10 % of the amount: 140.25 × 0.1 + 0',
        'Europe: fixed amount per transaction: 3 × 0.5 + 0',
        'Europe: maximum per transaction: 0 × 0 + -9.025',
        'units: 19.5 × 0.01 + 0',
        '= 6.7',
      ],
      fixed: ['10 % of the amount: 179.75 × 0.1 + 0', 'fixed amount per transaction: 7 × 0.5 + 0', '= 21.48'],
      dynamic: ['Europe: units: 160.25 × 2 + 0', 'amounts of the events: 19.5 × 0 + 0.085', '= 320.59'],
      filtered: ['Europe: units: 160.25 × 0.1 + 0', 'units: 19.5 × 1 + 0', '= 35.53'],
      grouped: ['units: 117 × 1 + 0 model=a', 'units: 41.25 × 1 + 0 model=b', '= 158.25'],
      highest: ['Europe: units: 100 × 2 + 0', 'units: 11 × 1 + 0', '= 211'],
      users: [
        'Europe: units: 1 × 2 + 0 region=eu',
        'Europe: units: 2 × 2 + 0 region=uk',
        'units: 2 × 1 + 0 region=us',
        'units: 1 × 1 + 0 region=none',
        '= 9',
      ],
      rounded: ['Europe: units: 161 × 2 + 0', 'units: 20 × 1 + 0', '= 342'],
      level: [
        'units: 4 × 1 + 0 region=eu',
        'units: 1 × 1 + 0 region=uk',
        'units: 5 × 1 + 0 region=us',
        'units: 2 × 1 + 0 region=none',
        '= 12',
      ],
    });
  });

  it('stores the statement with its base amount and commitment owed after the trial, half of the month', async () => {
    const row = await manager.findOneByOrFail(StatementRow, { subscriptionId, periodFrom: NOVEMBER.from });
    const { base, overageAmount, commitmentTrueUp, total, lines } = parseStatementAmounts(row.amounts);
    expect([base, overageAmount, commitmentTrueUp, total].map(formatDecimal)).toEqual(['15', '1307.55', '177.45', '1500']);
    const [amounts] = await rateBillings(manager, [await billingOf(NOVEMBER, { whole: NOVEMBER })]);
    expect(lines).toEqual(amounts!.lines);
  });

  it('peaks at the highest level of each group over a stretch of history, the one that stood at its begin included', async () => {
    const stretch = Window.of(new Date('2025-11-04T00:00:00Z'), new Date('2025-11-08T00:00:00Z'));
    const [amounts] = await rateBillings(manager, [await billingOf(stretch, { gauges: 'peak' })]);
    expect(explain(amounts!.lines)['level']).toEqual([
      'units: 3 × 1 + 0 region=eu',
      'units: 5 × 1 + 0 region=us',
      'units: 2 × 1 + 0 region=none',
      '= 10',
    ]);
  });

  it.each([
    ['a billing period', NOVEMBER],
    ['a window that cuts buckets', MIDST],
  ])('is the same from buckets and from the events alone, for %s', async (_case, window) => {
    for (const gauges of ['latest', 'peak'] as const) {
      const billing = await billingOf(window, { whole: NOVEMBER, gauges });
      const [folded, logged] = [await rateBillings(manager, [billing]), await rateBillings(manager, [billing], 'events')];
      expect(folded).toEqual(logged);
    }
  });
});
