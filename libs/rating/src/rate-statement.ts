import type { Window } from '@tallymark/date-window';
import {
  type Decimal,
  type PlanVersion,
  type StatementAmounts,
  ZERO,
  decimal,
  maxDecimal,
  roundMoney,
  sumDecimals,
} from '@tallymark/domain';
import type { ChargeUsage } from './charge-usage.js';
import { prorate } from './prorate.js';
import { type Coverage, rateCharge } from './rate-charge.js';

/** What a subscription used of its plan in one billing period. */
export interface StatementInput {
  readonly planVersion: PlanVersion;
  /** By the charge's `metric`. A charge without an entry was not used. */
  readonly usageByMetric: ReadonlyMap<string, ChargeUsage>;
  /** What the subscription pays whatever is used. Default: the plan's base amount, prorated by `coverage` where given. */
  readonly baseAmount?: Decimal;
  /**
   * Where the statement is of a part of the billing period: base amount and commitment, its charges' minimums, and the amounts of prorated charges are
   * owed for that part alone. `base`: where the base amount and the commitment are owed for yet less of it, as in a trial: that, or null for none.
   */
  readonly coverage?: Coverage & { readonly base?: Window | null };
}

/**
 * The statement of one billing period: a line for each charge in the plan's order, each rounded once, and their sum.
 *
 * @throws RangeError when usage names a metric that the plan does not price: it would be billed as nothing, unseen.
 * @throws what `rateCharge` throws
 */
export function rateStatement({ planVersion, usageByMetric, baseAmount, coverage }: StatementInput): StatementAmounts {
  const { charges, currency } = planVersion;
  const metrics = new Set(charges.map((charge) => charge.metric));
  for (const metric of usageByMetric.keys()) {
    if (!metrics.has(metric))
      throw new RangeError(`usage of "${metric}", which plan "${planVersion.planCode}" does not price; expected ${quoteAll(metrics)}`);
  }
  const owed = (amount: string): Decimal => owedAsBase(decimal(amount), currency, coverage);
  const lines = charges.map((charge) => rateCharge(charge, usageByMetric.get(charge.metric) ?? { units: ZERO }, currency, coverage));
  const amounts = sumStatement({ currency, base: baseAmount ?? owed(planVersion.baseAmount), lines });
  if (planVersion.minimumCommitment === null) return amounts;
  const shortfall = owed(planVersion.minimumCommitment).minus(amounts.total);
  return sumStatement({ ...amounts, commitmentTrueUp: maxDecimal(shortfall, ZERO) });
}

/** What of an amount per billing period is owed where the base amount is. */
function owedAsBase(amount: Decimal, currency: string, coverage: StatementInput['coverage']): Decimal {
  if (coverage === undefined) return amount;
  const { part, whole, base = part } = coverage;
  return base === null ? ZERO : prorate(amount, base, whole, currency);
}

/**
 * What a window that is no billing period would cost on its own. Nothing is prorated: base amount, commitment, included units, minimums and maximums are
 * those of a whole period, because the contracts that ask for such windows show them so.
 */
export function rateWindow({ planVersion, usageByMetric }: Pick<StatementInput, 'planVersion' | 'usageByMetric'>): StatementAmounts {
  return rateStatement({ planVersion, usageByMetric });
}

/** What a statement is summed from. What is left out is zero or empty. */
export type StatementParts = Pick<StatementAmounts, 'currency' | 'base' | 'lines'> &
  Partial<Pick<StatementAmounts, 'commitmentTrueUp' | 'adjustments'>>;

/**
 * Adds up a statement from its base, rounded here, and its lines, true-up and adjustments, rounded already:
 * `total = base + overageAmount + commitmentTrueUp + adjustmentAmount`. A whole statement may be given to sum it anew with other adjustments.
 */
export function sumStatement({ currency, base, lines, commitmentTrueUp = ZERO, adjustments = [] }: StatementParts): StatementAmounts {
  const roundedBase = roundMoney(base, currency);
  const overageAmount = sumDecimals(lines.map((line) => line.amount));
  const adjustmentAmount = sumDecimals(adjustments.map((adjustment) => adjustment.amount));
  const total = sumDecimals([roundedBase, overageAmount, commitmentTrueUp, adjustmentAmount]);
  return { currency, base: roundedBase, overageAmount, commitmentTrueUp, adjustmentAmount, total, lines, adjustments };
}

function quoteAll(names: Iterable<string>): string {
  return [...names].map((name) => JSON.stringify(name)).join(', ') || 'no metric at all';
}
