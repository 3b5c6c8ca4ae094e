import type { PriceModel } from '@tallymark/domain';
import { describePrice } from '../test/describe-price.js';

const price: PriceModel = { model: 'standard', unitAmount: '0.003' };
const million: PriceModel = { model: 'standard', unitAmount: '2.5' };

describePrice('standard', [
  { case: 'nothing used', price, units: '0', amount: '0', details: [] },
  { case: 'below zero after corrections', price, units: '-10', amount: '0', details: [] },
  { case: 'a fraction of a cent is rounded once, half up', price, units: '5', amount: '0.02', details: ['units: 5 × 0.003 + 0'] },
  { case: 'all within what is included', price, terms: { includedUnits: '10' }, units: '10', amount: '0', details: [] },
  {
    case: 'overage alone is priced',
    price,
    terms: { includedUnits: '100' },
    units: '1100',
    amount: '3',
    details: ['units: 1000 × 0.003 + 0'],
  },
  {
    case: 'tokens priced by the million',
    price: million,
    terms: { unitSize: '1000000' },
    units: '1234567',
    amount: '3.09',
    details: ['units: 1.234567 × 2.5 + 0'],
  },
  {
    case: 'bytes priced by the PiB',
    price: million,
    terms: { unitSize: '1125899906842624' },
    units: '562949953421312',
    amount: '1.25',
    details: ['units: 0.5 × 2.5 + 0'],
  },
  { case: 'a currency without decimals', price: million, currency: 'JPY', units: '5', amount: '13', details: ['units: 5 × 2.5 + 0'] },
  {
    case: 'a currency with three decimals',
    price: { model: 'standard', unitAmount: '0.0005' },
    currency: 'KWD',
    units: '3',
    amount: '0.002',
    details: ['units: 3 × 0.0005 + 0'],
  },
  {
    case: 'no use owes the minimum',
    price,
    terms: { minAmount: '5' },
    units: '0',
    amount: '5',
    details: ['minimum spend true-up: 0 × 0 + 5'],
  },
  {
    case: 'use below the minimum',
    price,
    terms: { minAmount: '5' },
    units: '1000',
    amount: '5',
    details: ['units: 1000 × 0.003 + 0', 'minimum spend true-up: 0 × 0 + 2'],
  },
  {
    case: 'use that comes to the minimum',
    price,
    terms: { minAmount: '3' },
    units: '1000',
    amount: '3',
    details: ['units: 1000 × 0.003 + 0'],
  },
  {
    case: 'use above the maximum',
    price,
    terms: { maxAmount: '2.5' },
    units: '1000',
    amount: '2.5',
    details: ['units: 1000 × 0.003 + 0', 'maximum spend cap: 0 × 0 + -0.5'],
  },
]);
