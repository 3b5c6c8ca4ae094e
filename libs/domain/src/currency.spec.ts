import { describe, expect, it } from '@jest/globals';
import { isActiveCurrencyCode, minorUnitDigits, roundMoney, toMinorUnits } from './currency.js';
import { decimal, formatDecimal } from './decimal.js';

describe('a currency in use', () => {
  it.each(['USD', 'EUR', 'JPY', 'KWD', 'XOF', 'CLF', 'SLE', 'ZWG', 'XCG'])('is %s', (code) => {
    expect(isActiveCurrencyCode(code)).toBe(true);
  });

  it.each([
    ['XXZ', 'mistyped'],
    ['usd', 'lower case'],
    ['USD ', 'with a space'],
    ['', 'nothing'],
    ['HRK', 'retired in 2023'],
    ['BGN', 'retired in 2026'],
    ['XXX', 'no currency'],
    ['XTS', 'for tests'],
    ['XAU', 'gold'],
  ])('is not %j: %s', (code) => {
    expect(isActiveCurrencyCode(code)).toBe(false);
  });

  it.each([
    ['USD', 2],
    ['JPY', 0],
    ['KWD', 3],
    ['UYW', 4],
  ])('%s has %i decimals', (code, digits) => {
    expect([isActiveCurrencyCode(code), minorUnitDigits(code)]).toEqual([true, digits]);
  });
});

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
