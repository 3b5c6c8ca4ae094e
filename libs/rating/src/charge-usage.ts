import { type Charge, type Decimal, ZERO, decimal } from '@tallymark/domain';

/**
 * The transactions behind a percentage charge's usage, in METER units.
 *
 * `amounts`: each transaction in order of time; their sum is the usage's `units`. A negative amount is a refund.
 * `count`: only how many there were, enough where the price does not look at single transactions: see {@link requiredTransactions}.
 */
export type TransactionUsage = { readonly amounts: readonly Decimal[] } | { readonly count: Decimal };

/** What was used of one charge's meter in the window that is priced. */
export interface ChargeUsage {
  /** In METER units (bytes, where the charge is priced per GB). Below zero, after corrections, is billed as zero. */
  readonly units: Decimal;
  /** Read by `percentage` charges alone. */
  readonly transactions?: TransactionUsage;
  /** Read by `dynamic` charges alone: the sum of the amounts that the events bear, in major currency units. */
  readonly dynamicAmount?: Decimal;
}

/** What {@link requiredTransactions} may ask for. */
export type RequiredTransactions = 'none' | 'count' | 'amounts';

/**
 * What a charge has to know of single transactions before it can be priced, so that a caller reads no more from the event log than it must.
 * `amounts` when free transactions or bounds per transaction depend on them, `count` when each transaction costs a fixed amount, else `none`.
 */
export function requiredTransactions(charge: Charge): RequiredTransactions {
  const { price } = charge;
  if (price.model !== 'percentage') return 'none';
  const hasFixedAmount = isPositive(price.fixedAmount);
  const hasFreeUnits = isPositive(price.freeAmount) || isPositive(charge.includedUnits);
  if (price.minPerTransaction !== null || price.maxPerTransaction !== null) return 'amounts';
  if ((price.freeTransactions ?? 0) > 0 || (hasFixedAmount && hasFreeUnits)) return 'amounts';
  return hasFixedAmount ? 'count' : 'none';
}

function isPositive(amount: string | null): boolean {
  return amount !== null && decimal(amount).gt(ZERO);
}
