import {
  type Charge,
  type Decimal,
  type PriceDetail,
  type StatementLine,
  ZERO,
  decimal,
  decimalFromInteger,
  sumDecimals,
} from '@tallymark/domain';
import type { FocusRow } from './columns.js';
import { type FocusFrame, costs } from './frame.js';
import { focusUnit } from './units.js';

/** The rows of one charge: what the plan includes, each tier, flat amounts, and the rounding. `Σ BilledCost` is the line's amount. */
export function lineRows(frame: FocusFrame, line: StatementLine, charge: Charge | undefined): FocusRow[] {
  const about: LineFrame = {
    ...frame,
    SkuId: `${frame.x_PlanCode}/${line.metric}`,
    SkuMeter: line.name,
  };
  return [
    ...includedRows(about, line),
    ...line.details.flatMap((detail) => [...unitRows(about, line, charge, detail), ...flatRows(about, line, charge, detail)]),
    ...roundingRows(about, line),
  ];
}

type LineFrame = Omit<FocusFrame, 'SkuMeter'> & Pick<FocusRow, 'SkuId' | 'SkuMeter'>;

const ONE = decimalFromInteger(1);

/** Usage that the base amount pays for: it is consumed, at a price of zero. */
function includedRows(frame: LineFrame, line: StatementLine): FocusRow[] {
  const quantity = line.used.minus(line.overage);
  if (quantity.eq(ZERO)) return [];
  return [usageRow(frame, line, { description: 'included', quantity, unitPrice: ZERO, unit: focusUnit(line.unit), consumed: quantity })];
}

/** The units of a tier at their price. */
function unitRows(frame: LineFrame, line: StatementLine, charge: Charge | undefined, detail: PriceDetail): FocusRow[] {
  const { description, quantity, unitAmount, flatAmount, dimensions } = detail;
  const packageSize = packageSizeOf(charge, detail);
  if (packageSize !== null) return packageRows(frame, line, charge, { detail, packageSize });
  if (quantity.eq(ZERO)) return [];
  const unit = focusUnit(line.unit);
  if (isDynamic(charge, detail)) {
    // The events bear their prices: what is priced is an amount of money, each unit of it at one.
    const part = { quantity: flatAmount, unitPrice: ONE, unit: frame.BillingCurrency, consumed: quantity, consumedUnit: unit };
    return [{ ...usageRow(frame, line, { description, dimensions, ...part }), PricingCategory: 'Dynamic' }];
  }
  const pricedUnit = description.includes(FIXED_AMOUNT) ? 'Transactions' : unit;
  return [usageRow(frame, line, { description, dimensions, quantity, unitPrice: unitAmount, unit: pricedUnit, consumed: quantity })];
}

/** Packages that were paid for; what of them was used is the line's overage, where they are all that the line prices. */
function packageRows(
  frame: LineFrame,
  line: StatementLine,
  charge: Charge | undefined,
  { detail, packageSize }: { readonly detail: PriceDetail; readonly packageSize: string },
): FocusRow[] {
  const { description, quantity, unitAmount, dimensions } = detail;
  const others = line.details.filter((one) => one !== detail && (!one.quantity.eq(ZERO) || packageSizeOf(charge, one) !== null));
  const consumed = others.length === 0 ? line.overage : quantity.times(decimal(packageSize));
  if (quantity.eq(ZERO) && consumed.eq(ZERO)) return [];
  const consumedUnit = focusUnit(line.unit);
  const unit = `${packageSize} ${consumedUnit}`;
  return [usageRow(frame, line, { description, dimensions, quantity, unitPrice: unitAmount, unit, consumed, consumedUnit })];
}

/** A flat amount beside units is one more thing bought; without units (a minimum, a cap) it only moves the sum. */
function flatRows(frame: LineFrame, line: StatementLine, charge: Charge | undefined, detail: PriceDetail): FocusRow[] {
  const { flatAmount, quantity, dimensions } = detail;
  if (flatAmount.eq(ZERO) || (!quantity.eq(ZERO) && isDynamic(charge, detail))) return [];
  const description = quantity.eq(ZERO) ? detail.description : `${detail.description}, flat amount`;
  const row: FocusRow = {
    ...frame,
    ...costs(flatAmount),
    ChargeCategory: 'Adjustment',
    ChargeDescription: `${line.name}: ${description}`,
    ChargeFrequency: 'One-Time',
    SkuPriceId: null,
    x_Dimensions: dimensionsOf(dimensions),
  };
  if (quantity.eq(ZERO) || flatAmount.lt(ZERO)) return [row];
  return [
    {
      ...row,
      ChargeCategory: 'Purchase',
      ContractedUnitPrice: flatAmount,
      ListUnitPrice: flatAmount,
      PricingCategory: 'Standard',
      PricingQuantity: ONE,
      PricingUnit: 'Counts',
      SkuPriceId: priceIdOf(frame, line, description),
    },
  ];
}

/** The line is rounded once, its details are not: the difference, less than one minor unit, is a row of its own. */
function roundingRows(frame: LineFrame, line: StatementLine): FocusRow[] {
  const remainder = line.amount.minus(sumDecimals(line.details.map((detail) => detail.amount)));
  if (remainder.eq(ZERO)) return [];
  return [
    {
      ...frame,
      ...costs(remainder),
      ChargeCategory: 'Adjustment',
      ChargeDescription: `${line.name}: rounding`,
      ChargeFrequency: 'Usage-Based',
      SkuPriceId: null,
    },
  ];
}

interface UsagePart {
  readonly description: string;
  readonly dimensions?: PriceDetail['dimensions'];
  readonly quantity: Decimal;
  readonly unitPrice: Decimal;
  readonly unit: string;
  readonly consumed: Decimal;
  readonly consumedUnit?: string;
}

function usageRow(frame: LineFrame, line: StatementLine, part: UsagePart): FocusRow {
  const { description, dimensions, quantity, unitPrice, unit, consumed, consumedUnit = unit } = part;
  return {
    ...frame,
    ...costs(quantity.times(unitPrice)),
    ChargeCategory: 'Usage',
    ChargeDescription: `${line.name}: ${description}`,
    ChargeFrequency: 'Usage-Based',
    ConsumedQuantity: consumed,
    ConsumedUnit: consumedUnit,
    ContractedUnitPrice: unitPrice,
    ListUnitPrice: unitPrice,
    PricingCategory: 'Standard',
    PricingQuantity: quantity,
    PricingUnit: unit,
    SkuPriceId: priceIdOf(frame, line, description),
    x_Dimensions: dimensionsOf(dimensions),
  };
}

/** The place of a price in the price list: plan, version, metric and tier, such as `pro@2/api_calls/tier-over-10`. */
function priceIdOf(frame: LineFrame, line: StatementLine, description: string): string {
  const tier = description.toLowerCase().replaceAll(/[^\p{L}\p{N}.%]+/gu, '-');
  return `${frame.x_PlanCode}@${frame.x_PlanVersion.toFixed()}/${line.metric}/${tier}`;
}

function dimensionsOf(dimensions: PriceDetail['dimensions'] | undefined): FocusRow['x_Dimensions'] {
  return dimensions === undefined || Object.keys(dimensions).length === 0 ? null : dimensions;
}

/** How the `percentage` model describes its amount per transaction. */
const FIXED_AMOUNT = 'fixed amount per transaction';

/** Every price that a charge may have used. */
function pricesOf(charge: Charge | undefined): readonly Charge['price'][] {
  return charge === undefined ? [] : [charge.price, ...charge.filters.map((filter) => filter.price)];
}

function isDynamic(charge: Charge | undefined, { unitAmount, flatAmount }: PriceDetail): boolean {
  return unitAmount.eq(ZERO) && !flatAmount.eq(ZERO) && pricesOf(charge).some((price) => price.model === 'dynamic');
}

/** Units in one package, where the detail counts packages; null where it counts units. */
function packageSizeOf(charge: Charge | undefined, detail: PriceDetail): string | null {
  for (const price of pricesOf(charge)) {
    if (price.model === 'package' && detail.description.includes(`packages of ${price.packageSize}`)) return price.packageSize;
  }
  return null;
}
