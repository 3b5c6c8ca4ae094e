import { type Charge, type Decimal, type PriceDetail, type StatementLine, ZERO, decimal, roundMoney } from '@tallymark/domain';
import type { ChargeUsage } from './charge-usage.js';
import { usedPercentage } from './percent.js';
import { type PricedUnits, priceDetail, pricedUnits } from './price-detail.js';
import { priceUsage } from './price-usage.js';

/**
 * Prices one charge's usage: units to priced units, included units off, the model over the rest, the charge's minimum and maximum, and then
 * one rounding, half up to the currency's minor unit. The details are exact and add up to the amount before that rounding.
 *
 * @param charge one that `validateCharge` finds nothing wrong with
 * @param currency ISO 4217, upper case
 * @throws DomainError `unprocessable` when usage lacks what the model needs: transactions (`requiredTransactions`) or a dynamic amount.
 * @throws RangeError when the currency is no code, or the unit size does not divide exactly.
 */
export function rateCharge(charge: Charge, usage: ChargeUsage, currency: string): StatementLine {
  const { included, used, overage, priced } = priceUsage(charge, usage);
  const { amount, details } = capSpend(charge, raiseSpend(charge, priced));
  const { metric, name, meterCode, unit } = charge;
  return {
    metric,
    name,
    meterCode,
    unit,
    included,
    used,
    overage,
    percentage: usedPercentage(used, included),
    amount: roundMoney(amount, currency),
    details,
  };
}

/** Applies a charge's maximum, as a negative detail. */
export function capSpend(charge: Charge, priced: PricedUnits): PricedUnits {
  if (charge.maxAmount === null) return priced;
  const excess = priced.amount.minus(decimal(charge.maxAmount));
  return excess.gt(ZERO) ? withDetail(priced, priceDetail('maximum spend cap', { flatAmount: negated(excess) })) : priced;
}

/** Applies a charge's minimum, as a detail of its own. Nothing used owes the minimum too. */
function raiseSpend(charge: Charge, priced: PricedUnits): PricedUnits {
  if (charge.minAmount === null) return priced;
  const shortfall = decimal(charge.minAmount).minus(priced.amount);
  return shortfall.gt(ZERO) ? withDetail(priced, priceDetail('minimum spend true-up', { flatAmount: shortfall })) : priced;
}

function withDetail(priced: PricedUnits, detail: PriceDetail): PricedUnits {
  return pricedUnits([...priced.details, detail]);
}

function negated(value: Decimal): Decimal {
  return ZERO.minus(value);
}
