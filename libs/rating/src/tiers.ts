import { type Decimal, ZERO, decimal, minDecimal } from '@tallymark/domain';

/** What of a quantity falls into one tier. */
export interface TierShare<Tier> {
  readonly tier: Tier;
  /** The last unit before the tier: the tier holds what is over it. */
  readonly over: Decimal;
  readonly quantity: Decimal;
}

/**
 * Splits units over tiers from the bottom up; the quantities add up to the units. Upper bounds are inclusive: exactly 10 units leave a tier
 * over 10 unentered. The first tier is always entered, at zero units too, which is why its flat amount is then due.
 *
 * @param units not negative
 * @param tiers ascending, the last without an upper bound
 */
export function splitOverTiers<Tier extends { readonly upTo: string | null }>(tiers: readonly Tier[], units: Decimal): TierShare<Tier>[] {
  const shares: TierShare<Tier>[] = [];
  let over = ZERO;
  for (const tier of tiers) {
    if (shares.length > 0 && units.lte(over)) break;
    const top = tier.upTo === null ? units : minDecimal(units, decimal(tier.upTo));
    shares.push({ tier, over, quantity: top.minus(over) });
    over = top;
  }
  return shares;
}
