import { type Decimal, type PriceModel, decimal } from '@tallymark/domain';
import { type PricedUnits, priceDetail, pricedUnits } from './price-detail.js';

/** Every unit costs the same. */
export function priceStandard(model: Extract<PriceModel, { model: 'standard' }>, input: { readonly units: Decimal }): PricedUnits {
  return pricedUnits([priceDetail('units', { quantity: input.units, unitAmount: decimal(model.unitAmount) })]);
}
