import { describe, expect, it } from '@jest/globals';
import { roundMoney, toMinorUnits } from './currency.js';
import { decimal, formatDecimal } from './decimal.js';

describe('money', () => {
  it.each([
    ['12.345', 'USD', '12.35', '1235'],
    ['12.344999', 'USD', '12.34', '1234'],
    ['12.5', 'JPY', '13', '13'],
    ['12.3455', 'KWD', '12.346', '12346'],
    ['-0.005', 'USD', '-0.01', '-1'],
  ])('%s %s rounds to %s, which is %s minor units', (amount, currency, rounded, minorUnits) => {
    expect(formatDecimal(roundMoney(decimal(amount), currency))).toBe(rounded);
    expect(formatDecimal(toMinorUnits(decimal(amount), currency))).toBe(minorUnits);
  });

  it('quotes what is no currency code', () => {
    expect(() => roundMoney(decimal('1'), 'usd')).toThrow('"usd"');
  });
});
