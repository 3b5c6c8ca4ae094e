import type { Decimal } from './decimal.js';

/** Why an amount is what it is: `quantity × unitAmount + flatAmount = amount`, exact, before rounding. */
export interface PriceDetail {
  /** For people: `tier 1 to 10000`, `packages of 100`. */
  readonly description: string;
  readonly quantity: Decimal;
  readonly unitAmount: Decimal;
  readonly flatAmount: Decimal;
  readonly amount: Decimal;
}

/** What one charge comes to in one billing period. `included used + overage = used`; overage is never negative. */
export interface StatementLine {
  readonly metric: string;
  readonly name: string;
  readonly meterCode: string;
  readonly unit: string;
  /** Priced units the base amount pays for. */
  readonly included: Decimal;
  readonly used: Decimal;
  readonly overage: Decimal;
  /** Used as a percentage of included, rounded half up to 2 decimals; over 100 when exceeded. With nothing included: 0 when nothing is used, else 100. */
  readonly percentage: Decimal;
  /** Rounded half up to the currency's minor unit. */
  readonly amount: Decimal;
  readonly details: readonly PriceDetail[];
}

/** What a subscription used and owes in one billing period. `total = base + overageAmount = base + Σ lines`. */
export interface StatementAmounts {
  readonly currency: string;
  readonly base: Decimal;
  readonly overageAmount: Decimal;
  readonly total: Decimal;
  readonly lines: readonly StatementLine[];
}
