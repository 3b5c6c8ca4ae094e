import { describe, expect, it } from '@jest/globals';
import { decimal, sumDecimals } from '@tallymark/domain';
import fc from 'fast-check';
import type { StatementLine, Usage } from '../api/answers.js';
import { busiestDay, shapeSeries } from './daily-series.js';

const DAY_MS = 86_400_000;
const START_MS = Date.parse('2026-11-01T00:00:00Z');
/** Noon of the third day. */
const AS_OF = new Date(START_MS + 2.5 * DAY_MS);

function usage(values: readonly (string | null)[], of: Partial<Usage> = {}): Usage {
  const data = values.map((value, index) => ({
    from: new Date(START_MS + index * DAY_MS),
    to: new Date(START_MS + (index + 1) * DAY_MS),
    value: value === null ? null : decimal(value),
    event_count: decimal('1'),
  }));
  return { meter: 'm', unit: 'requests', aggregation: 'count', time_zone: 'UTC', as_of: AS_OF, complete: true, data, ...of };
}

function line(of: Partial<StatementLine> = {}): StatementLine {
  const zero = decimal('0');
  return {
    metric: 'm',
    name: 'M',
    meter_code: 'm',
    unit: 'requests',
    included: decimal('10'),
    used: zero,
    overage: zero,
    percentage: zero,
    amount: zero,
    projected_used: decimal('40'),
    details: [],
    ...of,
  };
}

const text = (value: { toFixed: () => string } | null): string | null => value?.toFixed() ?? null;

describe('shapeSeries', () => {
  it('adds days up, marks the day that is not over, and leaves open what lies ahead', () => {
    const series = shapeSeries(usage(['3', '4', '1', '0', '0']), line());
    expect(series.days.map(({ state, value, total }) => [state, text(value), text(total)])).toEqual([
      ['counted', '3', '3'],
      ['counted', '4', '7'],
      ['partial', '1', '8'],
      ['ahead', null, null],
      ['ahead', null, null],
    ]);
    expect([series.kind, text(series.total), text(series.included), text(series.projected)]).toEqual(['sum', '8', '10', '40']);
  });

  it('counts events whose clock runs ahead', () => {
    const series = shapeSeries(usage(['3', '0', '0', '2', '0']), line());
    expect(series.days.map(({ value }) => text(value))).toEqual(['3', '0', '0', '2', null]);
    expect(text(series.total)).toBe('5');
  });

  it.each([
    ['bytes sold as GB', { unit: 'bytes', aggregation: 'sum' }, { unit: 'GB', unit_size: decimal('1e9') }, ['GB', '0.0000015', '10', true]],
    [
      'bytes sold as GB, by a server that tells no size',
      { unit: 'bytes', aggregation: 'sum' },
      { unit: 'GB' },
      ['bytes', '1500', null, false],
    ],
    ['one unit', { aggregation: 'sum' }, {}, ['requests', '1500', '10', true]],
    ['nothing included', {}, { included: decimal('0') }, ['requests', '1500', null, true]],
  ] as const)('%s', (_, ofUsage, ofLine, [unit, total, included, isInPricedUnits]) => {
    const series = shapeSeries(usage(['1000', '500'], ofUsage), line(ofLine));
    expect([series.unit, text(series.total), text(series.included), series.isInPricedUnits]).toEqual([
      unit,
      total,
      included,
      isInPricedUnits,
    ]);
  });

  it.each([
    ['count', 'sum'],
    ['sum', 'sum'],
    ['latest', 'level'],
    ['max', 'level'],
    ['unique_count', 'separate'],
    ['min', 'separate'],
    ['avg', 'separate'],
    ['time_weighted_sum', 'separate'],
    ['of_another_time', 'separate'],
  ])('%s is drawn as %s', (aggregation, kind) => {
    const series = shapeSeries(usage(['7', '8', null, '8'], { aggregation }), line());
    expect(series.kind).toBe(kind);
    if (kind !== 'sum') {
      expect([series.total, series.projected, series.days.map(({ total }) => total)]).toEqual([null, null, [null, null, null, null]]);
      expect(series.days.map(({ value }) => text(value))).toEqual(['7', '8', null, null]);
    }
    expect(series.included === null).toBe(kind === 'separate');
  });

  it('a total is the sum of its days, exact, whatever they are', () => {
    const value = fc
      .tuple(fc.integer({ min: -1_000_000, max: 1_000_000_000 }), fc.integer({ min: 0, max: 9 }))
      .map(([digits, scale]) => `${digits}e-${scale}`);
    fc.assert(
      fc.property(fc.array(value, { maxLength: 40 }), (values) => {
        const series = shapeSeries(usage(values, { aggregation: 'sum', as_of: new Date(START_MS + 400 * DAY_MS) }), line());
        expect(text(series.total)).toBe(sumDecimals(values.map(decimal)).toFixed());
      }),
    );
  });
});

describe('busiestDay', () => {
  it.each([
    [['3', '9', '9'], '2 9'],
    [['0', '0', '0'], null],
    [['-4', null, '0.5'], '3 0.5'],
  ])('of %j is %s', (values, expected) => {
    const busiest = busiestDay(shapeSeries(usage(values, { aggregation: 'sum' }), line()));
    expect(busiest === null ? null : `${busiest.from.getUTCDate()} ${busiest.value.toFixed()}`).toBe(expected);
  });
});
