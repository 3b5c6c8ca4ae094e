import { describe, expect, it } from '@jest/globals';
import { AGGREGATIONS, isCumulative } from '@tallymark/domain';
import { projectionFor } from './projection-rule.js';

describe('projectionFor', () => {
  it('has a rule for each aggregation', () => {
    expect(AGGREGATIONS.map((aggregation) => `${aggregation}: ${projectionFor(aggregation)}`)).toEqual([
      'count: total',
      'sum: total',
      'min: stands',
      'max: peak',
      'avg: stands',
      'unique_count: distinct',
      'latest: stands',
      'time_weighted_sum: time_average',
    ]);
  });

  it('adds up exactly what the domain calls cumulative', () => {
    for (const aggregation of AGGREGATIONS) expect(projectionFor(aggregation) === 'total').toBe(isCumulative(aggregation));
  });
});
