import { type Decimal, type PriceModel, decimal } from '@tallymark/domain';
import { percent } from './percent.js';
import { type PricedUnits, describeTier, priceDetail, pricedUnits } from './price-detail.js';
import { splitOverTiers } from './tiers.js';

/** As graduated, but a tier costs a percentage of the amount that falls into it, where the units are themselves an amount of money. */
export function priceGraduatedPercentage(
  model: Extract<PriceModel, { model: 'graduated_percentage' }>,
  input: { readonly units: Decimal },
): PricedUnits {
  return pricedUnits(
    splitOverTiers(model.tiers, input.units).map(({ tier, over, quantity }) =>
      priceDetail(`${tier.rate} % in ${describeTier(over, tier.upTo)}`, {
        quantity,
        unitAmount: percent(tier.rate),
        flatAmount: decimal(tier.flatAmount),
      }),
    ),
  );
}
