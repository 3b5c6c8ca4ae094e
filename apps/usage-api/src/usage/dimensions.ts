import { DomainError } from '@tallymark/domain';
import type { MeterRow, UsageTableQuery } from '@tallymark/persistence';

type Dimensioned = Pick<MeterRow, 'code' | 'groupBy'>;

/** The dimensions of `group_by`, each once. @throws DomainError `invalid_request` that lists those the meter has. */
export function groupByOf(meter: Dimensioned, text: string | undefined): string[] {
  const wanted = [...new Set(text?.split(',') ?? [])];
  requireDimensions(meter, 'group_by', wanted);
  return wanted;
}

/** The values that `filter` lets through, by dimension; null for events without it. @throws DomainError as {@link groupByOf} */
export function filtersOf(meter: Dimensioned, filters: readonly string[] | undefined): NonNullable<UsageTableQuery['filters']> {
  const values = new Map<string, (string | null)[]>();
  for (const filter of filters ?? []) {
    const colon = filter.indexOf(':');
    const dimension = colon === -1 ? filter : filter.slice(0, colon);
    values.set(dimension, [...(values.get(dimension) ?? []), colon === -1 ? null : filter.slice(colon + 1)]);
  }
  requireDimensions(meter, 'filter', [...values.keys()]);
  return Object.fromEntries(values);
}

function requireDimensions({ code, groupBy }: Dimensioned, parameter: string, wanted: readonly string[]): void {
  const known = Object.keys(groupBy);
  const unknown = wanted.filter((name) => !known.includes(name));
  if (unknown.length === 0) return;
  const message = `${parameter}: received ${quoteAll(unknown)}; meter ${JSON.stringify(code)} has ${quoteAll(known) || 'no dimensions'}`;
  throw new DomainError('invalid_request', message, { details: [{ parameter, code: 'unknown_dimension', message }] });
}

function quoteAll(names: readonly string[]): string {
  return names.map((name) => JSON.stringify(name)).join(', ');
}
