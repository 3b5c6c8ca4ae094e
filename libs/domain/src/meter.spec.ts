import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decimal, formatDecimal } from './decimal.js';
import {
  AGGREGATIONS,
  METER_ROUNDING_FUNCTIONS,
  type MeterRounding,
  isJsonPath,
  jsonPathMembers,
  mayRecur,
  roundAggregate,
} from './meter.js';

describe('roundAggregate', () => {
  it.each<[string, MeterRounding['function'], number, string]>([
    ['123.456', 'round', 0, '123'],
    ['123.5', 'round', 0, '124'],
    ['-123.5', 'round', 0, '-124'],
    ['123.456', 'ceil', 2, '123.46'],
    ['-123.456', 'ceil', 2, '-123.45'],
    ['123.456', 'floor', 2, '123.45'],
    ['-123.456', 'floor', 2, '-123.46'],
    ['123.456', 'floor', -2, '100'],
    ['123.456', 'ceil', -2, '200'],
    ['-1', 'floor', -2, '-100'],
    ['49.999', 'round', -2, '0'],
    ['0', 'ceil', 15, '0'],
    ['9007199254740993.4', 'floor', 0, '9007199254740993'],
  ])('%s, %s to %d digits, is %s', (value, name, precision, expected) => {
    expect(formatDecimal(roundAggregate(decimal(value), { function: name, precision }))).toBe(expected);
  });

  it('leaves what has no rounding as it is', () => {
    expect(formatDecimal(roundAggregate(decimal('0.123456789'), null))).toBe('0.123456789');
  });

  it('never goes further than one step, ceil up and floor down, and once rounded stays', () => {
    const value = fc.tuple(fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }), fc.integer({ min: 0, max: 20 }));
    fc.assert(
      fc.property(
        value,
        fc.constantFrom(...METER_ROUNDING_FUNCTIONS),
        fc.integer({ min: -15, max: 15 }),
        ([digits, scale], name, precision) => {
          const exact = decimal(`${digits}e-${scale}`);
          const rounded = roundAggregate(exact, { function: name, precision });
          const step = decimal(`1e${-precision}`);
          expect(rounded.minus(exact).abs().lt(step)).toBe(true);
          if (name === 'ceil') expect(rounded.gte(exact)).toBe(true);
          if (name === 'floor') expect(rounded.lte(exact)).toBe(true);
          expect(roundAggregate(rounded, { function: name, precision }).eq(rounded)).toBe(true);
        },
      ),
    );
  });
});

describe('what meters read', () => {
  it.each([
    ['$.tokens', ['tokens']],
    ['$.usage.input-tokens', ['usage', 'input-tokens']],
  ])('%s goes through %j', (path, members) => {
    expect(isJsonPath(path)).toBe(true);
    expect(jsonPathMembers(path)).toEqual(members);
  });

  it.each(['tokens', '$', '$.', '$.0', '$.a[0]', '$..a', '$.a b'])('%j is no path', (path) => {
    expect(isJsonPath(path)).toBe(false);
    expect(() => jsonPathMembers(path)).toThrow(JSON.stringify(path));
  });

  it('knows which aggregations may recur', () => {
    expect(AGGREGATIONS.filter(mayRecur)).toEqual(['sum', 'unique_count', 'latest', 'time_weighted_sum']);
  });
});
