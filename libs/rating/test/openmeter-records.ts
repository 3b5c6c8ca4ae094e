import { Window } from '@tallymark/date-window';
import { type Charge, type PlanVersion, type PriceDetail, type PriceModel, decimal, formatDecimal, sumDecimals } from '@tallymark/domain';
import { allocate, marginalAmount, prorate, rateCharge, rateStatement } from '../src/index.js';
import { buildCharge } from './charge-builder.js';
import { type VectorCase, parse, plain } from './vectors.js';

interface Tier {
  readonly upTo: number | null;
  readonly unit?: number;
  readonly flat?: number;
}

interface Price {
  readonly type: string;
  readonly amount?: number;
  readonly multiplier?: number;
  readonly perPackage?: number | undefined;
  readonly tiers?: readonly Tier[] | undefined;
  readonly min?: number;
  readonly max?: number;
}

/** A record of the areas about money. Which members it has depends on its area. */
export interface OpenMeterRecord {
  readonly area: string;
  readonly case: string;
  readonly input: {
    readonly price?: Price;
    readonly line?: string;
    readonly qty?: number;
    readonly preQty?: number;
    readonly percentDiscount?: number;
    readonly tiers?: readonly Tier[];
    readonly perPackage?: number;
    readonly unitPrice?: number;
    readonly unitConfig?: unknown;
    readonly freeUnits?: number;
    readonly amount?: number | string;
    readonly currency?: string;
    readonly enabled?: boolean;
    readonly servicePeriod?: readonly [string, string];
    readonly fullPeriod?: readonly [string, string];
    readonly weights?: Readonly<Record<string, string>>;
  };
  readonly expected: Readonly<Record<string, unknown>>;
}

/** The areas that are about money; the others are other libraries' business. */
export const MONEY_AREAS: ReadonlySet<string> = new Set([
  'pricing_unit',
  'pricing_tiered_volume',
  'pricing_tiered_graduated',
  'pricing_package',
  'pricing_dynamic',
  'pricing_flat',
  'unit_conversion',
  'usage_discount',
  'proration',
  'allocation',
]);

const CURRENCY = 'USD';

export function convertOpenMeter(row: OpenMeterRecord): VectorCase {
  return { name: `${row.area}: ${row.case}`, ...convertByArea(row) };
}

function convertByArea(row: OpenMeterRecord): Omit<VectorCase, 'name'> {
  switch (row.area) {
    case 'proration':
      return convertProration(row);
    case 'allocation':
      return convertAllocation(row);
    case 'usage_discount':
      return convertUsageDiscount(row);
    case 'pricing_flat':
      return convertFlat(row);
    default:
      return convertPricing(row);
  }
}

function convertPricing({ area, input, expected }: OpenMeterRecord): Omit<VectorCase, 'name'> {
  const { tiers, perPackage, unitPrice } = input;
  const price: Price = input.price ?? { type: area.replace('pricing_', ''), amount: unitPrice ?? 1, tiers, perPackage };
  const lines = Array.isArray(expected.lines) ? (expected.lines as readonly unknown[]) : [];
  const minimum = lines.map((line) => member(line, 'minimumSpend')).find((value) => value !== undefined);
  const tier = typeof expected.tierIndex === 'number' ? price.tiers?.[expected.tierIndex] : undefined;
  return {
    expected: {
      ...(expected.total === undefined ? {} : { total: plain(expected.total as number) }),
      ...(expected.packages === undefined ? {} : { packages: plain(expected.packages as number) }),
      ...(expected.discount === undefined ? {} : { discount: plain(expected.discount as number) }),
      ...(minimum === undefined ? {} : { minimum: plain(minimum) }),
      ...(tier === undefined ? {} : { tier: `${plain(tier.unit ?? 0)} and ${plain(tier.flat ?? 0)}` }),
    },
    receive: () => {
      const { total, details } = priceLine(convertCharge(price), {
        line: input.line ?? 'single',
        quantity: input.qty ?? 0,
        before: input.preQty ?? 0,
      });
      const amountOf = (text: string): string =>
        formatDecimal(sumDecimals(details.filter((detail) => detail.description === text).map((detail) => detail.amount.abs())));
      return {
        ...(expected.total === undefined ? {} : { total }),
        ...(expected.packages === undefined ? {} : { packages: formatDecimal(sumDecimals(details.map((detail) => detail.quantity))) }),
        ...(expected.discount === undefined ? {} : { discount: amountOf('maximum spend cap') }),
        ...(minimum === undefined ? {} : { minimum: amountOf('minimum spend true-up') }),
        ...(tier === undefined
          ? {}
          : { tier: details.map((detail) => `${formatDecimal(detail.unitAmount)} and ${formatDecimal(detail.flatAmount)}`).join() }),
      };
    },
  };
}

/** A whole period is a line; a part of it is what its usage adds; the last part is the whole less what the parts before added. */
function priceLine(
  charge: Charge,
  { line, quantity, before }: { readonly line: string; readonly quantity: number; readonly before: number },
): { total: string; details: readonly PriceDetail[] } {
  const after = { units: parse(before).plus(parse(quantity)) };
  const whole = rateCharge(charge, after, CURRENCY);
  if (line === 'midSplit')
    return { total: formatDecimal(marginalAmount(charge, { units: parse(before) }, after, CURRENCY)), details: whole.details };
  const addedBefore = marginalAmount(charge, { units: decimal('0') }, { units: parse(before) }, CURRENCY);
  return { total: formatDecimal(whole.amount.minus(addedBefore)), details: whole.details };
}

function convertCharge(price: Price): Charge {
  return buildCharge(convertPrice(price), {
    minAmount: price.min === undefined ? null : String(price.min),
    maxAmount: price.max === undefined ? null : String(price.max),
  });
}

function convertPrice(price: Price): PriceModel {
  const tiers = (price.tiers ?? []).map((tier) => ({
    upTo: tier.upTo === null ? null : String(tier.upTo),
    unitAmount: String(tier.unit ?? 0),
    flatAmount: String(tier.flat ?? 0),
  }));
  switch (price.type) {
    case 'unit':
    case 'unit_conversion':
      return { model: 'standard', unitAmount: String(price.amount) };
    // A multiplier on the events' amounts is a price per unit of them.
    case 'dynamic':
      return { model: 'standard', unitAmount: String(price.multiplier) };
    case 'tiered_volume':
      return { model: 'volume', tiers };
    case 'tiered_graduated':
      return { model: 'graduated', tiers };
    case 'package':
      return { model: 'package', packageSize: String(price.perPackage), packageAmount: String(price.amount) };
    default:
      throw new RangeError(`no price model for "${price.type}"; expected one of ours, or a reason among the cases that do not apply`);
  }
}

/** A flat price is a plan's base amount. */
function convertFlat({ input, expected }: OpenMeterRecord): Omit<VectorCase, 'name'> {
  const planVersion: PlanVersion = {
    id: 'v1',
    planId: 'p1',
    planCode: 'flat',
    planName: 'Flat',
    version: 1,
    currency: CURRENCY,
    interval: 'monthly',
    baseAmount: String(input.price?.amount),
    minimumCommitment: null,
    trialDays: 0,
    charges: [],
  };
  return {
    expected: { total: plain(expected.total as number) },
    receive: () => ({ total: formatDecimal(rateStatement({ planVersion, usageByMetric: new Map() }).total) }),
  };
}

/** Free units are included units. */
function convertUsageDiscount({ input, expected }: OpenMeterRecord): Omit<VectorCase, 'name'> {
  const charge = buildCharge({ model: 'standard', unitAmount: '1' }, { includedUnits: String(input.freeUnits) });
  return {
    expected: { before: plain(expected.billablePreQty as number), quantity: plain(expected.billableQty as number) },
    receive: () => {
      const before = parse(input.preQty ?? 0);
      const overageBefore = rateCharge(charge, { units: before }, CURRENCY).overage;
      const overage = rateCharge(charge, { units: before.plus(parse(input.qty ?? 0)) }, CURRENCY).overage;
      return { before: formatDecimal(overageBefore), quantity: formatDecimal(overage.minus(overageBefore)) };
    },
  };
}

function convertProration({ input, expected }: OpenMeterRecord): Omit<VectorCase, 'name'> {
  const window = ([from, to]: readonly [string, string]): Window => Window.of(new Date(from), new Date(to));
  return {
    expected: { amount: plain(expected.amount as number) },
    receive: () => ({
      amount: formatDecimal(
        prorate(
          parse(input.amount ?? ''),
          window(input.servicePeriod ?? ['', '']),
          window(input.fullPeriod ?? ['', '']),
          input.currency ?? '',
        ),
      ),
    }),
  };
}

function convertAllocation({ input, expected }: OpenMeterRecord): Omit<VectorCase, 'name'> {
  const weights = Object.entries(input.weights ?? {});
  // A peer's unit of four decimals is priced in the one currency that has as many.
  const currency = input.currency === 'CREDITS(4)' ? 'CLF' : (input.currency ?? '');
  return {
    expected: Object.fromEntries(Object.entries(expected).map(([part, amount]) => [part, plain(amount as string)])),
    receive: () => {
      const parts = allocate(
        parse(input.amount ?? ''),
        weights.map(([, weight]) => parse(weight)),
        currency,
      );
      return Object.fromEntries(weights.map(([part], index) => [part, formatDecimal(parts[index] ?? decimal('0'))]));
    },
  };
}

function member(value: unknown, name: string): number | undefined {
  if (typeof value !== 'object' || value === null || !(name in value)) return undefined;
  return (value as Readonly<Record<string, number>>)[name];
}
