import { FOCUS_COLUMNS, FOCUS_SERVICE_CATEGORIES } from '../src/index.js';

/** A row as a reader of the file sees it. */
export type FocusJson = Readonly<Record<string, unknown>>;

interface Rule {
  readonly name: string;
  readonly holds: (row: FocusJson) => boolean;
}

/** The 21 columns of feature level "Mandatory" in FOCUS 1.0, 1.1 and 1.2, and whether each may be null. */
export const MANDATORY_COLUMNS: readonly (readonly [name: string, nullable: boolean])[] = [
  ['BilledCost', false],
  ['BillingAccountId', false],
  ['BillingAccountName', true],
  ['BillingCurrency', false],
  ['BillingPeriodEnd', false],
  ['BillingPeriodStart', false],
  ['ChargeCategory', false],
  ['ChargeClass', true],
  ['ChargeDescription', true],
  ['ChargePeriodEnd', false],
  ['ChargePeriodStart', false],
  ['ContractedCost', false],
  ['EffectiveCost', false],
  ['InvoiceIssuerName', false],
  ['ListCost', false],
  ['PricingQuantity', true],
  ['PricingUnit', true],
  ['ProviderName', false],
  ['PublisherName', false],
  ['ServiceCategory', false],
  ['ServiceName', false],
];

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;

const isUsageOrPurchase = (row: FocusJson): boolean => ['Usage', 'Purchase'].includes(String(row['ChargeCategory']));
const isCorrection = (row: FocusJson): boolean => row['ChargeClass'] === 'Correction';
const oneOf =
  (column: string, ...values: unknown[]) =>
  (row: FocusJson): boolean =>
    values.includes(row[column]);

const RULES: readonly Rule[] = [
  { name: 'has every column and no other', holds: (row) => Object.keys(row).join() === FOCUS_COLUMNS.join() },
  ...MANDATORY_COLUMNS.map(([column, nullable]) => ({
    name: `${column} is there${nullable ? '' : ' and not null'}`,
    holds: (row: FocusJson) => column in row && (nullable || row[column] !== null),
  })),
  { name: 'no text is empty', holds: (row) => !Object.values(row).includes('') },
  { name: 'ids are in Pascal case, ours begin with x_', holds: (row) => Object.keys(row).every((id) => /^(x_)?[A-Z][A-Za-z]+$/.test(id)) },
  ...['BillingPeriodStart', 'BillingPeriodEnd', 'ChargePeriodStart', 'ChargePeriodEnd'].map((column) => ({
    name: `${column} is an instant in UTC`,
    holds: (row: FocusJson) => INSTANT.test(String(row[column])),
  })),
  { name: 'the charge period ends after it begins', holds: (row) => String(row['ChargePeriodStart']) < String(row['ChargePeriodEnd']) },
  { name: 'BillingCurrency is ISO 4217', holds: (row) => /^[A-Z]{3}$/.test(String(row['BillingCurrency'])) },
  { name: 'ChargeCategory is allowed', holds: oneOf('ChargeCategory', 'Usage', 'Purchase', 'Tax', 'Credit', 'Adjustment') },
  { name: 'ChargeClass is allowed', holds: oneOf('ChargeClass', null, 'Correction') },
  { name: 'ChargeFrequency is allowed', holds: oneOf('ChargeFrequency', 'One-Time', 'Recurring', 'Usage-Based') },
  { name: 'PricingCategory is allowed', holds: oneOf('PricingCategory', null, 'Standard', 'Dynamic', 'Committed', 'Other') },
  { name: 'ServiceCategory is allowed', holds: oneOf('ServiceCategory', ...FOCUS_SERVICE_CATEGORIES) },
  {
    name: 'a purchase is not usage-based',
    holds: (row) => row['ChargeCategory'] !== 'Purchase' || row['ChargeFrequency'] !== 'Usage-Based',
  },
  ...['PricingQuantity', 'PricingUnit', 'ListUnitPrice', 'ContractedUnitPrice', 'PricingCategory', 'SkuId', 'SkuPriceId'].map((column) => ({
    name: `${column} of usage and purchases is not null, unless it is a correction`,
    holds: (row: FocusJson) => !isUsageOrPurchase(row) || isCorrection(row) || row[column] !== null,
  })),
  ...['ConsumedQuantity', 'ConsumedUnit'].map((column) => ({
    name: `${column} is of usage alone`,
    holds: (row: FocusJson) => (row['ChargeCategory'] === 'Usage' ? isCorrection(row) || row[column] !== null : row[column] === null),
  })),
  { name: 'a quantity has a unit', holds: (row) => (row['PricingQuantity'] === null) === (row['PricingUnit'] === null) },
  { name: 'SkuMeter is null without SkuId', holds: (row) => row['SkuId'] !== null || row['SkuMeter'] === null },
  { name: 'unit prices are not negative', holds: (row) => Number(row['ListUnitPrice']) >= 0 && Number(row['ContractedUnitPrice']) >= 0 },
];

/** The names of the rules of FOCUS 1.2 that a row breaks. */
export function brokenRules(row: FocusJson): string[] {
  return RULES.filter((rule) => !rule.holds(row)).map((rule) => rule.name);
}
