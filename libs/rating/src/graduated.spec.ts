import type { PriceModel } from '@tallymark/domain';
import { describePrice } from '../test/describe-price.js';

const price: PriceModel = {
  model: 'graduated',
  tiers: [
    { upTo: '10', unitAmount: '1', flatAmount: '2' },
    { upTo: '20', unitAmount: '0.5', flatAmount: '3' },
    { upTo: null, unitAmount: '0.1', flatAmount: '0' },
  ],
};

describePrice('graduated', [
  { case: 'no use owes the first flat amount', price, units: '0', amount: '2', details: ['tier up to 10: 0 × 1 + 2'] },
  { case: 'an upper bound belongs to its tier', price, units: '10', amount: '12', details: ['tier up to 10: 10 × 1 + 2'] },
  {
    case: 'any fraction over it enters the next',
    price,
    units: '10.1',
    amount: '15.05',
    details: ['tier up to 10: 10 × 1 + 2', 'tier over 10 up to 20: 0.1 × 0.5 + 3'],
  },
  {
    case: 'all tiers',
    price,
    units: '25',
    amount: '20.5',
    details: ['tier up to 10: 10 × 1 + 2', 'tier over 10 up to 20: 10 × 0.5 + 3', 'tier over 20: 5 × 0.1 + 0'],
  },
  {
    case: 'tiers count the overage',
    price,
    terms: { includedUnits: '5' },
    units: '15',
    amount: '12',
    details: ['tier up to 10: 10 × 1 + 2'],
  },
  { case: 'included units unused up owe no flat amount', price, terms: { includedUnits: '5' }, units: '5', amount: '0', details: [] },
  {
    case: 'a free tier is still shown',
    price: { model: 'graduated', tiers: [{ upTo: null, unitAmount: '0', flatAmount: '0' }] },
    units: '3',
    amount: '0',
    details: ['tier of all units: 3 × 0 + 0'],
  },
]);
