import { DomainError, type Decimal, type PriceModel, ZERO, formatDecimal, maxDecimal } from '@tallymark/domain';
import { type PricedUnits, priceDetail, pricedUnits } from './price-detail.js';

/**
 * The events bear their own amounts; the price is their sum, never below zero, and zero when no units are used.
 *
 * @throws DomainError `unprocessable` when units are used and their amount is not given.
 */
export function priceDynamic(
  _model: Extract<PriceModel, { model: 'dynamic' }>,
  input: { readonly units: Decimal; readonly dynamicAmount?: Decimal | undefined },
): PricedUnits {
  if (input.units.lte(ZERO)) return pricedUnits([]);
  if (input.dynamicAmount === undefined) {
    throw new DomainError(
      'unprocessable',
      `dynamic price of ${formatDecimal(input.units)} units without dynamicAmount; expected the sum of the events' amounts`,
    );
  }
  // All of it is flat: an amount divided by units may have no exact unit price.
  return pricedUnits([priceDetail('amounts of the events', { quantity: input.units, flatAmount: maxDecimal(input.dynamicAmount, ZERO) })]);
}
