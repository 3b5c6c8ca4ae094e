import { describe, expect, it } from '@jest/globals';
import { type Decimal, decimal } from '@tallymark/domain';
import fc from 'fast-check';
import type { DailySeries, DayPoint } from '../figures/daily-series.js';
import { chartHeight, layOutChart } from './lay-out-chart.js';

const DAY_MS = 86_400_000;
const optional = (text: string | null): Decimal | null => (text === null ? null : decimal(text));

function series(values: readonly (string | null)[], of: Partial<DailySeries> = {}): DailySeries {
  let total = decimal('0');
  const days = values.map((value, index): DayPoint => {
    total = total.plus(decimal(value ?? '0'));
    const state = value === null ? 'ahead' : 'counted';
    return {
      from: new Date(index * DAY_MS),
      to: new Date((index + 1) * DAY_MS),
      state,
      value: optional(value),
      total: value === null || of.kind === 'level' ? null : total,
    };
  });
  return { kind: 'sum', unit: 'requests', days, total, included: decimal('10'), projected: decimal('20'), isInPricedUnits: true, ...of };
}

describe('layOutChart', () => {
  it('draws a running total from the corner, with its limit and where it is expected to end', () => {
    const { running, daily, columns, left } = layOutChart(series(['2', '4', null, null]), 400);
    expect(running!.points).toHaveLength(2);
    expect(running!.line.startsWith(`M${left.toFixed(2)},${running!.bottom.toFixed(2)}L`)).toBe(true);
    expect(running!.projection).toEqual({ x: columns[3]!.middle, y: running!.top });
    expect(running!.limitY).toBe((running!.top + running!.bottom) / 2);
    expect(daily.bars).toHaveLength(2);
    expect(daily.limitY).toBeNull();
    expect(daily.bars[1]!.height).toBeCloseTo(daily.bars[0]!.height * 2);
  });

  it('draws levels alone, against what is included', () => {
    const { running, daily } = layOutChart(series(['7', '8'], { kind: 'level', projected: null }), 400);
    expect(running).toBeNull();
    expect(daily.limitY).toBe(daily.top);
    expect(daily.bars[1]!.y).toBeGreaterThan(daily.top);
  });

  it.each([
    ['a period that is over', series(['2', '4']), null],
    ['nothing projected', series(['2', null], { projected: null }), null],
  ])('%s has no projection', (_, of, projection) => {
    expect(layOutChart(of, 400).running!.projection).toBe(projection);
  });

  it('lets a corrected day hang below the axis', () => {
    const { daily } = layOutChart(series(['5', '-5']), 400);
    expect(daily.bars[1]!.y).toBeCloseTo(daily.bars[0]!.y + daily.bars[0]!.height);
    expect(daily.bars[1]!.y + daily.bars[1]!.height).toBeLessThanOrEqual(daily.bottom + 0.001);
  });

  it.each([
    [31, 700, [0, 5, 10]],
    [31, 300, [0, 7, 14]],
    [7, 700, [0, 1, 2]],
    [366, 700, [0, 28, 56]],
  ])('%d days on %d pixels bear labels that keep clear of each other', (count, width, first) => {
    const { labelled } = layOutChart(series(Array.from({ length: count }, () => '1')), width);
    expect(labelled.slice(0, 3)).toEqual(first);
  });

  it('stays inside its frame, whatever it draws', () => {
    const value = fc.option(fc.integer({ min: -1_000, max: 1_000_000_000 }).map(String));
    fc.assert(
      fc.property(
        fc.array(value, { maxLength: 60 }),
        fc.integer({ min: 1, max: 1_500 }),
        fc.constantFrom('sum' as const, 'level' as const),
        (values, width, kind) => {
          const { daily, running, height } = layOutChart(series(values, { kind }), width);
          expect(height).toBe(chartHeight(kind));
          for (const bar of daily.bars) {
            expect(bar.width).toBeGreaterThanOrEqual(0);
            expect(bar.y).toBeGreaterThanOrEqual(daily.top - 2);
            expect(bar.y + bar.height).toBeLessThanOrEqual(daily.bottom + 2);
          }
          for (const { y } of running?.points ?? []) {
            expect(y).toBeGreaterThanOrEqual(running!.top - 0.001);
            expect(y).toBeLessThanOrEqual(running!.bottom + 0.001);
          }
        },
      ),
    );
  });
});
