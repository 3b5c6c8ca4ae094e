import { type MeterFilter, jsonPathMembers } from '@tallymark/domain';
import type { FoldMeter } from './fold-meter.js';
import { boundedDimensions } from './fold-sql.js';
import type { SqlParameters } from './sql-parameters.js';

/** What an event has at a path, as text or as JSON. */
export function lookUp(path: string, kind: 'text' | 'json', parameters: SqlParameters): string {
  const members = jsonPathMembers(path).map((member) => parameters.add(member, 'text'));
  return members.reduce(
    (whole, member, index) => `${whole} ${kind === 'text' && index === members.length - 1 ? '->>' : '->'} ${member}`,
    'e.data',
  );
}

/** Distinct things that get a column each, named by a prefix and a number. */
export class Columns {
  private readonly numbers = new Map<string, number>();

  constructor(private readonly prefix: string) {}

  /** The column of a thing, the same one each time. */
  of(thing: string): string {
    const number = this.numbers.get(thing) ?? this.numbers.size + 1;
    this.numbers.set(thing, number);
    return `${this.prefix}${number}`;
  }

  list(): [thing: string, column: string][] {
    return [...this.numbers].map(([thing, number]) => [thing, `${this.prefix}${number}`]);
  }
}

/** All meters that keep the same dimensions apart and have the same filters: they share their groups. */
export function byShape<T extends FoldMeter>(meters: readonly T[], more: (meter: T) => unknown = () => null): T[][] {
  const shapes = new Map<string, T[]>();
  for (const meter of meters) {
    const shape = JSON.stringify([sorted(meter.group_by), meter.filters, more(meter)]);
    const alike = shapes.get(shape);
    if (alike === undefined) shapes.set(shape, [meter]);
    else alike.push(meter);
  }
  return [...shapes.values()];
}

function sorted(groupBy: FoldMeter['group_by']): [name: string, path: string][] {
  return Object.entries(groupBy).sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Whether an event passes all filters, whose properties are columns. */
export function passesIn(filters: readonly MeterFilter[], properties: Columns, parameters: SqlParameters): string {
  return filters
    .map(({ property, in: values }) => `coalesce(${properties.of(property)} = ANY (${parameters.add(values, 'text[]')}), false)`)
    .join(' AND ');
}

/** The dimensions that a meter keeps apart, from the columns of its properties: `whole` for a subquery, and `bounded` from that for the query around it. */
export function dimensionsOf(
  { group_by: groupBy }: FoldMeter,
  properties: Columns,
  parameters: SqlParameters,
): { readonly whole: string; readonly bounded: string } {
  const pairs = sorted(groupBy).map(([name, path]) => `${parameters.add(name, 'text')}, ${properties.of(path)}`);
  if (pairs.length === 0) return { whole: 'NULL', bounded: `'{}'::jsonb` };
  return { whole: `jsonb_build_object(${pairs.join(', ')})`, bounded: boundedDimensions('whole') };
}

/** What tells the buckets of one kind of events apart, dimensions aside. */
export const SUBJECT_KEYS = 'shard_key, subject, bucket_start';
