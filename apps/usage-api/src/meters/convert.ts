import type { MeterRow } from '@tallymark/persistence';
import type { MeterBody } from './schemas.js';

export function convertMeter(row: MeterRow): MeterBody {
  return {
    id: row.id,
    code: row.code,
    name: row.name,
    unit: row.unit,
    event_type: row.eventType,
    aggregation: row.aggregation,
    value_property: row.valueProperty,
    filters: row.filters.map((filter) => ({ property: filter.property, in: [...filter.in] })),
    group_by: row.groupBy,
    recurring: row.recurring,
    complete: row.folded,
    created_at: row.createdAt.toISOString(),
    updated_at: row.updatedAt.toISOString(),
  };
}
