import { type Decimal, ZERO, decimal, formatDecimal } from '@tallymark/domain';

/** `value = coefficient × 10^exponent`, the coefficient an integer that no longer ends in zero. */
interface Scaled {
  readonly coefficient: bigint;
  readonly exponent: number;
}

function scaled(value: Decimal): Scaled {
  const [whole = '', fraction = ''] = formatDecimal(value).split('.');
  let coefficient = BigInt(whole + fraction);
  let exponent = -fraction.length;
  while (coefficient !== 0n && coefficient % 10n === 0n) {
    coefficient /= 10n;
    exponent += 1;
  }
  return { coefficient, exponent };
}

/**
 * `1 / unitSize`, exact, or null where it has no finite decimal form: the size must be positive and a product of twos and fives.
 * Done by factors and not by division, so that no size is refused for its number of digits: 2^50 bytes are a PiB.
 */
function reciprocal(unitSize: Decimal): Decimal | null {
  if (unitSize.lte(ZERO)) return null;
  const { coefficient, exponent } = scaled(unitSize);
  let rest = coefficient;
  let inverse = 1n;
  let shift = exponent;
  for (const [factor, partner] of [
    [2n, 5n],
    [5n, 2n],
  ] as const) {
    while (rest % factor === 0n) {
      rest /= factor;
      inverse *= partner;
      shift += 1;
    }
  }
  return rest === 1n ? decimal(inverse.toString()).times(decimal(`1e${-shift}`)) : null;
}

/** Whether a charge may have this unit size: every number of meter units must have an exact number of priced units. */
export function isExactUnitSize(unitSize: Decimal): boolean {
  return reciprocal(unitSize) !== null;
}

/** Meter units in priced units, exact: 1500000000 bytes at a unit size of 1000000000 are 1.5 GB. @throws RangeError for a size that is no product of twos and fives. */
export function toPricedUnits(meterUnits: Decimal, unitSize: string): Decimal {
  const inverse = reciprocal(decimal(unitSize));
  if (inverse === null)
    throw new RangeError(`not a unit size: "${unitSize}"; expected a positive product of twos and fives, such as "1000" or "1024"`);
  return meterUnits.times(inverse);
}
