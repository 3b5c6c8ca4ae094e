import type { EntityManager } from 'typeorm';
import type { ReadMeter } from './usage-reader.js';

/** A meter that keeps its usage apart by dimensions, as far as reading it needs. */
export interface GroupedMeter extends ReadMeter {
  readonly code: string;
}

/** The organization's meters that group by all of these dimensions (and maybe by more), by code. Deleted ones are left out. */
export async function listMetersGroupedBy(manager: EntityManager, dimensions: readonly string[]): Promise<GroupedMeter[]> {
  return manager.query(
    `SELECT id, code, aggregation, recurring, rounding, time_unit AS "timeUnit", operation_property AS "operationProperty"
     FROM meter WHERE deleted_at IS NULL AND group_by ?& $1::text[] ORDER BY code`,
    [dimensions],
  );
}
