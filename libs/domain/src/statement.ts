import type { Decimal } from './decimal.js';

/** Why an amount is what it is: `quantity × unitAmount + flatAmount = amount`, exact, before rounding. */
export interface PriceDetail {
  /** For people: `tier 1 to 10000`, `packages of 100`. */
  readonly description: string;
  readonly quantity: Decimal;
  readonly unitAmount: Decimal;
  readonly flatAmount: Decimal;
  readonly amount: Decimal;
  /** What the usage priced here has in common where a charge prices by filter or group; empty otherwise. */
  readonly dimensions: Readonly<Record<string, string | null>>;
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

/** `open` while its period runs, `grace` while late events still change it, `closed` for good. */
export const STATEMENT_STATUSES = ['open', 'grace', 'closed'] as const;
export type StatementStatus = (typeof STATEMENT_STATUSES)[number];

/** What became known of a closed statement after its close, owed (or credited, below zero) on a later one. */
export interface StatementAdjustment {
  /** The period of the closed statement of the same subscription, as ISO instants; half-open. */
  readonly periodFrom: string;
  readonly periodTo: string;
  /** The line that differs; null for the base amount or the commitment. */
  readonly metric: string | null;
  readonly name: string;
  /** Used now less used as closed and as adjusted before, in priced units; zero where no line differs. */
  readonly units: Decimal;
  /** Whole minor units of the currency. */
  readonly amount: Decimal;
}

/**
 * What a subscription used and owes in one billing period, or in the part of it that one plan version covers.
 * `total = base + overageAmount + commitmentTrueUp + adjustmentAmount`; `overageAmount = Σ lines`, `adjustmentAmount = Σ adjustments`. Below zero it is a credit.
 */
export interface StatementAmounts {
  readonly currency: string;
  readonly base: Decimal;
  readonly overageAmount: Decimal;
  /** What base and lines lack to the plan's minimum commitment; never negative. */
  readonly commitmentTrueUp: Decimal;
  readonly adjustmentAmount: Decimal;
  readonly total: Decimal;
  readonly lines: readonly StatementLine[];
  readonly adjustments: readonly StatementAdjustment[];
}
