import type { Window } from '@tallymark/date-window';
import {
  type Charge,
  type Decimal,
  type PriceDetail,
  type StatementLine,
  ZERO,
  decimal,
  formatDecimal,
  roundMoney,
} from '@tallymark/domain';
import type { ChargeUsage } from './charge-usage.js';
import { usedPercentage } from './percent.js';
import { type PricedUnits, priceDetail, pricedUnits } from './price-detail.js';
import { priceUsage } from './price-usage.js';
import { prorate } from './prorate.js';

/** The part of a billing period that is priced. Half-open, UTC. */
export interface Coverage {
  readonly part: Window;
  readonly whole: Window;
}

/**
 * Prices one charge's usage: division among its filters and groups, units to priced units, included units off, the model over the rest, the charge's
 * minimum and maximum, the share of the period if the charge is prorated, and then one rounding, half up to the currency's minor unit.
 * The details are exact and add up to the amount before that rounding.
 *
 * @param charge one that `validateCharge` finds nothing wrong with
 * @param currency ISO 4217, upper case
 * @param coverage where the usage is of a part of a billing period. A prorated charge then owes its share of the amount, any other its share of the minimum.
 * @throws DomainError `unprocessable` when usage lacks what the model needs: transactions (`requiredTransactions`), a dynamic amount
 *   (`requiresDynamicAmount`), or parts (`requiredDimensions`).
 * @throws RangeError when the currency is no code, or the unit size does not divide exactly.
 */
export function rateCharge(charge: Charge, usage: ChargeUsage, currency: string, coverage?: Coverage): StatementLine {
  const { included, used, overage, priced } = priceUsage(charge, usage);
  const partly = coverage === undefined || coverage.part.equals(coverage.whole) ? null : coverage;
  const { amount, details } = charge.prorated
    ? shareSpend(capSpend(charge, raiseSpend(charge.minAmount, priced)), currency, partly)
    : capSpend(charge, raiseSpend(proratedMinimum(charge, currency, partly), priced));
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
function raiseSpend(minAmount: string | null, priced: PricedUnits): PricedUnits {
  if (minAmount === null) return priced;
  const shortfall = decimal(minAmount).minus(priced.amount);
  return shortfall.gt(ZERO) ? withDetail(priced, priceDetail('minimum spend true-up', { flatAmount: shortfall })) : priced;
}

function proratedMinimum({ minAmount }: Charge, currency: string, coverage: Coverage | null): string | null {
  if (minAmount === null || coverage === null) return minAmount;
  return formatDecimal(prorate(decimal(minAmount), coverage.part, coverage.whole, currency));
}

/** Takes off what falls to the rest of the billing period, as a negative detail. */
function shareSpend(priced: PricedUnits, currency: string, coverage: Coverage | null): PricedUnits {
  if (coverage === null) return priced;
  const { part, whole } = coverage;
  const share = prorate(priced.amount, part, whole, currency);
  const description = `share of the billing period: ${part.durationMs / 1000} of ${whole.durationMs / 1000} seconds`;
  return withDetail(priced, priceDetail(description, { flatAmount: share.minus(priced.amount) }));
}

function withDetail(priced: PricedUnits, detail: PriceDetail): PricedUnits {
  return pricedUnits([...priced.details, detail]);
}

function negated(value: Decimal): Decimal {
  return ZERO.minus(value);
}
