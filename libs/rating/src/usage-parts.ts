import {
  type Charge,
  type ChargeFilter,
  DomainError,
  type PriceModel,
  ZERO,
  decimal,
  decimalFromInteger,
  formatDecimal,
  sumDecimals,
} from '@tallymark/domain';
import { type ChargeUsage, type TransactionUsage, type UsagePart, type UsedUnits, requiredDimensions } from './charge-usage.js';

/** Which price a part of a charge's usage pays, and with what it shares tiers and included units. */
export interface PriceOfPart {
  /** The same for parts that are priced together; of no meaning beyond the charge. */
  readonly key: string;
  /** Null where no filter takes the part, so that it pays the charge's own price. */
  readonly filter: ChargeFilter | null;
  /** What all that is priced with the part has in common: its pricing groups, and the filter's dimensions that hold one value only. */
  readonly dimensions: Readonly<Record<string, string | null>>;
}

/** Usage that is priced together: what one filter, or none, takes of one pricing group. */
export interface PricedTogether extends PriceOfPart {
  readonly price: PriceModel;
  readonly includedUnits: string;
  readonly usage: UsedUnits;
}

const NOTHING: UsedUnits = { units: ZERO };

/** The price for usage with these dimensions: of the filters that take it the one that names the most dimensions, among equals the earlier; else the charge's own. */
export function priceOf(charge: Charge, dimensions: Readonly<Record<string, string | null>>): PriceOfPart {
  const taking = charge.filters.filter((filter) => takes(filter, dimensions));
  const most = Math.max(...taking.map(specificity));
  const filter = taking.find((one) => specificity(one) === most) ?? null;
  const groups = charge.pricingGroups.map((name) => [name, dimensions[name] ?? null] as const);
  const singles = Object.entries(filter?.values ?? {}).flatMap(([name, values]) =>
    values.length === 1 ? [[name, values[0] ?? null] as const] : [],
  );
  return {
    key: JSON.stringify([filter === null ? null : charge.filters.indexOf(filter), ...groups.map(([, value]) => value)]),
    filter,
    dimensions: Object.fromEntries([...singles, ...groups]),
  };
}

/**
 * Divides a charge's usage among its prices: first the filters in the plan's order, then the charge's own price; groups in the order of their values.
 * The charge's own price is there once even if no usage falls to it, since a first tier's flat amount is due at zero units. So is the price of a filter
 * that includes units, since these are owed whether they are used or not; any other filter's is not.
 *
 * @throws DomainError `unprocessable` for one sum where parts are needed: pricing it would be a guess.
 */
export function divideUsage(charge: Charge, usage: ChargeUsage): PricedTogether[] {
  const byKey = new Map<string, { readonly of: PriceOfPart; readonly parts: UsagePart[] }>();
  for (const part of partsOf(charge, usage)) {
    const of = priceOf(charge, part.dimensions);
    const together = byKey.get(of.key);
    if (together === undefined) byKey.set(of.key, { of, parts: [part] });
    else together.parts.push(part);
  }
  const divided = [...byKey.values()].map(({ of, parts }) => pricedTogether(charge, of, addParts(parts)));
  for (const unused of [...charge.filters.filter(includesUnits), null].filter((one) => divided.every(({ filter }) => filter !== one)))
    divided.push(pricedTogether(charge, { key: '', filter: unused, dimensions: {} }, NOTHING));
  return divided.sort((a, b) => filterOrder(charge, a.filter) - filterOrder(charge, b.filter) || compareText(a.key, b.key));
}

function pricedTogether(charge: Charge, of: PriceOfPart, usage: UsedUnits): PricedTogether {
  const { price, includedUnits } = of.filter ?? charge;
  return { ...of, price, includedUnits, usage };
}

function partsOf(charge: Charge, usage: ChargeUsage): readonly UsagePart[] {
  if ('parts' in usage) return usage.parts;
  const dimensions = requiredDimensions(charge);
  if (dimensions.length === 0) return [{ ...usage, dimensions: {} }];
  if (usage.units.eq(ZERO)) return [];
  throw new DomainError(
    'unprocessable',
    `usage of charge "${charge.metric}": received one sum of ${formatDecimal(usage.units)} units; expected parts by ${dimensions.map((name) => `"${name}"`).join(', ')}`,
  );
}

function addParts(parts: readonly UsagePart[]): UsedUnits {
  const [first] = parts;
  if (parts.length === 1 && first !== undefined) return first;
  const amounts = parts.flatMap(({ dynamicAmount }) => (dynamicAmount === undefined ? [] : [dynamicAmount]));
  const transactions = addTransactions(parts.map((part) => part.transactions));
  return {
    units: sumDecimals(parts.map((part) => part.units)),
    ...(transactions === undefined ? {} : { transactions }),
    // One part without its amount leaves the sum unknown.
    ...(amounts.length === parts.length ? { dynamicAmount: sumDecimals(amounts) } : {}),
  };
}

/** Amounts in the order of the parts; a mere count, once any part has no more; unknown, once any part knows nothing. */
function addTransactions(transactions: readonly (TransactionUsage | undefined)[]): TransactionUsage | undefined {
  const known = transactions.filter((one) => one !== undefined);
  if (known.length < transactions.length) return undefined;
  const amounts = known.flatMap((one) => ('amounts' in one ? [one.amounts] : []));
  if (amounts.length === known.length) return { amounts: amounts.flat() };
  return { count: sumDecimals(known.map((one) => ('count' in one ? one.count : decimalFromInteger(one.amounts.length)))) };
}

function takes({ values }: ChargeFilter, dimensions: Readonly<Record<string, string | null>>): boolean {
  return Object.entries(values).every(([name, listed]) => listed.some((value) => value === dimensions[name]));
}

function includesUnits({ includedUnits }: ChargeFilter): boolean {
  return decimal(includedUnits).gt(ZERO);
}

function specificity({ values }: ChargeFilter): number {
  return Object.keys(values).length;
}

function filterOrder(charge: Charge, filter: ChargeFilter | null): number {
  return filter === null ? charge.filters.length : charge.filters.indexOf(filter);
}

function compareText(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
