import {
  type Charge,
  type Decimal,
  DomainError,
  type PriceModel,
  ZERO,
  decimal,
  formatDecimal,
  maxDecimal,
  sumDecimals,
} from '@tallymark/domain';
import { type ChargeUsage, type TransactionUsage, requiredTransactions } from './charge-usage.js';
import { priceDynamic } from './dynamic.js';
import { priceGraduatedPercentage } from './graduated-percentage.js';
import { priceGraduated } from './graduated.js';
import { pricePackage } from './package.js';
import { pricePercentage } from './percentage.js';
import { type PricedUnits, pricedUnits } from './price-detail.js';
import { priceStandard } from './standard.js';
import { settleRefunds, withoutIncluded } from './transactions.js';
import { toPricedUnits } from './unit-size.js';
import { priceVolume } from './volume.js';

/** What a charge's usage is in priced units, and what its model asks for it, exact, before the charge's minimum and maximum. */
export interface PricedUsage {
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
 * Converts meter units to priced units, takes off the included ones and prices the overage.
 * A charge that includes units asks nothing until they are used up, not even a first tier's flat amount.
 *
 * @throws DomainError `unprocessable` when usage lacks what the model needs: transactions ({@link requiredTransactions}) or a dynamic amount.
 */
export function priceUsage(charge: Charge, usage: ChargeUsage): PricedUsage {
  const included = decimal(charge.includedUnits);
  const used = maxDecimal(toPricedUnits(usage.units, charge.unitSize), ZERO);
  const overage = maxDecimal(used.minus(included), ZERO);
  if (included.gt(ZERO) && overage.eq(ZERO)) return { included, used, overage, priced: pricedUnits([]) };
  const transactions = overage.eq(ZERO) ? undefined : overageTransactions(charge, usage, included);
  if (charge.price.model === 'dynamic' && included.gt(ZERO)) {
    throw new DomainError(
      'unprocessable',
      `dynamic charge "${charge.metric}" includes ${charge.includedUnits} units; expected "0", its amounts are not per unit`,
    );
  }
  return {
    included,
    used,
    overage,
    priced: priceUnits(charge.price, { units: overage, transactions, dynamicAmount: usage.dynamicAmount }),
  };
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
function overageTransactions(charge: Charge, usage: ChargeUsage, included: Decimal): TransactionUsage | undefined {
  const { transactions } = usage;
  const required = requiredTransactions(charge);
  if (transactions !== undefined && 'amounts' in transactions) {
    const sum = sumDecimals(transactions.amounts);
    if (!sum.eq(usage.units))
      throw unpriceable(charge, `amounts that sum to ${formatDecimal(sum)}`, `its units, ${formatDecimal(usage.units)}`);
    const amounts = settleRefunds(transactions.amounts).map((amount) => toPricedUnits(amount, charge.unitSize));
    return { amounts: withoutIncluded(amounts, included) };
  }
  if (required === 'amounts') throw unpriceable(charge, 'no amounts', 'the amount of each, in order of time');
  if (required === 'count' && transactions === undefined) throw unpriceable(charge, 'no count', 'how many there were');
  return transactions;
}

function unpriceable(charge: Charge, received: string, expected: string): DomainError {
  return new DomainError('unprocessable', `transactions of charge "${charge.metric}": ${received}; expected ${expected}`);
}
