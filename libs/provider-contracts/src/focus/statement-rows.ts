import type { Window } from '@tallymark/date-window';
import {
  type Charge,
  type Decimal,
  type StatementAdjustment,
  type StatementAmounts,
  type StatementStatus,
  ZERO,
  decimalFromInteger,
} from '@tallymark/domain';
import type { FocusRow, FocusServiceCategory } from './columns.js';
import { type FocusFrame, costs } from './frame.js';
import { lineRows } from './line-rows.js';
import { focusUnit } from './units.js';

/** A statement with the names that a row shows. */
export interface FocusStatement {
  /** Of the statement, a provisional invoice until it is closed. */
  readonly id: string;
  /** Whoever sells: provider, publisher and issuer of the invoice alike. */
  readonly organizationName: string;
  readonly serviceCategory: FocusServiceCategory;
  readonly customer: { readonly externalId: string; readonly name: string };
  readonly subscription: { readonly externalId: string };
  readonly plan: { readonly code: string; readonly name: string; readonly version: number };
  /** What the statement covers: the billing period, or the part of it that one plan version covers. */
  readonly period: Window;
  readonly billingPeriod: Window;
  readonly status: StatementStatus;
  /** The price list that the statement was made with; charges explain what a detail's quantity counts. */
  readonly charges: readonly Charge[];
  readonly amounts: StatementAmounts;
}

/**
 * The rows of a statement: one for the base amount, one per tier of each charge, and the adjustments. `Σ BilledCost` is the statement's total, exactly.
 *
 * In every row with a unit price, unit price × quantity is the cost. A tier's flat amount therefore has a row of its own, and what a line's one rounding
 * adds or takes is an adjustment. What is owed of a closed statement is a `Correction` that bears the closed period as its charge period.
 */
export function focusRows(statement: FocusStatement): FocusRow[] {
  const { amounts, charges } = statement;
  const frame = frameOf(statement);
  return [
    ...baseRows(frame, amounts.base),
    ...amounts.lines.flatMap((line) => lineRows(frame, line, chargeOf(charges, line.metric))),
    ...commitmentRows(frame, amounts.commitmentTrueUp),
    ...correctionRows(frame, statement),
  ];
}

/** The charge of a metric; undefined where the price list has none. */
export function chargeOf(charges: readonly Charge[], metric: string | null): Charge | undefined {
  return charges.find((charge) => charge.metric === metric);
}

/** What all rows of a statement share. */
export function frameOf(statement: FocusStatement): FocusFrame {
  const { id, organizationName, serviceCategory, customer, subscription, plan, period, billingPeriod, status, amounts } = statement;
  return {
    BillingAccountId: customer.externalId,
    BillingAccountName: customer.name,
    BillingCurrency: amounts.currency,
    BillingPeriodEnd: billingPeriod.to,
    BillingPeriodStart: billingPeriod.from,
    ChargeClass: null,
    ChargePeriodEnd: period.to,
    ChargePeriodStart: period.from,
    ConsumedQuantity: null,
    ConsumedUnit: null,
    ContractedUnitPrice: null,
    InvoiceId: id,
    InvoiceIssuerName: organizationName,
    ListUnitPrice: null,
    PricingCategory: null,
    PricingQuantity: null,
    PricingUnit: null,
    ProviderName: organizationName,
    PublisherName: organizationName,
    ServiceCategory: serviceCategory,
    ServiceName: plan.name,
    ServiceSubcategory: `Other (${serviceCategory})`,
    SkuMeter: null,
    SubAccountId: subscription.externalId,
    SubAccountName: subscription.externalId,
    x_Dimensions: null,
    x_PlanCode: plan.code,
    x_PlanVersion: decimalFromInteger(plan.version),
    x_StatementStatus: status,
  };
}

/** The plan's fee: one billing period of it, or the part that is owed. */
export function baseRows(frame: FocusFrame, base: Decimal): FocusRow[] {
  if (base.eq(ZERO)) return [];
  return [
    {
      ...frame,
      ...costs(base),
      ChargeCategory: 'Purchase',
      ChargeDescription: `${frame.ServiceName}: base amount`,
      ChargeFrequency: 'Recurring',
      ContractedUnitPrice: base,
      ListUnitPrice: base,
      PricingCategory: 'Standard',
      PricingQuantity: decimalFromInteger(1),
      PricingUnit: 'Periods',
      // No metric has a hyphen, so that no charge can have this id.
      SkuId: `${frame.x_PlanCode}/base-amount`,
      SkuMeter: 'Base amount',
      SkuPriceId: `${frame.x_PlanCode}@${frame.x_PlanVersion.toFixed()}/base-amount`,
    },
  ];
}

/** What base and lines lack to the plan's minimum commitment. */
export function commitmentRows(frame: FocusFrame, trueUp: Decimal): FocusRow[] {
  if (trueUp.eq(ZERO)) return [];
  return [
    {
      ...frame,
      ...costs(trueUp),
      ChargeCategory: 'Adjustment',
      ChargeDescription: `${frame.ServiceName}: minimum commitment`,
      ChargeFrequency: 'Recurring',
      SkuId: null,
      SkuPriceId: null,
    },
  ];
}

/** What became known of closed statements after their close. Unit prices stay open: several tiers may have changed at once. */
export function correctionRows(frame: FocusFrame, { charges, amounts }: Pick<FocusStatement, 'charges' | 'amounts'>): FocusRow[] {
  return amounts.adjustments.map((adjustment) => correctionRow(frame, adjustment, chargeOf(charges, adjustment.metric)));
}

function correctionRow(frame: FocusFrame, adjustment: StatementAdjustment, charge: Charge | undefined): FocusRow {
  const { metric, name, units, amount, periodFrom, periodTo } = adjustment;
  // Of a metric that the plan of today no longer prices the unit is not known.
  const unit = charge === undefined ? null : focusUnit(charge.unit);
  const quantity = unit === null ? null : units;
  return {
    ...frame,
    ...costs(amount),
    ChargeCategory: metric === null ? 'Adjustment' : 'Usage',
    ChargeClass: 'Correction',
    ChargeDescription: `${name}: correction of a closed statement`,
    ChargeFrequency: metric === null ? 'One-Time' : 'Usage-Based',
    ChargePeriodEnd: new Date(periodTo),
    ChargePeriodStart: new Date(periodFrom),
    ConsumedQuantity: quantity,
    ConsumedUnit: unit,
    PricingQuantity: quantity,
    PricingUnit: unit,
    SkuId: metric === null ? null : `${frame.x_PlanCode}/${metric}`,
    SkuMeter: metric === null ? null : name,
    SkuPriceId: null,
  };
}
