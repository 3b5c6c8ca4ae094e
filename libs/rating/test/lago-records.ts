import { type Charge, type Decimal, type PriceModel, ZERO, decimal, formatDecimal, sumDecimals, toMinorUnits } from '@tallymark/domain';
import { Window } from '@tallymark/date-window';
import { type ChargeUsage, marginalAmount, minimumTrueUp, rateCharge } from '../src/index.js';
import { buildCharge, percentagePrice } from './charge-builder.js';
import { type VectorCase, parse, plain, printDetail, roundedTo } from './vectors.js';

type Value = string | number;

interface Range {
  readonly from_value: number;
  readonly to_value: number | null;
  readonly per_unit_amount?: string;
  readonly rate?: string;
  readonly flat_amount: string;
}

interface Properties {
  readonly amount?: string;
  readonly filters?: readonly {
    readonly values?: Readonly<Record<string, readonly string[]>>;
    readonly properties: { readonly amount: string };
  }[];
  readonly graduated_ranges?: readonly Range[];
  readonly volume_ranges?: readonly Range[];
  readonly graduated_percentage_ranges?: readonly Range[];
  readonly range?: Range;
  readonly adjacent?: boolean;
  readonly package_size?: number;
  readonly free_units?: number;
  readonly rate?: string;
  readonly fixed_amount?: string | null;
  readonly free_units_per_events?: number | null;
  readonly free_units_per_total_aggregation?: string | null;
  readonly per_transaction_min_amount?: string | null;
  readonly per_transaction_max_amount?: string | null;
}

type LagoEvent = string | Readonly<Record<string, string>>;

/** A record of `charge_models`. */
export interface LagoCharge {
  readonly id: string;
  readonly model: string;
  readonly case: string;
  readonly premium?: boolean;
  readonly properties: Properties;
  readonly input: {
    readonly units?: Value;
    readonly events?: readonly LagoEvent[];
    readonly events_count?: number;
    readonly field_name?: string;
  };
  readonly expected: {
    readonly amount?: Value;
    readonly amount_cents?: number;
    readonly amount_rounded_to?: number;
    readonly units?: Value;
    readonly tiers?: readonly Readonly<Record<string, string>>[];
    readonly tier_units?: string;
    readonly per_unit_total_amount?: string;
    readonly percentage_amount?: string;
    readonly fixed_fee_total_amount?: string;
  };
}

/** A record of `pay_in_advance_sequences`. */
export interface LagoSequence {
  readonly id: string;
  readonly model: string;
  readonly case: string;
  readonly prorated?: boolean;
  readonly aggregation: string;
  readonly properties: Properties;
  readonly steps: readonly { readonly event_value: string | null; readonly expected: { readonly amount_cents: number } }[];
}

/** A record of `minimum_true_up`. */
export interface LagoTrueUp {
  readonly id: string;
  readonly case: string;
  readonly input: {
    readonly min_amount_cents: number;
    readonly used_amount_cents: number;
    readonly from?: string;
    readonly to?: string;
    readonly days?: number;
    readonly period_days: number;
  };
  readonly expected: { readonly true_up_amount_cents: number };
}

const DAY_MS = 86_400_000;
const CURRENCY = 'EUR';

/** Charges that price alone what Lago prices as filters or groups of one charge: each is rounded on its own. */
export function convertLagoCharge(row: LagoCharge): VectorCase {
  const name = `${row.id} ${row.model}: ${row.case}`;
  if (row.properties.range !== undefined) return convertRangeDetail(name, row, row.properties.range);
  const { expected } = row;
  return {
    name,
    expected: {
      ...(expected.amount === undefined ? {} : { amount: plain(expected.amount) }),
      ...(expected.amount_cents === undefined ? {} : { cents: plain(expected.amount_cents) }),
      ...(expected.tiers === undefined ? {} : { tiers: expected.tiers.map(expectTier).join('; ') }),
      ...(expected.percentage_amount === undefined ? {} : { percentage: plain(expected.percentage_amount) }),
      ...(expected.fixed_fee_total_amount === undefined ? {} : { fixed: plain(expected.fixed_fee_total_amount) }),
    },
    receive: () => {
      const lines = splitByFilterOrGroup(row).map(({ charge, usage }) => rateCharge(charge, usage, CURRENCY));
      const details = lines.flatMap((line) => line.details);
      const exact = sumDecimals(details.map((detail) => detail.amount));
      const sumOf = (text: string): string =>
        formatDecimal(sumDecimals(details.filter((detail) => detail.description.includes(text)).map((detail) => detail.amount)));
      return {
        ...(expected.amount === undefined ? {} : { amount: roundedTo(exact, expected.amount_rounded_to) }),
        ...(expected.amount_cents === undefined
          ? {}
          : { cents: formatDecimal(toMinorUnits(sumDecimals(lines.map((line) => line.amount)), CURRENCY)) }),
        ...(expected.tiers === undefined
          ? {}
          : { tiers: details.map((detail, index) => printTier(detail, expected.tiers?.[index] ?? {})).join('; ') }),
        ...(expected.percentage_amount === undefined ? {} : { percentage: sumOf('% of the amount') }),
        ...(expected.fixed_fee_total_amount === undefined ? {} : { fixed: sumOf('fixed amount') }),
      };
    },
  };
}

/** What each event adds, as the price accumulated after it less that before. A filter that matches is a charge of its own. */
export function convertLagoSequence(row: LagoSequence): VectorCase {
  const matching = row.properties.filters?.[0]?.properties.amount;
  const properties = matching !== undefined && row.case.includes('matching') ? { amount: matching } : row.properties;
  const values = row.steps.map((step) => (step.event_value === null ? decimal('1') : decimal(step.event_value)));
  const accumulated = (count: number): ChargeUsage => ({
    units: sumDecimals(values.slice(0, count)),
    transactions: { amounts: values.slice(0, count) },
  });
  return {
    name: `${row.id} ${row.model} in advance: ${row.case}`,
    expected: { cents: row.steps.map((step) => String(step.expected.amount_cents)).join(', ') },
    receive: () => {
      const charge = convertCharge(row.model, properties);
      const added = values.map((_value, index) => marginalAmount(charge, accumulated(index), accumulated(index + 1), CURRENCY));
      return { cents: added.map((amount) => formatDecimal(toMinorUnits(amount, CURRENCY))).join(', ') };
    },
  };
}

/** Lago names the last second of a window; ours end with the first instant after. */
export function convertLagoTrueUp({ id, case: title, input, expected }: LagoTrueUp): VectorCase {
  const from = new Date(input.from ?? '2026-02-01T00:00:00Z');
  const end = input.to === undefined ? from.getTime() + (input.days ?? 0) * DAY_MS : new Date(input.to).getTime() + 1000;
  return {
    name: `${id} minimum: ${title}`,
    expected: { cents: String(expected.true_up_amount_cents) },
    receive: () => {
      const trueUp = minimumTrueUp({
        minimumAmount: parse(input.min_amount_cents).times(decimal('0.01')),
        chargedAmount: parse(input.used_amount_cents).times(decimal('0.01')),
        part: Window.of(from, new Date(end)),
        whole: Window.of(from, new Date(from.getTime() + input.period_days * DAY_MS)),
        currency: CURRENCY,
      });
      return { cents: formatDecimal(toMinorUnits(trueUp, CURRENCY)) };
    },
  };
}

/** One tier alone, priced between tiers that cost nothing. */
function convertRangeDetail(name: string, row: LagoCharge, range: Range): VectorCase {
  const over = row.properties.adjacent === true ? range.from_value : Math.max(range.from_value - 1, 0);
  const free = { per_unit_amount: '0', rate: '0', flat_amount: '0' };
  const below: Range[] = over > 0 ? [{ ...free, from_value: 0, to_value: over }] : [];
  const above: Range[] = range.to_value === null ? [] : [{ ...free, from_value: range.to_value, to_value: null }];
  const ranges = [...below, range, ...above];
  const charge = convertCharge(row.model.replace('_range_detail', ''), { graduated_ranges: ranges, graduated_percentage_ranges: ranges });
  const { tier_units: units, per_unit_total_amount: perUnits, amount } = row.expected;
  return {
    name,
    expected: { units: plain(units ?? ''), perUnits: plain(perUnits ?? ''), ...(amount === undefined ? {} : { amount: plain(amount) }) },
    receive: () => {
      const detail = printDetail(rateCharge(charge, { units: parse(row.input.units ?? 0) }, CURRENCY).details[below.length]);
      return { units: detail.units, perUnits: detail.perUnits, ...(amount === undefined ? {} : { amount: detail.amount }) };
    },
  };
}

function splitByFilterOrGroup(row: LagoCharge): { readonly charge: Charge; readonly usage: ChargeUsage }[] {
  const { filters } = row.properties;
  const events = row.input.events ?? [];
  if (filters !== undefined) {
    return filters.map((filter) => ({
      charge: convertCharge(row.model, filter.properties),
      usage: { units: sumMatching(events, filter.values ?? {}, row.input.field_name ?? '') },
    }));
  }
  if (row.model === 'dynamic') {
    const groups = new Set(events.map((event) => (typeof event === 'string' ? undefined : event.group_key)));
    return [...groups].map((group) => ({
      charge: buildCharge({ model: 'dynamic' }),
      usage: dynamicUsage(events.filter((event) => typeof event !== 'string' && event.group_key === group)),
    }));
  }
  return [{ charge: convertCharge(row.model, row.properties), usage: convertUsage(row) }];
}

function convertUsage({ input, expected, model }: LagoCharge): ChargeUsage {
  const texts = (input.events ?? []).filter((event) => typeof event === 'string');
  const units = parse(input.units ?? expected.units ?? 0);
  if (model !== 'percentage') return { units };
  if (texts.length > 0) return { units, transactions: { amounts: texts.map(decimal) } };
  return { units, ...(input.events_count === undefined ? {} : { transactions: { count: parse(input.events_count) } }) };
}

function convertCharge(model: string, properties: Properties): Charge {
  const freeUnits = model === 'package' ? String(properties.free_units ?? 0) : '0';
  return buildCharge(convertPrice(model, properties), { includedUnits: freeUnits });
}

function convertPrice(model: string, properties: Properties): PriceModel {
  switch (model) {
    case 'standard':
      return { model, unitAmount: properties.amount ?? '' };
    case 'graduated':
    case 'volume':
      return {
        model,
        tiers: (properties[`${model}_ranges`] ?? []).map((range) => ({ ...convertBound(range), unitAmount: range.per_unit_amount ?? '' })),
      };
    case 'graduated_percentage':
      return {
        model,
        tiers: (properties.graduated_percentage_ranges ?? []).map((range) => ({ ...convertBound(range), rate: range.rate ?? '' })),
      };
    case 'package':
      return { model, packageSize: String(properties.package_size), packageAmount: properties.amount ?? '' };
    case 'percentage':
      return percentagePrice(properties.rate ?? '', {
        fixedAmount: properties.fixed_amount ?? '0',
        freeTransactions: properties.free_units_per_events ?? null,
        freeAmount: properties.free_units_per_total_aggregation ?? null,
        minPerTransaction: properties.per_transaction_min_amount ?? null,
        maxPerTransaction: properties.per_transaction_max_amount ?? null,
      });
    default:
      throw new RangeError(`no price model for "${model}"; expected one of ours, or a reason among the cases that do not apply`);
  }
}

function convertBound(range: Range): { readonly upTo: string | null; readonly flatAmount: string } {
  return { upTo: range.to_value === null ? null : String(range.to_value), flatAmount: range.flat_amount };
}

function sumMatching(events: readonly LagoEvent[], values: Readonly<Record<string, readonly string[]>>, field: string): Decimal {
  const matches = (event: Readonly<Record<string, string>>): boolean =>
    Object.entries(values).every(([key, allowed]) => allowed.includes(event[key] ?? ''));
  return sumDecimals(events.map((event) => (typeof event !== 'string' && matches(event) ? decimal(event[field] ?? '0') : ZERO)));
}

function dynamicUsage(events: readonly LagoEvent[]): ChargeUsage {
  const sum = (member: string): Decimal =>
    sumDecimals(events.map((event) => (typeof event === 'string' ? ZERO : decimal(event[member] ?? '0'))));
  return { units: sum('value'), dynamicAmount: sum('precise_total_amount_cents').times(decimal('0.01')) };
}

const TIER_MEMBERS = {
  units: 'units',
  per_unit_total_amount: 'perUnits',
  flat_unit_amount: 'flat',
  total_with_flat_amount: 'amount',
} as const;

function expectTier(tier: Readonly<Record<string, string>>): string {
  return Object.keys(TIER_MEMBERS)
    .flatMap((member) => (tier[member] === undefined ? [] : [`${member} ${plain(tier[member])}`]))
    .join(', ');
}

/** Prints of our detail what the case expects of its tier. */
function printTier(detail: Parameters<typeof printDetail>[0], tier: Readonly<Record<string, string>>): string {
  const printed = printDetail(detail);
  return Object.entries(TIER_MEMBERS)
    .flatMap(([member, ours]) => (tier[member] === undefined ? [] : [`${member} ${printed[ours]}`]))
    .join(', ');
}
