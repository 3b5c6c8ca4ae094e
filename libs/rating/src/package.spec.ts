import type { PriceModel } from '@tallymark/domain';
import { describePrice } from '../test/describe-price.js';

const price: PriceModel = { model: 'package', packageSize: '10', packageAmount: '15' };
const thirds: PriceModel = { model: 'package', packageSize: '3', packageAmount: '1' };

describePrice('package', [
  { case: 'nothing used', price, units: '0', amount: '0', details: [] },
  { case: 'a begun package is paid whole', price, units: '0.001', amount: '15', details: ['packages of 10: 1 × 15 + 0'] },
  { case: 'exactly one package', price, units: '10', amount: '15', details: ['packages of 10: 1 × 15 + 0'] },
  { case: 'one unit more', price, units: '11', amount: '30', details: ['packages of 10: 2 × 15 + 0'] },
  {
    case: 'included units come first',
    price,
    terms: { includedUnits: '5' },
    units: '15',
    amount: '15',
    details: ['packages of 10: 1 × 15 + 0'],
  },
  { case: 'a size whose quotient has no end', price: thirds, units: '10', amount: '4', details: ['packages of 3: 4 × 1 + 0'] },
  {
    case: 'a remainder beyond the 40 digits of a quotient',
    price: thirds,
    units: '3.000000000000000000000000000000000000000000000000001',
    amount: '2',
    details: ['packages of 3: 2 × 1 + 0'],
  },
]);
