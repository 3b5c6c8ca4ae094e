import type { PriceModel } from '@tallymark/domain';
import { describePrice } from '../test/describe-price.js';

const price: PriceModel = {
  model: 'graduated_percentage',
  tiers: [
    { upTo: '1000', rate: '2.9', flatAmount: '1' },
    { upTo: null, rate: '1.5', flatAmount: '5' },
  ],
};

describePrice('graduated percentage', [
  { case: 'no use owes the first flat amount', price, units: '0', amount: '1', details: ['2.9 % in tier up to 1000: 0 × 0.029 + 1'] },
  {
    case: 'an upper bound belongs to its tier',
    price,
    units: '1000',
    amount: '30',
    details: ['2.9 % in tier up to 1000: 1000 × 0.029 + 1'],
  },
  {
    case: 'each tier takes its own rate',
    price,
    units: '1500.50',
    amount: '42.51',
    details: ['2.9 % in tier up to 1000: 1000 × 0.029 + 1', '1.5 % in tier over 1000: 500.5 × 0.015 + 5'],
  },
  {
    case: 'cents priced as dollars',
    price,
    terms: { unitSize: '100' },
    units: '50000',
    amount: '15.5',
    details: ['2.9 % in tier up to 1000: 500 × 0.029 + 1'],
  },
]);
