import { type Decimal, type PercentageTier, type PriceModel, type PriceTier, ZERO, formatDecimal } from '@tallymark/domain';
import type { Problems } from './problems.js';

/** Tiers that one price may have. */
export const MAX_TIERS = 100;

/** Notes everything wrong with a price model. `at` is the pointer of the price in its document. */
export function validatePrice(price: PriceModel, at: string, problems: Problems): void {
  switch (price.model) {
    case 'standard':
      problems.notNegative(`${at}/unitAmount`, price.unitAmount);
      return;
    case 'graduated':
    case 'volume':
      validateTiers(price.tiers, `${at}/tiers`, problems, (tier: PriceTier, tierAt) =>
        problems.notNegative(`${tierAt}/unitAmount`, tier.unitAmount),
      );
      return;
    case 'graduated_percentage':
      validateTiers(price.tiers, `${at}/tiers`, problems, (tier: PercentageTier, tierAt) =>
        problems.notNegative(`${tierAt}/rate`, tier.rate),
      );
      return;
    case 'package':
      problems.positive(`${at}/packageSize`, price.packageSize);
      problems.notNegative(`${at}/packageAmount`, price.packageAmount);
      return;
    case 'percentage':
      validatePercentage(price, at, problems);
      return;
    case 'dynamic':
      return;
  }
}

function validatePercentage(price: Extract<PriceModel, { model: 'percentage' }>, at: string, problems: Problems): void {
  problems.notNegative(`${at}/rate`, price.rate);
  problems.notNegative(`${at}/fixedAmount`, price.fixedAmount);
  const { freeTransactions } = price;
  if (freeTransactions !== null && !(Number.isSafeInteger(freeTransactions) && freeTransactions >= 0)) {
    problems.add(`${at}/freeTransactions`, 'not_a_count', `received ${freeTransactions}; expected a whole number of zero or more, or null`);
  }
  problems.notNegativeOrNull(`${at}/freeAmount`, price.freeAmount);
  const least = problems.notNegativeOrNull(`${at}/minPerTransaction`, price.minPerTransaction);
  const most = problems.notNegativeOrNull(`${at}/maxPerTransaction`, price.maxPerTransaction);
  problems.ordered(least, most, `${at}/maxPerTransaction`);
}

function validateTiers<Tier extends { readonly upTo: string | null; readonly flatAmount: string }>(
  tiers: readonly Tier[],
  at: string,
  problems: Problems,
  validateRate: (tier: Tier, tierAt: string) => void,
): void {
  if (tiers.length === 0 || tiers.length > MAX_TIERS) {
    problems.add(at, 'tier_count', `received ${tiers.length} tiers; expected 1 to ${MAX_TIERS}`);
  }
  let below = ZERO;
  for (const [index, tier] of tiers.entries()) {
    const tierAt = `${at}/${index}`;
    validateRate(tier, tierAt);
    problems.notNegative(`${tierAt}/flatAmount`, tier.flatAmount);
    below = validateUpTo(tier.upTo, `${tierAt}/upTo`, { below, isLast: index === tiers.length - 1 }, problems) ?? below;
  }
}

/** Every tier but the last ends, and ends above the one before it. */
function validateUpTo(
  upTo: string | null,
  pointer: string,
  { below, isLast }: { readonly below: Decimal; readonly isLast: boolean },
  problems: Problems,
): Decimal | null {
  if (isLast) {
    if (upTo !== null)
      problems.add(pointer, 'not_open', `received ${JSON.stringify(upTo)}; expected null, since the last tier has no upper bound`);
    return null;
  }
  if (upTo === null) {
    problems.add(pointer, 'not_bounded', 'received null; expected an upper bound, since only the last tier is open');
    return null;
  }
  const value = problems.positive(pointer, upTo);
  if (value === null || value.gt(below)) return value;
  problems.add(
    pointer,
    'not_ascending',
    `received ${JSON.stringify(upTo)}; expected more than ${formatDecimal(below)}, where the tier before it ends`,
  );
  return null;
}
