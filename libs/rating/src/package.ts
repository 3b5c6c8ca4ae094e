import { type Decimal, type PriceModel, ZERO, decimal, roundDecimal } from '@tallymark/domain';
import { type PricedUnits, priceDetail, pricedUnits } from './price-detail.js';

/** Units are sold in packages; a package that is begun is paid whole. Nothing used, nothing due. */
export function pricePackage(model: Extract<PriceModel, { model: 'package' }>, input: { readonly units: Decimal }): PricedUnits {
  const quantity = countPackages(input.units, decimal(model.packageSize));
  return pricedUnits([priceDetail(`packages of ${model.packageSize}`, { quantity, unitAmount: decimal(model.packageAmount) })]);
}

/** The least whole number of packages that holds the units. Checked by multiplication, since a quotient may have no end. */
function countPackages(units: Decimal, packageSize: Decimal): Decimal {
  if (units.lte(ZERO)) return ZERO;
  const full = roundDecimal(units.div(packageSize), 0, 'down');
  return full.times(packageSize).lt(units) ? full.plus(decimal('1')) : full;
}
