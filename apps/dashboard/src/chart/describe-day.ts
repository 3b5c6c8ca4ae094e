import type { DailySeries, DayPoint } from '../figures/daily-series.js';
import { percentageOf } from '../figures/bar-layout.js';
import type { Formats } from '../figures/formats.js';

/** What is to say about a day, in parts that are shown side by side and read out in a row. */
export interface DayDescription {
  readonly day: string;
  readonly value: string;
  readonly total: string | null;
}

/** Describes a day in words and exact numbers. */
export function describeDay(day: DayPoint, series: DailySeries, formats: Formats): DayDescription {
  const name = formats.day(day.from);
  if (day.state === 'ahead' && day.value === null) return { day: name, value: 'not counted yet', total: null };
  const value = day.value === null ? 'no value' : `${formats.exact(day.value)} ${series.unit}`;
  return { day: day.state === 'partial' ? `${name}, so far` : name, value, total: describeTotal(day, series, formats) };
}

function describeTotal(day: DayPoint, series: DailySeries, formats: Formats): string | null {
  const compared = series.kind === 'sum' ? day.total : day.value;
  const percentage = compared === null || series.included === null ? null : percentageOf(compared, series.included);
  const share = percentage === null ? null : `${formats.percent(percentage)} of included`;
  if (series.kind !== 'sum' || day.total === null) return share;
  return [`${formats.exact(day.total)} in total`, share].filter((part) => part !== null).join(', ');
}
