import type { Decimal } from '@tallymark/domain';

/** The version of the specification that rows follow. */
export const FOCUS_VERSION = '1.2';

/** What FOCUS allows as the highest-level class of a service. */
export const FOCUS_SERVICE_CATEGORIES = [
  'AI and Machine Learning',
  'Analytics',
  'Business Applications',
  'Compute',
  'Databases',
  'Developer Tools',
  'Identity',
  'Integration',
  'Internet of Things',
  'Management and Governance',
  'Media',
  'Migration',
  'Mobile',
  'Multicloud',
  'Networking',
  'Other',
  'Security',
  'Storage',
  'Web',
] as const;
/** See {@link FOCUS_SERVICE_CATEGORIES}. */
export type FocusServiceCategory = (typeof FOCUS_SERVICE_CATEGORIES)[number];

/**
 * One row of a FOCUS dataset, by the specification's column ids. Null is "no value", which is neither empty text nor zero. Starts are inclusive, ends
 * exclusive. Money is in `BillingCurrency`, exact; columns of our own begin with `x_`.
 */
export interface FocusRow {
  readonly BilledCost: Decimal;
  readonly BillingAccountId: string;
  readonly BillingAccountName: string | null;
  readonly BillingCurrency: string;
  readonly BillingPeriodEnd: Date;
  readonly BillingPeriodStart: Date;
  readonly ChargeCategory: 'Usage' | 'Purchase' | 'Adjustment';
  readonly ChargeClass: 'Correction' | null;
  readonly ChargeDescription: string | null;
  readonly ChargeFrequency: 'One-Time' | 'Recurring' | 'Usage-Based';
  readonly ChargePeriodEnd: Date;
  readonly ChargePeriodStart: Date;
  readonly ConsumedQuantity: Decimal | null;
  readonly ConsumedUnit: string | null;
  readonly ContractedCost: Decimal;
  readonly ContractedUnitPrice: Decimal | null;
  readonly EffectiveCost: Decimal;
  /** The statement, which is a provisional invoice until it closes. */
  readonly InvoiceId: string | null;
  readonly InvoiceIssuerName: string;
  readonly ListCost: Decimal;
  readonly ListUnitPrice: Decimal | null;
  readonly PricingCategory: 'Standard' | 'Dynamic' | null;
  readonly PricingQuantity: Decimal | null;
  readonly PricingUnit: string | null;
  readonly ProviderName: string;
  readonly PublisherName: string;
  readonly ServiceCategory: FocusServiceCategory;
  readonly ServiceName: string;
  readonly ServiceSubcategory: string;
  readonly SkuId: string | null;
  readonly SkuMeter: string | null;
  readonly SkuPriceId: string | null;
  /** The subscription. */
  readonly SubAccountId: string | null;
  readonly SubAccountName: string | null;
  readonly x_Dimensions: Readonly<Record<string, string | null>> | null;
  readonly x_PlanCode: string;
  readonly x_PlanVersion: Decimal;
  /** `open` and `grace`: the row may still change. */
  readonly x_StatementStatus: string;
}

/** The columns in the order in which they are written: the specification's alphabetically, then ours. */
export const FOCUS_COLUMNS = [
  'BilledCost',
  'BillingAccountId',
  'BillingAccountName',
  'BillingCurrency',
  'BillingPeriodEnd',
  'BillingPeriodStart',
  'ChargeCategory',
  'ChargeClass',
  'ChargeDescription',
  'ChargeFrequency',
  'ChargePeriodEnd',
  'ChargePeriodStart',
  'ConsumedQuantity',
  'ConsumedUnit',
  'ContractedCost',
  'ContractedUnitPrice',
  'EffectiveCost',
  'InvoiceId',
  'InvoiceIssuerName',
  'ListCost',
  'ListUnitPrice',
  'PricingCategory',
  'PricingQuantity',
  'PricingUnit',
  'ProviderName',
  'PublisherName',
  'ServiceCategory',
  'ServiceName',
  'ServiceSubcategory',
  'SkuId',
  'SkuMeter',
  'SkuPriceId',
  'SubAccountId',
  'SubAccountName',
  'x_Dimensions',
  'x_PlanCode',
  'x_PlanVersion',
  'x_StatementStatus',
] as const satisfies readonly (keyof FocusRow)[];
