import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type RoundingMode, decimal, formatDecimal, roundDecimal } from './decimal.js';
import { divideRounded } from './divide-rounded.js';

const MODES: readonly RoundingMode[] = ['half_up', 'half_even', 'up', 'down'];
const amounts = fc
  .tuple(fc.bigInt({ min: -(10n ** 24n), max: 10n ** 24n }), fc.integer({ min: -6, max: 15 }))
  .map(([digits, scale]) => decimal(`${digits}e${-scale}`));

describe('divideRounded', () => {
  it.each([
    ['1', '3', 2, 'half_up', '0.33'],
    ['2', '3', 0, 'half_up', '1'],
    ['1', '8', 2, 'half_up', '0.13'],
    ['1', '8', 2, 'half_even', '0.12'],
    ['3', '8', 2, 'half_even', '0.38'],
    ['1', '8', 2, 'down', '0.12'],
    ['-1', '8', 2, 'half_up', '-0.13'],
    ['1', '-8', 2, 'up', '-0.13'],
    ['1e30', '3e-10', 3, 'down', '3333333333333333333333333333333333333333.333'],
    ['0', '7', 6, 'up', '0'],
    ['1500', '1000', 0, 'half_up', '2'],
  ] as const)('%s / %s to %i digits, %s → %s', (dividend, divisor, digits, mode, expected) => {
    expect(formatDecimal(divideRounded(decimal(dividend), decimal(divisor), digits, mode))).toBe(expected);
  });

  it('rounds once, where the first forty digits of a quotient look like a tie', () => {
    // 0.5 less 10^-50: down to nothing.
    const dividend = decimal('0.49999999999999999999999999999999999999999999999999');
    expect(formatDecimal(divideRounded(dividend, decimal('1'), 0, 'half_up'))).toBe('0');
  });

  it('comes to what dividing and rounding comes to', () => {
    fc.assert(
      fc.property(amounts, amounts, fc.integer({ min: 0, max: 8 }), fc.constantFrom(...MODES), (dividend, divisor, digits, mode) => {
        fc.pre(!divisor.eq(decimal('0')));
        const quotient = dividend.div(divisor);
        // Forty digits tell how all others round, unless they end in a tie that may be none.
        fc.pre(quotient.times(divisor).eq(dividend) || !quotient.eq(roundDecimal(quotient, digits + 1, 'down')));
        expect(formatDecimal(divideRounded(dividend, divisor, digits, mode))).toBe(formatDecimal(roundDecimal(quotient, digits, mode)));
      }),
      { numRuns: 2_000 },
    );
  });

  it('refuses to divide by zero', () => {
    expect(() => divideRounded(decimal('1'), decimal('0'), 2, 'half_up')).toThrow('received a divisor of zero');
  });
});
