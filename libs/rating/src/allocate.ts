import {
  type Decimal,
  ZERO,
  decimal,
  decimalFromInteger,
  formatDecimal,
  minorUnitDigits,
  roundDecimal,
  sumDecimals,
  toMinorUnits,
} from '@tallymark/domain';

const ONE = decimal('1');

interface Share {
  /** Whole minor units. */
  readonly units: Decimal;
  /** What was cut off, in minor units times the sum of weights: compared only with others of its kind, so never divided. */
  readonly remainder: Decimal;
}

/**
 * Splits an amount of money by weights into whole minor units that add up to it, by largest remainder: each part gets its share rounded
 * towards zero, then those with the largest remainders one minor unit more; of equal remainders the earlier part's counts first.
 *
 * @param total whole minor units of the currency, of either sign
 * @param weights not negative, at least one above zero; a part without weight gets nothing
 * @throws RangeError that quotes what breaks these rules
 */
export function allocate(total: Decimal, weights: readonly Decimal[], currency: string): Decimal[] {
  const minorUnit = decimal(`1e-${minorUnitDigits(currency)}`);
  const totalUnits = toMinorUnits(total.abs(), currency);
  const weightSum = sumDecimals(weights);
  if (!totalUnits.times(minorUnit).eq(total.abs())) {
    throw new RangeError(`cannot split ${formatDecimal(total)} ${currency}; expected whole minor units of ${formatDecimal(minorUnit)}`);
  }
  if (weightSum.lte(ZERO) || weights.some((weight) => weight.lt(ZERO))) {
    throw new RangeError(`cannot split by weights [${weights.map(formatDecimal).join(', ')}]; expected none negative and one above zero`);
  }
  const shares = weights.map((weight) => shareOf(totalUnits, weight, weightSum));
  const unitsLeft = Number(formatDecimal(totalUnits.minus(sumDecimals(shares.map((share) => share.units)))));
  const byRemainder = shares
    .map((share, index) => ({ share, index }))
    .sort((a, b) => b.share.remainder.cmp(a.share.remainder) || a.index - b.index);
  const rounded = new Set(byRemainder.slice(0, unitsLeft).map(({ index }) => index));
  const sign = decimalFromInteger(total.lt(ZERO) ? -1 : 1);
  return shares.map((share, index) =>
    share.units
      .plus(rounded.has(index) ? ONE : ZERO)
      .times(minorUnit)
      .times(sign),
  );
}

function shareOf(totalUnits: Decimal, weight: Decimal, weightSum: Decimal): Share {
  const exact = totalUnits.times(weight);
  const quotient = roundDecimal(exact.div(weightSum), 0, 'down');
  // A quotient just below an integer may have been rounded up to it when it was cut to 40 digits.
  const units = quotient.times(weightSum).gt(exact) ? quotient.minus(ONE) : quotient;
  return { units, remainder: exact.minus(units.times(weightSum)) };
}
