import { type Decimal, type PriceDetail, ZERO, formatDecimal, sumDecimals } from '@tallymark/domain';

/** What a model charges, exact and unrounded, and why: `Σ details.amount = amount`. */
export interface PricedUnits {
  readonly amount: Decimal;
  readonly details: readonly PriceDetail[];
}

/** One line of an explanation. What is left out is zero; the amount follows from the rest. */
export function priceDetail(
  description: string,
  part: { readonly quantity?: Decimal; readonly unitAmount?: Decimal; readonly flatAmount?: Decimal },
): PriceDetail {
  const { quantity = ZERO, unitAmount = ZERO, flatAmount = ZERO } = part;
  return { description, quantity, unitAmount, flatAmount, amount: quantity.times(unitAmount).plus(flatAmount), dimensions: {} };
}

/** Adds details up to a price. Details that say nothing (no quantity, no amount) are left out. */
export function pricedUnits(details: readonly PriceDetail[]): PricedUnits {
  const telling = details.filter((detail) => !detail.quantity.eq(ZERO) || !detail.amount.eq(ZERO));
  return { amount: sumDecimals(telling.map((detail) => detail.amount)), details: telling };
}

/** `tier up to 10`, `tier over 10 up to 20`, `tier over 20`, `tier of all units`: in words that fit fractions of a unit too. */
export function describeTier(over: Decimal, upTo: string | null): string {
  const isFirst = over.eq(ZERO);
  if (upTo === null) return isFirst ? 'tier of all units' : `tier over ${formatDecimal(over)}`;
  return isFirst ? `tier up to ${upTo}` : `tier over ${formatDecimal(over)} up to ${upTo}`;
}
