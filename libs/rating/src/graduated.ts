import { type Decimal, type PriceModel, decimal } from '@tallymark/domain';
import { type PricedUnits, describeTier, priceDetail, pricedUnits } from './price-detail.js';
import { splitOverTiers } from './tiers.js';

/** Each unit costs what its own tier says; each tier that is entered adds its flat amount once. The first is entered at zero units. */
export function priceGraduated(model: Extract<PriceModel, { model: 'graduated' }>, input: { readonly units: Decimal }): PricedUnits {
  return pricedUnits(
    splitOverTiers(model.tiers, input.units).map(({ tier, over, quantity }) =>
      priceDetail(describeTier(over, tier.upTo), { quantity, unitAmount: decimal(tier.unitAmount), flatAmount: decimal(tier.flatAmount) }),
    ),
  );
}
