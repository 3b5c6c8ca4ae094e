import { describe, expect, it } from '@jest/globals';
import { type Charge, type PriceModel, decimal, formatDecimal } from '@tallymark/domain';
import { buildCharge, percentagePrice } from '../test/charge-builder.js';
import { type ChargeUsage, marginalAmount } from './index.js';

const standard: PriceModel = { model: 'standard', unitAmount: '0.0007' };
const graduated: PriceModel = {
  model: 'graduated',
  tiers: [
    { upTo: '5', unitAmount: '0.02', flatAmount: '0.01' },
    { upTo: null, unitAmount: '0.01', flatAmount: '0.01' },
  ],
};
const volume: PriceModel = {
  model: 'volume',
  tiers: [
    { upTo: '10', unitAmount: '2', flatAmount: '0' },
    { upTo: null, unitAmount: '1', flatAmount: '0' },
  ],
};

function usage(units: string): ChargeUsage {
  return { units: decimal(units) };
}

describe('marginalAmount', () => {
  it.each<[string, Charge, string, string, string]>([
    ['is exact, not rounded', buildCharge(standard), '1', '2', '0.0007'],
    ['is zero while included units last', buildCharge(standard, { includedUnits: '10' }), '3', '9', '0'],
    ['begins where they end', buildCharge(standard, { includedUnits: '10' }), '9', '12', '0.0014'],
    ['puts the first flat amount on the first use', buildCharge(graduated), '0', '3', '0.07'],
    ['adds a flat amount once', buildCharge(graduated), '3', '4', '0.02'],
    ['adds the next when its tier is entered', buildCharge(graduated), '4', '6', '0.04'],
    ['leaves out the minimum', buildCharge(standard, { minAmount: '100' }), '0', '10', '0.007'],
    ['ends at the maximum', buildCharge(standard, { maxAmount: '0.01' }), '10', '100', '0.003'],
    ['is negative where a cheaper volume tier begins', buildCharge(volume), '10', '11', '-9'],
    ['takes back what a correction takes back', buildCharge(standard), '10', '4', '-0.0042'],
    ['is nothing between nothing and nothing', buildCharge(graduated), '0', '0', '0'],
  ])('%s', (_case, charge, before, after, expected) => {
    expect(formatDecimal(marginalAmount(charge, usage(before), usage(after), 'USD'))).toBe(expected);
  });

  it('reads the transactions accumulated so far', () => {
    const charge = buildCharge(percentagePrice('50', { freeTransactions: 1 }));
    const before = { units: decimal('4'), transactions: { amounts: [decimal('4')] } };
    const after = { units: decimal('8'), transactions: { amounts: [decimal('4'), decimal('4')] } };
    expect(formatDecimal(marginalAmount(charge, before, after, 'USD'))).toBe('2');
  });

  it('refuses what is no currency', () => {
    expect(() => marginalAmount(buildCharge(standard), usage('0'), usage('1'), 'usd')).toThrow('"usd"');
  });
});
