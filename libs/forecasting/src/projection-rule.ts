import type { Aggregation } from '@tallymark/domain';

/**
 * How a meter's value moves until the period's end:
 * - `total` adds up day by day;
 * - `peak` can only rise, to the highest day still to come;
 * - `time_average` fills up in proportion to time at the gauge's level;
 * - `distinct` grows ever slower, as known values come back;
 * - `stands`: nothing better than the value so far is known.
 */
export type ProjectionRule = 'total' | 'peak' | 'time_average' | 'distinct' | 'stands';

const RULES: Readonly<Record<Aggregation, ProjectionRule>> = {
  count: 'total',
  sum: 'total',
  max: 'peak',
  time_weighted_sum: 'time_average',
  unique_count: 'distinct',
  latest: 'stands',
  min: 'stands',
  avg: 'stands',
};

/** The rule by which a meter of this aggregation is projected. */
export function projectionFor(aggregation: Aggregation): ProjectionRule {
  return RULES[aggregation];
}
