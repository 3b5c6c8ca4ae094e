import { type Aggregation, type ErrorDetail, DomainError, mayRecur } from '@tallymark/domain';
import type { CreateMeter } from './schemas.js';

type Terms = Omit<CreateMeter, 'code'>;

/** What in a meter contradicts itself: the member, and what is expected of it. */
export function findContradictions(meter: Terms): { readonly member: keyof Terms; readonly expected: string }[] {
  const { aggregation } = meter;
  return [
    ...unless((aggregation === 'count') === (meter.value_property === null), 'value_property', expectedValue(aggregation)),
    ...unless(
      !meter.recurring || mayRecur(aggregation),
      'recurring',
      `expected false, because ${aggregation} starts at nothing in each window`,
    ),
    ...unless(
      meter.operation_property === null || aggregation === 'unique_count',
      'operation_property',
      `expected null, because it takes values out of a unique_count, and the aggregation is ${aggregation}`,
    ),
    ...unless(
      meter.amount_property === null || aggregation !== 'unique_count',
      'amount_property',
      'expected null, because a unique_count keeps values, not events',
    ),
    ...unless(
      (aggregation === 'time_weighted_sum') === (meter.time_unit !== null),
      'time_unit',
      aggregation === 'time_weighted_sum'
        ? 'expected hour, day or period, because time_weighted_sum counts a level by how long it stood'
        : `expected null, because the aggregation is ${aggregation}`,
    ),
  ];
}

/** @throws DomainError `invalid_request` that points to everything that contradicts itself. */
export function requireConsistent(meter: Terms): void {
  const details = findContradictions(meter).map(({ member, expected }): ErrorDetail => ({
    pointer: `/${member}`,
    code: 'custom',
    message: `received ${JSON.stringify(meter[member])}; ${expected}`,
  }));
  const [first] = details;
  if (first !== undefined) throw new DomainError('invalid_request', `${first.pointer ?? ''}: ${first.message}`, { details });
}

function unless(holds: boolean, member: keyof Terms, expected: string): { member: keyof Terms; expected: string }[] {
  return holds ? [] : [{ member, expected }];
}

function expectedValue(aggregation: Aggregation): string {
  return aggregation === 'count'
    ? 'expected null, because count counts events'
    : `expected a JSONPath to the value, because the aggregation is ${aggregation}`;
}
