import {
  type Charge,
  type Decimal,
  DomainError,
  type PriceDetail,
  type PriceModel,
  ZERO,
  decimal,
  formatDecimal,
  maxDecimal,
  sumDecimals,
} from '@tallymark/domain';
import { type ChargeUsage, type TransactionUsage, transactionsOf } from './charge-usage.js';
import { priceDynamic } from './dynamic.js';
import { priceGraduatedPercentage } from './graduated-percentage.js';
import { priceGraduated } from './graduated.js';
import { pricePackage } from './package.js';
import { pricePercentage } from './percentage.js';
import { type PricedUnits, pricedUnits } from './price-detail.js';
import { priceStandard } from './standard.js';
import { settleRefunds, withoutIncluded } from './transactions.js';
import { toPricedUnits } from './unit-size.js';
import { type PricedTogether, divideUsage } from './usage-parts.js';
import { priceVolume } from './volume.js';

/** What a charge's usage is in priced units, and what its model asks for it, exact, before the charge's minimum and maximum. */
export interface PricedUsage {
  /** Of the charge's own price and of each of its filters, used or not; with pricing groups, of each as often as there are groups, at least once. */
  readonly included: Decimal;
  /** `included used + overage`; not negative. */
  readonly used: Decimal;
  readonly overage: Decimal;
  readonly priced: PricedUnits;
}

/** What a model prices: the overage in priced units, and what else its kind reads. */
interface PriceInput {
  readonly units: Decimal;
  readonly transactions: TransactionUsage | undefined;
  readonly dynamicAmount: Decimal | undefined;
}

/**
 * Divides usage among the charge's prices (filters, pricing groups), and of each converts meter units to priced units, takes off the included ones
 * and prices the overage. A price that includes units asks nothing until they are used up, not even a first tier's flat amount.
 *
 * @throws DomainError `unprocessable` when usage lacks what a model needs: transactions (`requiredTransactions`), a dynamic amount, or dimensions.
 */
export function priceUsage(charge: Charge, usage: ChargeUsage): PricedUsage {
  const prices = divideUsage(charge, usage).map((together) => ({ together, result: priceTogether(charge, together) }));
  const sum = (of: (result: PricedUsage) => Decimal): Decimal => sumDecimals(prices.map(({ result }) => of(result)));
  return {
    included: sum(({ included }) => included),
    used: sum(({ used }) => used),
    overage: sum(({ overage }) => overage),
    priced: pricedUnits(prices.flatMap(({ together, result }) => result.priced.details.map((detail) => labelled(detail, together)))),
  };
}

/** Details say whom they are about, where a charge has more than one price. */
function labelled(detail: PriceDetail, { filter, dimensions }: PricedTogether): PriceDetail {
  return { ...detail, description: filter === null ? detail.description : `${filter.name}: ${detail.description}`, dimensions };
}

function priceTogether(charge: Charge, { price, includedUnits, usage }: PricedTogether): PricedUsage {
  const included = decimal(includedUnits);
  const used = maxDecimal(toPricedUnits(usage.units, charge.unitSize), ZERO);
  const overage = maxDecimal(used.minus(included), ZERO);
  if (included.gt(ZERO) && overage.eq(ZERO)) return { included, used, overage, priced: pricedUnits([]) };
  if (price.model === 'dynamic' && included.gt(ZERO)) {
    throw new DomainError(
      'unprocessable',
      `dynamic charge "${charge.metric}" includes ${includedUnits} units; expected "0", its amounts are not per unit`,
    );
  }
  const transactions = overage.eq(ZERO) ? undefined : overageTransactions(charge, { price, includedUnits, usage });
  return { included, used, overage, priced: priceUnits(price, { units: overage, transactions, dynamicAmount: usage.dynamicAmount }) };
}

function priceUnits(price: PriceModel, input: PriceInput): PricedUnits {
  switch (price.model) {
    case 'standard':
      return priceStandard(price, input);
    case 'graduated':
      return priceGraduated(price, input);
    case 'graduated_percentage':
      return priceGraduatedPercentage(price, input);
    case 'package':
      return pricePackage(price, input);
    case 'percentage':
      return pricePercentage(price, input);
    case 'volume':
      return priceVolume(price, input);
    case 'dynamic':
      return priceDynamic(price, input);
  }
}

/** The transactions of the overage in priced units. Their amounts are checked against the units: two sources of one bill must agree. */
function overageTransactions(
  charge: Charge,
  { price, includedUnits, usage }: Pick<PricedTogether, 'price' | 'includedUnits' | 'usage'>,
): TransactionUsage | undefined {
  const { transactions } = usage;
  const required = transactionsOf(price, includedUnits);
  if (transactions !== undefined && 'amounts' in transactions) {
    const sum = sumDecimals(transactions.amounts);
    if (!sum.eq(usage.units))
      throw unpriceable(charge, `amounts that sum to ${formatDecimal(sum)}`, `its units, ${formatDecimal(usage.units)}`);
    const amounts = settleRefunds(transactions.amounts).map((amount) => toPricedUnits(amount, charge.unitSize));
    return { amounts: withoutIncluded(amounts, decimal(includedUnits)) };
  }
  if (required === 'amounts') throw unpriceable(charge, 'no amounts', 'the amount of each, in order of time');
  if (required === 'count' && transactions === undefined) throw unpriceable(charge, 'no count', 'how many there were');
  return transactions;
}

function unpriceable(charge: Charge, received: string, expected: string): DomainError {
  return new DomainError('unprocessable', `transactions of charge "${charge.metric}": ${received}; expected ${expected}`);
}
