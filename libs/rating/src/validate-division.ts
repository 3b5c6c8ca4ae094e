import { type Charge, type ChargeFilter, ZERO } from '@tallymark/domain';
import type { Problems } from './problems.js';
import { validatePrice } from './validate-price.js';

/** Filters that one charge may have, values that one of them may list, and dimensions by which a charge may be grouped. */
export const DIVISION_LIMITS = { filters: 100, values: 100, groups: 10 } as const;

/** Notes everything wrong with how a charge divides usage among prices: its filters and pricing groups. */
export function validateDivision(charge: Charge, problems: Problems): void {
  const { filters, pricingGroups } = charge;
  if (filters.length > DIVISION_LIMITS.filters) {
    problems.add('/filters', 'filter_count', `received ${filters.length} filters; expected at most ${DIVISION_LIMITS.filters}`);
  }
  const firstIndexByMatch = new Map<string, number>();
  for (const [index, filter] of filters.entries()) {
    validateFilter(filter, `/filters/${index}`, problems);
    const match = matchOf(filter);
    const firstIndex = firstIndexByMatch.get(match);
    if (firstIndex === undefined) firstIndexByMatch.set(match, index);
    else {
      const message = `received the values of filter ${firstIndex} again; expected others, since usage goes to the earlier filter`;
      problems.add(`/filters/${index}/values`, 'duplicate', message);
    }
  }
  if (pricingGroups.length > DIVISION_LIMITS.groups) {
    problems.add(
      '/pricingGroups',
      'group_count',
      `received ${pricingGroups.length} dimensions; expected at most ${DIVISION_LIMITS.groups}`,
    );
  }
  for (const [index, name] of pricingGroups.entries()) {
    if (pricingGroups.indexOf(name) === index) continue;
    problems.add(`/pricingGroups/${index}`, 'duplicate', `received ${JSON.stringify(name)} again; expected each dimension once`);
  }
}

/** Notes what is wrong with the units that a price includes. `at` is the pointer of what holds the price. */
export function validateIncluded({ includedUnits, price }: Pick<Charge, 'includedUnits' | 'price'>, at: string, problems: Problems): void {
  const included = problems.notNegative(`${at}/includedUnits`, includedUnits);
  if (price.model !== 'dynamic' || !included?.gt(ZERO)) return;
  const message = `received ${JSON.stringify(includedUnits)}; expected "0", since a dynamic price is not per unit`;
  problems.add(`${at}/includedUnits`, 'not_with_dynamic', message);
}

function validateFilter(filter: ChargeFilter, at: string, problems: Problems): void {
  if (filter.name.trim() === '') problems.add(`${at}/name`, 'blank', `received ${JSON.stringify(filter.name)}; expected text for people`);
  const dimensions = Object.entries(filter.values);
  if (dimensions.length === 0) problems.add(`${at}/values`, 'no_values', 'received no dimension; expected at least one with its values');
  for (const [name, values] of dimensions) {
    const pointer = `${at}/values/${name}`;
    if (values.length === 0 || values.length > DIVISION_LIMITS.values) {
      problems.add(pointer, 'value_count', `received ${values.length} values; expected 1 to ${DIVISION_LIMITS.values}`);
    }
    for (const [index, value] of values.entries()) {
      if (values.indexOf(value) === index) continue;
      problems.add(`${pointer}/${index}`, 'duplicate', `received ${JSON.stringify(value)} again; expected each value once`);
    }
  }
  validateIncluded(filter, at, problems);
  validatePrice(filter.price, `${at}/price`, problems);
}

/** The same for filters that take the same usage by naming the same dimensions and values. */
function matchOf({ values }: ChargeFilter): string {
  const sorted = Object.entries(values).map(([name, listed]) => [name, [...listed].sort()] as const);
  return JSON.stringify(sorted.sort(([a], [b]) => (a < b ? -1 : 1)));
}
