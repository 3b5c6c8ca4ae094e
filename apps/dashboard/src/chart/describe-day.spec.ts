import { describe, expect, it } from '@jest/globals';
import { decimal } from '@tallymark/domain';
import type { DailySeries, DayPoint } from '../figures/daily-series.js';
import { createFormats } from '../figures/formats.js';
import { describeDay } from './describe-day.js';

const formats = createFormats({ locale: 'en-US', timeZone: 'UTC', currency: 'USD' });
const series = (of: Partial<DailySeries>): DailySeries => ({
  kind: 'sum',
  unit: 'requests',
  days: [],
  total: null,
  included: decimal('1000'),
  projected: null,
  isInPricedUnits: true,
  ...of,
});
const day = (of: Partial<DayPoint>): DayPoint => ({
  from: new Date('2026-11-21T00:00:00Z'),
  to: new Date('2026-11-22T00:00:00Z'),
  state: 'counted',
  value: decimal('12'),
  total: decimal('1234'),
  ...of,
});

describe('describeDay', () => {
  it.each([
    ['a day of a sum', day({}), {}, ['Sat, Nov 21', '12 requests', '1,234 in total, 123.4% of included']],
    [
      'the day that is not over',
      day({ state: 'partial' }),
      {},
      ['Sat, Nov 21, so far', '12 requests', '1,234 in total, 123.4% of included'],
    ],
    ['a sum without included units', day({}), { included: null }, ['Sat, Nov 21', '12 requests', '1,234 in total']],
    ['a level', day({ total: null }), { kind: 'level' }, ['Sat, Nov 21', '12 requests', '1.2% of included']],
    ['a day of its own', day({ total: null }), { kind: 'separate', included: null }, ['Sat, Nov 21', '12 requests', null]],
    ['a day without value', day({ value: null, total: null }), { kind: 'level' }, ['Sat, Nov 21', 'no value', null]],
    ['a day ahead', day({ state: 'ahead', value: null, total: null }), {}, ['Sat, Nov 21', 'not counted yet', null]],
  ] as const)('%s', (_, point, of, [name, value, total]) => {
    expect(describeDay(point, series(of), formats)).toEqual({ day: name, value, total });
  });
});
