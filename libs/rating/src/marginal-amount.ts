import { type Charge, type Decimal, ZERO, isCurrencyCode } from '@tallymark/domain';
import type { ChargeUsage } from './charge-usage.js';
import { priceUsage } from './price-usage.js';
import { prorate } from './prorate.js';
import { type Coverage, capSpend } from './rate-charge.js';

/**
 * What usage between two instants of one billing period adds to its charge: the price of the usage accumulated after less that before, exact and
 * unrounded. Amounts of days that follow each other therefore add up to the period's amount. May be negative: volume prices fall where a cheaper tier begins.
 *
 * The charge's maximum counts, its minimum does not: a minimum is owed for the period, and by no day's usage. No usage costs nothing here, so that
 * a first tier's flat amount falls on the day of the first use.
 *
 * Of a prorated charge in a part of a billing period it is what the part's share grows by, so that these too add up to the line of the statement.
 *
 * @param usedBefore accumulated from the period's start, as is `usedAfter`
 * @param currency what the amount is in; checked only, since nothing is rounded
 * @throws what `rateCharge` throws
 */
export function marginalAmount(
  charge: Charge,
  usedBefore: ChargeUsage,
  usedAfter: ChargeUsage,
  currency: string,
  coverage?: Coverage,
): Decimal {
  if (!isCurrencyCode(currency))
    throw new RangeError(`not a currency code: ${JSON.stringify(currency)}; expected three upper-case letters (ISO 4217)`);
  const accumulated = (usage: ChargeUsage): Decimal => accumulatedAmount(charge, usage, currency, coverage);
  return accumulated(usedAfter).minus(accumulated(usedBefore));
}

function accumulatedAmount(charge: Charge, usage: ChargeUsage, currency: string, coverage: Coverage | undefined): Decimal {
  if (isNothing(usage)) return ZERO;
  const { used, priced } = priceUsage(charge, usage);
  if (used.eq(ZERO)) return ZERO;
  const { amount } = capSpend(charge, priced);
  return charge.prorated && coverage !== undefined && !coverage.part.equals(coverage.whole)
    ? prorate(amount, coverage.part, coverage.whole, currency)
    : amount;
}

/** What a stretch begins with: there is nothing to price. */
function isNothing(usage: ChargeUsage): boolean {
  return 'units' in usage && usage.transactions === undefined && usage.dynamicAmount === undefined && usage.units.eq(ZERO);
}
