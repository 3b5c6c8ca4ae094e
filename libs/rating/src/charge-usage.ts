import { type Charge, type Decimal, type PriceModel, ZERO, decimal } from '@tallymark/domain';

/**
 * The transactions behind a percentage charge's usage, in METER units.
 *
 * `amounts`: each transaction in order of time; their sum is the usage's `units`. A negative amount is a refund.
 * `count`: only how many there were, enough where the price does not look at single transactions: see {@link requiredTransactions}.
 */
export type TransactionUsage = { readonly amounts: readonly Decimal[] } | { readonly count: Decimal };

/** What was used, as one sum. */
export interface UsedUnits {
  /** In METER units (bytes, where the charge is priced per GB). Below zero, after corrections, is billed as zero. */
  readonly units: Decimal;
  /** Read by `percentage` prices alone. */
  readonly transactions?: TransactionUsage;
  /** Read by `dynamic` prices alone: the sum of the amounts that the events bear, in major currency units. */
  readonly dynamicAmount?: Decimal;
}

/** What was used by events that agree in their dimensions. */
export interface UsagePart extends UsedUnits {
  /** One that is missing counts as null: a value that the events lack. */
  readonly dimensions: Readonly<Record<string, string | null>>;
}

/**
 * What was used of one charge's meter in the window that is priced: one sum, or parts where the charge prices by filter or group
 * ({@link requiredDimensions}). Parts that pay the same price together are added up, their transactions in the order of the parts; so a meter
 * that does not add up, such as a maximum, gives one part for each price ({@link priceOf}).
 */
export type ChargeUsage = UsedUnits | { readonly parts: readonly UsagePart[] };

/** What {@link requiredTransactions} may ask for. */
export type RequiredTransactions = 'none' | 'count' | 'amounts';

/**
 * What a charge has to know of single transactions before it can be priced, so that a caller reads no more from the event log than it must.
 * `amounts` when free transactions or bounds per transaction depend on them, `count` when each transaction costs a fixed amount, else `none`.
 * Of a charge with filters, what any of its prices asks for.
 */
export function requiredTransactions(charge: Charge): RequiredTransactions {
  const required = [charge, ...charge.filters].map(({ price, includedUnits }) => transactionsOf(price, includedUnits));
  return (['amounts', 'count'] as const).find((one) => required.includes(one)) ?? 'none';
}

/** Whether a charge, or one of its filters, is priced by the amounts that events bear themselves. */
export function requiresDynamicAmount(charge: Charge): boolean {
  return [charge, ...charge.filters].some(({ price }) => price.model === 'dynamic');
}

/** The dimensions by which a charge's usage must be kept apart, each once: those of its filters and pricing groups. Empty when one sum is enough. */
export function requiredDimensions(charge: Charge): string[] {
  return [...new Set([...charge.filters.flatMap((filter) => Object.keys(filter.values)), ...charge.pricingGroups])];
}

/** What one price has to know of single transactions. */
export function transactionsOf(price: PriceModel, includedUnits: string): RequiredTransactions {
  if (price.model !== 'percentage') return 'none';
  const hasFixedAmount = isPositive(price.fixedAmount);
  const hasFreeUnits = isPositive(price.freeAmount) || isPositive(includedUnits);
  if (price.minPerTransaction !== null || price.maxPerTransaction !== null) return 'amounts';
  if ((price.freeTransactions ?? 0) > 0 || (hasFixedAmount && hasFreeUnits)) return 'amounts';
  return hasFixedAmount ? 'count' : 'none';
}

function isPositive(amount: string | null): boolean {
  return amount !== null && decimal(amount).gt(ZERO);
}
