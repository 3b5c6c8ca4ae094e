import { type Decimal, ZERO, decimal } from '@tallymark/domain';
import type { StatementLine, Usage } from '../api/answers.js';

/**
 * What days of a meter have to do with its period: `sum`: they add up to it, so a running total makes sense; `level`: each is a height
 * that stands by itself and can be held against what is included; `separate`: neither (distinct values of a day may return the next).
 */
export type SeriesKind = 'sum' | 'level' | 'separate';

/** One day, or the part of one that lies in the period. */
export interface DayPoint {
  readonly from: Date;
  readonly to: Date;
  /** `partial`: the day is not over, or not counted to its end. `ahead`: nothing of it is counted yet. */
  readonly state: 'counted' | 'partial' | 'ahead';
  /** In {@link DailySeries.unit}; null where there is no value. */
  readonly value: Decimal | null;
  /** Of all days up to this one; null when days do not add up, or for days ahead. */
  readonly total: Decimal | null;
}

/** Usage of a metric day by day, in one unit. */
export interface DailySeries {
  readonly kind: SeriesKind;
  readonly unit: string;
  readonly days: readonly DayPoint[];
  /** Of all days; null when they do not add up. */
  readonly total: Decimal | null;
  /** What is included, where days or their total can be held against it. */
  readonly included: Decimal | null;
  /** The total that is expected by the end of the period. */
  readonly projected: Decimal | null;
  /** False when the plan prices another unit than the meter counts, and nothing says how many make one. */
  readonly isInPricedUnits: boolean;
}

const ONE = decimal('1');
const KINDS: Readonly<Record<string, SeriesKind>> = { count: 'sum', sum: 'sum', latest: 'level', max: 'level' };

/** Brings the days of a meter into the unit of its metric and adds them up. */
export function shapeSeries(usage: Usage, line: StatementLine): DailySeries {
  const kind = KINDS[usage.aggregation] ?? 'separate';
  const unitSize = line.unit_size ?? (usage.unit === line.unit ? ONE : null);
  const isInPricedUnits = unitSize !== null;
  const days = toDays(usage, kind, unitSize ?? ONE);
  return {
    kind,
    unit: isInPricedUnits ? line.unit : usage.unit,
    days,
    total: kind === 'sum' ? (days.findLast((day) => day.total !== null)?.total ?? ZERO) : null,
    included: isInPricedUnits && kind !== 'separate' && line.included.gt(ZERO) ? line.included : null,
    projected: isInPricedUnits && kind === 'sum' ? line.projected_used : null,
    isInPricedUnits,
  };
}

/** The first day on which most was used; null when nothing was. */
export function busiestDay({ days }: DailySeries): { readonly from: Date; readonly value: Decimal } | null {
  let busiest: { from: Date; value: Decimal } | null = null;
  for (const { from, value } of days) {
    if (value?.gt(busiest?.value ?? ZERO) === true) busiest = { from, value };
  }
  return busiest;
}

function toDays(usage: Usage, kind: SeriesKind, unitSize: Decimal): DayPoint[] {
  let total = ZERO;
  return usage.data.map(({ from, to, value: meterValue }): DayPoint => {
    const state = stateOf({ from, to }, usage.as_of);
    // What lies ahead is unknown, not zero; a late clock may still have filled it.
    const isEmpty = meterValue === null || (kind !== 'sum' && state === 'ahead') || (state === 'ahead' && meterValue.eq(ZERO));
    const value = isEmpty ? null : meterValue.div(unitSize);
    if (kind !== 'sum' || (state === 'ahead' && value === null)) return { from, to, state, value, total: null };
    total = total.plus(value ?? ZERO);
    return { from, to, state, value: value ?? ZERO, total };
  });
}

function stateOf(day: { readonly from: Date; readonly to: Date }, asOf: Date): DayPoint['state'] {
  if (day.from >= asOf) return 'ahead';
  return day.to <= asOf ? 'counted' : 'partial';
}
