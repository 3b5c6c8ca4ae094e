import type { MeterRow } from './rows/meter-row.js';
import type { ReadMeter } from './usage-reader.js';

/** A meter that keeps its usage apart by dimensions, as far as reading it needs. */
export interface GroupedMeter extends ReadMeter {
  readonly code: string;
}

/** The meters that group by all of these dimensions (and maybe by more), by code. Deleted ones are left out. */
export function metersGroupedBy(meters: readonly MeterRow[], dimensions: readonly string[]): GroupedMeter[] {
  return meters
    .filter(({ deletedAt, groupBy }) => deletedAt === null && dimensions.every((dimension) => Object.hasOwn(groupBy, dimension)))
    .sort((a, b) => (a.code < b.code ? -1 : 1));
}
