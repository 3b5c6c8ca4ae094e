import type { Window } from '@tallymark/date-window';
import {
  type Charge,
  type Decimal,
  type PlanVersion,
  type StatementAmounts,
  type StatementLine,
  ZERO,
  decimal,
  formatDecimal,
  roundMoney,
  sumDecimals,
} from '@tallymark/domain';
import type { ChargeUsage } from './charge-usage.js';
import { prorate } from './prorate.js';
import { rateCharge } from './rate-charge.js';

/** What a subscription used of its plan in one billing period. */
export interface StatementInput {
  readonly planVersion: PlanVersion;
  /** By the charge's `metric`. A charge without an entry was not used. */
  readonly usageByMetric: ReadonlyMap<string, ChargeUsage>;
  /** What the subscription pays whatever is used. Default: the plan's base amount, prorated by `coverage` where given. */
  readonly baseAmount?: Decimal;
  /** Where the subscription covers only a part of the billing period: its base amount and its charges' minimums are owed for that part alone. */
  readonly coverage?: { readonly part: Window; readonly whole: Window };
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
  const owed = (amount: string): Decimal =>
    coverage === undefined ? decimal(amount) : prorate(decimal(amount), coverage.part, coverage.whole, currency);
  const lines = charges.map((charge) =>
    rateCharge(withMinimum(charge, owed), usageByMetric.get(charge.metric) ?? { units: ZERO }, currency),
  );
  return sumStatement({ currency, base: baseAmount ?? owed(planVersion.baseAmount), lines });
}

/**
 * What a window that is no billing period would cost on its own. Nothing is prorated: base amount, included units, minimums and maximums are
 * those of a whole period, because the contracts that ask for such windows show them so.
 */
export function rateWindow({ planVersion, usageByMetric }: Pick<StatementInput, 'planVersion' | 'usageByMetric'>): StatementAmounts {
  return rateStatement({ planVersion, usageByMetric });
}

/** Adds up a statement from its base, rounded here, and its lines, rounded already: `total = base + overageAmount = base + Σ lines`. */
export function sumStatement({ currency, base, lines }: Pick<StatementAmounts, 'currency' | 'base' | 'lines'>): StatementAmounts {
  const roundedBase = roundMoney(base, currency);
  const overageAmount = sumDecimals(lines.map((line: StatementLine) => line.amount));
  return { currency, base: roundedBase, overageAmount, total: roundedBase.plus(overageAmount), lines };
}

function withMinimum(charge: Charge, owed: (amount: string) => Decimal): Charge {
  return charge.minAmount === null ? charge : { ...charge, minAmount: formatDecimal(owed(charge.minAmount)) };
}

function quoteAll(names: Iterable<string>): string {
  return [...names].map((name) => JSON.stringify(name)).join(', ') || 'no metric at all';
}
