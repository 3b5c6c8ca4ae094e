import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Decimal, decimal, divideExact, formatDecimal, roundDecimal, sumDecimals } from './decimal.js';

describe('decimal', () => {
  it.each([
    ['0', '0'],
    ['-0.50', '-0.5'],
    ['9007199254740993', '9007199254740993'],
    ['0.12345678901234567890', '0.1234567890123456789'],
    ['1.25e-3', '0.00125'],
    ['1e21', '1000000000000000000000'],
  ])('reads %s and prints %s', (text, printed) => {
    expect(formatDecimal(decimal(text))).toBe(printed);
  });

  it.each(['', ' 1', '+1', '01', '1.', '.5', 'NaN', 'Infinity', '1e1000', '0x10', '1_000', '١٢'])('refuses %j and quotes it', (text) => {
    expect(() => decimal(text)).toThrow(JSON.stringify(text));
  });

  it('refuses a JavaScript number, which may have lost digits already', () => {
    expect(() => new Decimal(0.1 as unknown as string)).toThrow();
  });

  it('rounds by the named rule', () => {
    expect(
      ['half_up', 'half_even', 'up', 'down'].map((mode) => formatDecimal(roundDecimal(decimal('2.345'), 2, mode as 'half_up'))),
    ).toEqual(['2.35', '2.34', '2.35', '2.34']);
  });

  it('divides exactly or says that it cannot', () => {
    expect(formatDecimal(divideExact(decimal('1234567'), decimal('1000000000')))).toBe('0.001234567');
    expect(() => divideExact(decimal('1'), decimal('3'))).toThrow('1 / 3 has no exact decimal form');
  });

  it('sums without losing a unit, in any order', () => {
    const amount = fc
      .tuple(fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), fc.integer({ min: 0, max: 20 }))
      .map(([digits, scale]) => decimal(`${digits}e-${scale}`));
    fc.assert(
      fc.property(fc.array(amount), (amounts) => {
        expect(sumDecimals(amounts).eq(sumDecimals([...amounts].reverse()))).toBe(true);
      }),
    );
  });
});
