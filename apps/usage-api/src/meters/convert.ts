import type { MeterRow, MeterTerms } from '@tallymark/persistence';
import type { CreateMeter, MeterBody } from './schemas.js';

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
    operation_property: row.operationProperty,
    amount_property: row.amountProperty,
    time_unit: row.timeUnit,
    rounding: row.rounding,
    replaces_id: row.replacesId,
    status: row.folded ? 'ready' : 'folding',
    progress: row.foldProgress,
    complete: row.folded,
    created_at: row.createdAt.toISOString(),
    updated_at: row.updatedAt.toISOString(),
  };
}

export function convertTerms(body: CreateMeter): MeterTerms {
  return {
    name: body.name,
    unit: body.unit,
    eventType: body.event_type,
    aggregation: body.aggregation,
    valueProperty: body.value_property,
    filters: body.filters,
    groupBy: body.group_by,
    recurring: body.recurring,
    operationProperty: body.operation_property,
    amountProperty: body.amount_property,
    timeUnit: body.time_unit,
    rounding: body.rounding,
  };
}
