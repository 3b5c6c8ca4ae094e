import type { Decimal } from '@tallymark/domain';
import { formatDecimal } from '@tallymark/domain';

/**
 * A whole number as the JSON number that several contracts ask for.
 *
 * @throws RangeError when the value has a fraction, or more digits than a JSON number keeps in a common client (2^53 − 1).
 */
export function toWireInteger(value: Decimal): number {
  const number = Number(formatDecimal(value));
  if (!Number.isSafeInteger(number) || !value.eq(String(number))) {
    throw new RangeError(`not a safe integer: ${formatDecimal(value)}; expected a whole number of at most ${Number.MAX_SAFE_INTEGER}`);
  }
  return number;
}
