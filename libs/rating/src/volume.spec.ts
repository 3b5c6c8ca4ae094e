import type { PriceModel } from '@tallymark/domain';
import { describePrice } from '../test/describe-price.js';

const price: PriceModel = {
  model: 'volume',
  tiers: [
    { upTo: '100', unitAmount: '2', flatAmount: '10' },
    { upTo: '200', unitAmount: '1', flatAmount: '0' },
    { upTo: null, unitAmount: '0.5', flatAmount: '50' },
  ],
};

describePrice('volume', [
  { case: 'no use owes the first flat amount', price, units: '0', amount: '10', details: ['all units at tier up to 100: 0 × 2 + 10'] },
  {
    case: 'an upper bound belongs to its tier',
    price,
    units: '100',
    amount: '210',
    details: ['all units at tier up to 100: 100 × 2 + 10'],
  },
  {
    case: 'any fraction over it takes the next, which costs less',
    price,
    units: '100.5',
    amount: '100.5',
    details: ['all units at tier over 100 up to 200: 100.5 × 1 + 0'],
  },
  { case: 'the open tier', price, units: '300', amount: '200', details: ['all units at tier over 200: 300 × 0.5 + 50'] },
]);
