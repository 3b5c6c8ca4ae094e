import { requireConsistent } from './check-meter.js';
import type { CreateMeter, MeterBody, UpdateMeter } from './schemas.js';

/** The meter as a patch makes it: what the patch does not name stays. @throws DomainError `invalid_request` when that contradicts itself. */
export function applyPatch(before: MeterBody, patch: UpdateMeter): CreateMeter {
  const kept: CreateMeter = {
    code: before.code,
    name: before.name,
    unit: before.unit,
    event_type: before.event_type,
    aggregation: before.aggregation,
    value_property: before.value_property,
    filters: before.filters,
    group_by: before.group_by,
    recurring: before.recurring,
    operation_property: before.operation_property,
    amount_property: before.amount_property,
    time_unit: before.time_unit,
    rounding: before.rounding,
  };
  const given = Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined));
  const after = { ...kept, ...given };
  requireConsistent(after);
  return after;
}
