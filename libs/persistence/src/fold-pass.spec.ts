import { describe, expect, it } from '@jest/globals';
import type { FoldMeter } from './fold-meter.js';
import { foldPass, subqueriesOf } from './fold-pass.js';
import { SqlParameters } from './sql-parameters.js';

const PLAIN = { value_property: '$.v', filters: [], group_by: {}, operation_property: null, amount_property: null };
const METERS: readonly FoldMeter[] = [
  { ...PLAIN, id: 'level', aggregation: 'latest' },
  { ...PLAIN, id: 'level_by_kind', aggregation: 'latest', group_by: { kind: '$.kind' } },
  { ...PLAIN, id: 'present', aggregation: 'unique_count', operation_property: '$.operation' },
];
const MAX_OF_ROWS = /max\((ROW\(|v\d+_latest\))/g;

describe('a pass on a server', () => {
  it.each([
    [150_004, false, 0],
    [179_999, true, 0],
    [180_000, false, 3],
    [180_004, true, 3],
  ])('of version %d, in steps or not (%s), takes max() of rows %d times', (serverVersion, inSteps, times) => {
    const input = { name: 'one', organizationId: 'o', meters: METERS, condition: 'true', inSteps, serverVersion };
    const text = subqueriesOf(foldPass(input, new SqlParameters())).join();
    expect([...text.matchAll(MAX_OF_ROWS)]).toHaveLength(times);
  });
});
