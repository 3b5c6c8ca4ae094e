import { type Decimal, ZERO, decimal, divideRounded } from '@tallymark/domain';

const HUNDREDTH = decimal('0.01');
const HUNDRED = decimal('100');

/** What a rate in percent takes of one unit: `"1.2"` → 0.012. */
export function percent(rate: string): Decimal {
  return decimal(rate).times(HUNDREDTH);
}

/**
 * Used as a percentage of included, rounded half up to 2 decimals; over 100 when exceeded.
 * With nothing included it is 0 when nothing is used, else 100, so that no reader meets NaN or infinity.
 */
export function usedPercentage(used: Decimal, included: Decimal): Decimal {
  if (included.lte(ZERO)) return used.lte(ZERO) ? ZERO : HUNDRED;
  return divideRounded(used.times(HUNDRED), included, 2, 'half_up');
}
