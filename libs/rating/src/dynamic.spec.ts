import { expect, it } from '@jest/globals';
import { decimal } from '@tallymark/domain';
import { buildCharge } from '../test/charge-builder.js';
import { describePrice } from '../test/describe-price.js';
import { rateCharge } from './index.js';

const price = { model: 'dynamic' } as const;

describePrice('dynamic', [
  { case: 'nothing used, whatever the events say', price, units: '0', dynamicAmount: '5', amount: '0', details: [] },
  {
    case: 'the events’ amounts, rounded once',
    price,
    units: '20',
    dynamicAmount: '9.125',
    amount: '9.13',
    details: ['amounts of the events: 20 × 0 + 9.125'],
  },
  {
    case: 'amounts that corrections push below zero',
    price,
    units: '20',
    dynamicAmount: '-1',
    amount: '0',
    details: ['amounts of the events: 20 × 0 + 0'],
  },
]);

it('refuses units without the amount of their events, and included units', () => {
  expect(() => rateCharge(buildCharge(price), { units: decimal('20') }, 'USD')).toThrow('20 units without dynamicAmount');
  const usage = { units: decimal('20'), dynamicAmount: decimal('1') };
  expect(() => rateCharge(buildCharge(price, { includedUnits: '5' }), usage, 'USD')).toThrow(
    'dynamic charge "api_calls" includes 5 units; expected "0"',
  );
});
