import { expect, it } from '@jest/globals';
import { type PriceModel, decimal } from '@tallymark/domain';
import { buildCharge, percentagePrice } from '../test/charge-builder.js';
import { describePrice } from '../test/describe-price.js';
import { rateCharge, requiredTransactions } from './index.js';

const plain = percentagePrice('2.9');
const withFixed = percentagePrice('1', { fixedAmount: '5' });
const firstThreeFree = percentagePrice('1', { fixedAmount: '5', freeTransactions: 3 });
const fifteenFree = percentagePrice('1', { fixedAmount: '5', freeAmount: '15' });
const bothFree = percentagePrice('1', { fixedAmount: '5', freeTransactions: 3, freeAmount: '15' });
const bounded = percentagePrice('1', { fixedAmount: '1', minPerTransaction: '1.75', maxPerTransaction: '12' });

describePrice('percentage', [
  {
    case: 'a rate alone needs no transactions',
    price: plain,
    units: '400',
    amount: '11.6',
    details: ['2.9 % of the amount: 400 × 0.029 + 0'],
  },
  {
    case: 'a free amount needs none either',
    price: percentagePrice('10', { freeAmount: '100' }),
    units: '150',
    amount: '5',
    details: ['free amount: 100 × 0 + 0', '10 % of the amount: 50 × 0.1 + 0'],
  },
  {
    case: 'use within the free amount',
    price: percentagePrice('10', { freeAmount: '100' }),
    units: '60',
    amount: '0',
    details: ['free amount: 60 × 0 + 0'],
  },
  {
    case: 'a fixed amount needs their number',
    price: withFixed,
    units: '200',
    transactions: { count: '3' },
    amount: '17',
    details: ['1 % of the amount: 200 × 0.01 + 0', 'fixed amount per transaction: 3 × 5 + 0'],
  },
  { case: 'no units, nothing due', price: withFixed, units: '0', transactions: ['0', '0'], amount: '0', details: [] },
  {
    case: 'the first transactions free',
    price: firstThreeFree,
    units: '40',
    transactions: ['10', '10', '10', '10'],
    amount: '5.1',
    details: ['free amount: 30 × 0 + 0', '1 % of the amount: 10 × 0.01 + 0', 'fixed amount per transaction: 1 × 5 + 0'],
  },
  {
    case: 'fewer transactions than are free',
    price: firstThreeFree,
    units: '20',
    transactions: ['10', '10'],
    amount: '0',
    details: ['free amount: 20 × 0 + 0'],
  },
  {
    case: 'the one that crosses the free amount pays its fixed amount',
    price: fifteenFree,
    units: '16',
    transactions: ['4', '4', '4', '4'],
    amount: '5.01',
    details: ['free amount: 15 × 0 + 0', '1 % of the amount: 1 × 0.01 + 0', 'fixed amount per transaction: 1 × 5 + 0'],
  },
  {
    case: 'so does the one that reaches it',
    price: fifteenFree,
    units: '15',
    transactions: ['7', '8'],
    amount: '5',
    details: ['free amount: 15 × 0 + 0', 'fixed amount per transaction: 1 × 5 + 0'],
  },
  {
    case: 'of two limits the number is reached first',
    price: bothFree,
    units: '4',
    transactions: ['1', '1', '1', '1'],
    amount: '5.01',
    details: ['free amount: 3 × 0 + 0', '1 % of the amount: 1 × 0.01 + 0', 'fixed amount per transaction: 1 × 5 + 0'],
  },
  {
    case: 'of two limits the amount is passed by the first transaction',
    price: bothFree,
    units: '20',
    transactions: ['20'],
    amount: '5.05',
    details: ['free amount: 15 × 0 + 0', '1 % of the amount: 5 × 0.01 + 0', 'fixed amount per transaction: 1 × 5 + 0'],
  },
  {
    case: 'a free amount of zero frees nothing',
    price: percentagePrice('1', { fixedAmount: '5', freeAmount: '0' }),
    units: '20',
    transactions: ['20'],
    amount: '5.2',
    details: ['1 % of the amount: 20 × 0.01 + 0', 'fixed amount per transaction: 1 × 5 + 0'],
  },
  {
    case: 'each transaction within its bounds',
    price: bounded,
    units: '3010',
    transactions: ['10', '3000'],
    amount: '13.75',
    details: [
      '1 % of the amount: 3010 × 0.01 + 0',
      'fixed amount per transaction: 2 × 1 + 0',
      'minimum per transaction: 0 × 0 + 0.65',
      'maximum per transaction: 0 × 0 + -19',
    ],
  },
  {
    case: 'free transactions have no bounds',
    price: percentagePrice('1', { freeTransactions: 1, minPerTransaction: '2' }),
    units: '20',
    transactions: ['10', '10'],
    amount: '2',
    details: ['free amount: 10 × 0 + 0', '1 % of the amount: 10 × 0.01 + 0', 'minimum per transaction: 0 × 0 + 1.9'],
  },
  {
    case: 'included units cover the first transactions and part of the next',
    price: withFixed,
    terms: { includedUnits: '15' },
    units: '30',
    transactions: ['10', '10', '10'],
    amount: '10.15',
    details: ['1 % of the amount: 15 × 0.01 + 0', 'fixed amount per transaction: 2 × 5 + 0'],
  },
  {
    case: 'a refund is set off against the transaction before it',
    price: bounded,
    units: '1000',
    transactions: ['3000', '-2000'],
    amount: '11',
    details: ['1 % of the amount: 1000 × 0.01 + 0', 'fixed amount per transaction: 1 × 1 + 0'],
  },
  {
    case: 'a refund of more than there was waits for the next transaction',
    price: withFixed,
    units: '60',
    transactions: ['-40', '30', '70'],
    amount: '10.6',
    details: ['1 % of the amount: 60 × 0.01 + 0', 'fixed amount per transaction: 2 × 5 + 0'],
  },
  {
    case: 'amounts in cents, priced as dollars',
    price: withFixed,
    terms: { unitSize: '100' },
    units: '20000',
    transactions: ['5000', '15000'],
    amount: '12',
    details: ['1 % of the amount: 200 × 0.01 + 0', 'fixed amount per transaction: 2 × 5 + 0'],
  },
]);

it.each<[string, PriceModel, string, string, string]>([
  ['amounts for bounds', bounded, '0', 'amounts', 'no amounts; expected the amount of each'],
  ['amounts for free transactions', firstThreeFree, '0', 'amounts', 'no amounts'],
  ['amounts for a fixed amount beside a free amount', fifteenFree, '0', 'amounts', 'no amounts'],
  ['amounts for a fixed amount beside included units', withFixed, '1', 'amounts', 'no amounts'],
  ['the count for a fixed amount', withFixed, '0', 'count', 'no count; expected how many there were'],
])('asks for %s, and refuses to guess them', (_case, price, includedUnits, required, message) => {
  const charge = buildCharge(price, { includedUnits });
  expect(requiredTransactions(charge)).toBe(required);
  expect(() => rateCharge(charge, { units: decimal('20') }, 'USD')).toThrow(message);
  expect(rateCharge(charge, { units: decimal('0') }, 'USD').details).toEqual([]);
});

it('asks for nothing where a rate alone prices the sum', () => {
  expect(requiredTransactions(buildCharge(plain, { includedUnits: '5' }))).toBe('none');
  expect(requiredTransactions(buildCharge({ model: 'standard', unitAmount: '1' }))).toBe('none');
});

it('refuses transactions that do not sum to the units', () => {
  const usage = { units: decimal('20'), transactions: { amounts: [decimal('10'), decimal('9')] } };
  expect(() => rateCharge(buildCharge(plain), usage, 'USD')).toThrow('amounts that sum to 19; expected its units, 20');
});
