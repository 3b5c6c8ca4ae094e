import { expect, it } from '@jest/globals';
import { Window } from '@tallymark/date-window';
import { type Charge, type PlanVersion, type StatementAmounts, decimal, formatDecimal } from '@tallymark/domain';
import { buildCharge, percentagePrice } from '../test/charge-builder.js';
import { type ChargeUsage, parseStatementAmounts, rateStatement, serializeStatementAmounts, validateCharges } from './index.js';

/** A price list as people write it down, priced from plain numbers: no database, no events, no clock. */
const charges: readonly Charge[] = [
  buildCharge(
    {
      model: 'graduated',
      tiers: [
        { upTo: '1000', unitAmount: '0.02', flatAmount: '5' },
        { upTo: null, unitAmount: '0.01', flatAmount: '0' },
      ],
    },
    {
      metric: 'requests',
      name: 'Requests',
      includedUnits: '500',
      filters: [
        { name: 'Europe', values: { region: ['eu', 'uk'] }, includedUnits: '100', price: { model: 'standard', unitAmount: '0.03' } },
      ],
    },
  ),
  buildCharge(
    { model: 'package', packageSize: '1000', packageAmount: '2' },
    { metric: 'tokens', name: 'Tokens', pricingGroups: ['model'] },
  ),
  buildCharge(percentagePrice('1.5', { fixedAmount: '0.2', freeTransactions: 1, maxPerTransaction: '5' }), {
    metric: 'payments',
    name: 'Payments',
    maxAmount: '5.5',
  }),
  buildCharge({ model: 'dynamic' }, { metric: 'resold', name: 'Resold models' }),
  buildCharge({ model: 'standard', unitAmount: '30' }, { metric: 'seats', name: 'Seats', includedUnits: '1', prorated: true }),
  buildCharge(
    { model: 'volume', tiers: [{ upTo: null, unitAmount: '0.1', flatAmount: '0' }] },
    { metric: 'storage', name: 'Storage', minAmount: '6' },
  ),
];

const planVersion: PlanVersion = {
  id: 'v1',
  planId: 'p1',
  planCode: 'scale',
  planName: 'Scale',
  version: 1,
  currency: 'USD',
  interval: 'monthly',
  baseAmount: '60',
  minimumCommitment: '300',
  trialDays: 5,
  charges,
};

const september = Window.of(new Date('2026-09-01T00:00:00Z'), new Date('2026-10-01T00:00:00Z'));
const part = Window.of(new Date('2026-09-11T00:00:00Z'), september.to);
const base = Window.of(new Date('2026-09-16T00:00:00Z'), september.to);

const usageByMetric: ReadonlyMap<string, ChargeUsage> = new Map<string, ChargeUsage>([
  [
    'requests',
    {
      parts: [
        { dimensions: { region: 'us' }, units: decimal('1700') },
        { dimensions: { region: 'eu' }, units: decimal('90') },
        { dimensions: { region: 'uk' }, units: decimal('60') },
      ],
    },
  ],
  [
    'tokens',
    {
      parts: [
        { dimensions: { model: 'small' }, units: decimal('2500') },
        { dimensions: { model: 'large' }, units: decimal('1') },
      ],
    },
  ],
  ['payments', { units: decimal('640'), transactions: { amounts: ['100', '40', '500'].map(decimal) } }],
  ['resold', { units: decimal('12'), dynamicAmount: decimal('3.14159') }],
  ['seats', { units: decimal('4') }],
]);

/** As one would read a bill aloud. */
function explain({ base: baseAmount, lines, commitmentTrueUp, total }: StatementAmounts): string[] {
  return [
    `base ${formatDecimal(baseAmount)}`,
    ...lines.flatMap(({ name, used, included, amount, details }) => [
      `${name}: ${formatDecimal(used)} used, ${formatDecimal(included)} included = ${formatDecimal(amount)}`,
      ...details.map((detail) => {
        const values = Object.values(detail.dimensions).map((value) => ` [${value ?? 'none'}]`);
        const flat = detail.flatAmount.eq(decimal('0')) ? '' : ` + ${formatDecimal(detail.flatAmount)}`;
        return `  ${detail.description}${values.join('')}: ${formatDecimal(detail.quantity)} × ${formatDecimal(detail.unitAmount)}${flat} = ${formatDecimal(detail.amount)}`;
      }),
    ]),
    `up to the commitment ${formatDecimal(commitmentTrueUp)}`,
    `total ${formatDecimal(total)}`,
  ];
}

it('a price list with every kind of division is valid, priced, and explained line by line', () => {
  expect(validateCharges(charges, 'USD')).toEqual([]);
  const amounts = rateStatement({ planVersion, usageByMetric, coverage: { part, whole: september, base } });
  expect(explain(amounts)).toEqual([
    'base 30',
    'Requests: 1850 used, 600 included = 28.5',
    '  Europe: units: 50 × 0.03 = 1.5',
    '  tier up to 1000: 1000 × 0.02 + 5 = 25',
    '  tier over 1000: 200 × 0.01 = 2',
    'Tokens: 2501 used, 0 included = 8',
    '  packages of 1000 [large]: 1 × 2 = 2',
    '  packages of 1000 [small]: 3 × 2 = 6',
    'Payments: 640 used, 0 included = 5.5',
    '  free amount: 100 × 0 = 0',
    '  1.5 % of the amount: 540 × 0.015 = 8.1',
    '  fixed amount per transaction: 2 × 0.2 = 0.4',
    '  maximum per transaction: 0 × 0 + -2.7 = -2.7',
    '  maximum spend cap: 0 × 0 + -0.3 = -0.3',
    'Resold models: 12 used, 0 included = 3.14',
    '  amounts of the events: 12 × 0 + 3.14159 = 3.14159',
    'Seats: 4 used, 1 included = 60',
    '  units: 3 × 30 = 90',
    '  share of the billing period: 1728000 of 2592000 seconds: 0 × 0 + -30 = -30',
    'Storage: 0 used, 0 included = 4',
    '  minimum spend true-up: 0 × 0 + 4 = 4',
    'up to the commitment 10.86',
    'total 150',
  ]);
  expect(parseStatementAmounts(JSON.parse(JSON.stringify(serializeStatementAmounts(amounts))))).toEqual(amounts);
});
