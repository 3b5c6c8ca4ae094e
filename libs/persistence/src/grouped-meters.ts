import type { Aggregation } from '@tallymark/domain';
import type { EntityManager } from 'typeorm';

/** A meter that keeps its usage apart by dimensions, as far as reading it needs. */
export interface GroupedMeter {
  readonly id: string;
  readonly code: string;
  readonly aggregation: Aggregation;
  readonly recurring: boolean;
}

/** The organization's meters that group by all of these dimensions (and maybe by more), by code. Deleted ones are left out. */
export async function listMetersGroupedBy(manager: EntityManager, dimensions: readonly string[]): Promise<GroupedMeter[]> {
  return manager.query(
    'SELECT id, code, aggregation, recurring FROM meter WHERE deleted_at IS NULL AND group_by ?& $1::text[] ORDER BY code',
    [dimensions],
  );
}
