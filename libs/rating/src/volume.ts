import { type Decimal, type PriceModel, ZERO, decimal } from '@tallymark/domain';
import { type PricedUnits, describeTier, priceDetail, pricedUnits } from './price-detail.js';

/**
 * All units cost what the one tier says that the total reaches, plus its flat amount. Upper bounds are inclusive; zero units reach the first
 * tier, so its flat amount is due. More units may cost less, where a cheaper tier begins: that is the model's point.
 */
export function priceVolume(model: Extract<PriceModel, { model: 'volume' }>, input: { readonly units: Decimal }): PricedUnits {
  let over = ZERO;
  for (const tier of model.tiers) {
    if (tier.upTo === null || input.units.lte(decimal(tier.upTo))) {
      const prices = { unitAmount: decimal(tier.unitAmount), flatAmount: decimal(tier.flatAmount) };
      return pricedUnits([priceDetail(`all units at ${describeTier(over, tier.upTo)}`, { quantity: input.units, ...prices })]);
    }
    over = decimal(tier.upTo);
  }
  throw new RangeError(`no volume tier holds ${input.units.toFixed()} units; expected a last tier with upTo null`);
}
