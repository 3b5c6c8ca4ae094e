import { type Decimal, type PriceDetail, type PriceModel, ZERO, decimal, decimalFromInteger, minDecimal } from '@tallymark/domain';
import type { TransactionUsage } from './charge-usage.js';
import { percent } from './percent.js';
import { type PricedUnits, priceDetail, pricedUnits } from './price-detail.js';
import { type FreeShare, freeShare } from './transactions.js';

type PercentageModel = Extract<PriceModel, { model: 'percentage' }>;

/**
 * A percentage of the transacted amount, plus a fixed amount per transaction, each transaction within its bounds. What is free
 * ({@link freeShare}) pays no percentage, no fixed amount, and has no bounds. Nothing is due while the units are zero.
 *
 * @param input priced units with the included ones taken off; amounts of transactions not negative, their sum the units. Where the price looks
 *   at single transactions (`requiredTransactions`) they are given: `priceUsage` sees to that.
 */
export function pricePercentage(
  model: PercentageModel,
  input: { readonly units: Decimal; readonly transactions?: TransactionUsage | undefined },
): PricedUnits {
  const { units, transactions } = input;
  if (units.lte(ZERO)) return pricedUnits([]);
  if (transactions !== undefined && 'amounts' in transactions) return priceEach(model, units, transactions.amounts);
  return priceTogether(model, units, transactions?.count ?? ZERO);
}

function priceEach(model: PercentageModel, units: Decimal, amounts: readonly Decimal[]): PricedUnits {
  const free = freeShare(model, amounts);
  const paidTransactions = decimalFromInteger(amounts.length - free.transactions);
  return pricedUnits([
    ...rateDetails(model, units, free.units),
    ...fixedDetails(model, paidTransactions),
    ...boundDetails(model, amounts, free),
  ]);
}

/** Prices the sum alone, which is exact where no limit or bound looks at a single transaction. */
function priceTogether(model: PercentageModel, units: Decimal, count: Decimal): PricedUnits {
  const freeAmount = model.freeAmount === null ? ZERO : decimal(model.freeAmount);
  return pricedUnits([...rateDetails(model, units, minDecimal(freeAmount, units)), ...fixedDetails(model, count)]);
}

function rateDetails(model: PercentageModel, units: Decimal, freeUnits: Decimal): PriceDetail[] {
  return [
    priceDetail('free amount', { quantity: freeUnits }),
    priceDetail(`${model.rate} % of the amount`, { quantity: units.minus(freeUnits), unitAmount: percent(model.rate) }),
  ];
}

function fixedDetails(model: PercentageModel, transactions: Decimal): PriceDetail[] {
  const unitAmount = decimal(model.fixedAmount);
  return unitAmount.eq(ZERO) ? [] : [priceDetail('fixed amount per transaction', { quantity: transactions, unitAmount })];
}

/** What the bounds per transaction add and take away, each as one detail over all transactions. */
function boundDetails(model: PercentageModel, amounts: readonly Decimal[], free: FreeShare): PriceDetail[] {
  const least = model.minPerTransaction === null ? null : decimal(model.minPerTransaction);
  const most = model.maxPerTransaction === null ? null : decimal(model.maxPerTransaction);
  const fixedAmount = decimal(model.fixedAmount);
  const unitAmount = percent(model.rate);
  let freeUnitsLeft = free.units;
  let raised = ZERO;
  let lowered = ZERO;
  for (const [index, amount] of amounts.entries()) {
    const freeUnits = minDecimal(amount, freeUnitsLeft);
    freeUnitsLeft = freeUnitsLeft.minus(freeUnits);
    if (index < free.transactions) continue;
    const price = amount.minus(freeUnits).times(unitAmount).plus(fixedAmount);
    if (least !== null && price.lt(least)) raised = raised.plus(least.minus(price));
    if (most !== null && price.gt(most)) lowered = lowered.plus(most.minus(price));
  }
  return [priceDetail('minimum per transaction', { flatAmount: raised }), priceDetail('maximum per transaction', { flatAmount: lowered })];
}
