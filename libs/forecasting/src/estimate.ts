import { type Decimal, decimal, formatDecimal } from '@tallymark/domain';

/** Significant digits of an estimate; what lies below is noise of binary arithmetic, and far below any spread. */
const ESTIMATE_DIGITS = 12;

/** A quantity as a binary number, for statistics alone: what is used and what is billed never passes through here. @throws RangeError beyond 1e150. */
export function toEstimate(value: Decimal): number {
  const estimate = Number(formatDecimal(value));
  // Squares of it must stay finite.
  if (!(Math.abs(estimate) < 1e150))
    throw new RangeError(`cannot forecast a quantity of this size: ${value.toExponential(3)}; expected less than 1e150`);
  return estimate;
}

/** An estimate back as a decimal of 12 significant digits. */
export function fromEstimate(value: number): Decimal {
  return decimal(value.toPrecision(ESTIMATE_DIGITS).replace('e+', 'e'));
}
