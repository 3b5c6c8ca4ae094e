import { scaleBand, scaleLinear } from 'd3-scale';
import type { Decimal } from '@tallymark/domain';
import type { DailySeries, DayPoint } from '../figures/daily-series.js';

/** A drawn area with its own vertical axis. All lengths are in CSS pixels, from the chart's top left. */
export interface Panel {
  readonly top: number;
  readonly bottom: number;
  readonly ticks: readonly { readonly y: number; readonly value: number }[];
  /** Where what is included lies; null where it has no place in this panel. */
  readonly limitY: number | null;
}

export interface Bar {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly state: DayPoint['state'];
}

/** The running total: a line, the area under it, and where it is expected to end. */
export interface RunningPanel extends Panel {
  readonly points: readonly { readonly x: number; readonly y: number }[];
  readonly line: string;
  readonly area: string;
  readonly projection: { readonly x: number; readonly y: number } | null;
}

/** Everything a chart consists of, ready to be drawn. */
export interface ChartLayout {
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly right: number;
  /** Of each day: where its column begins, and its middle. */
  readonly columns: readonly { readonly x: number; readonly middle: number }[];
  readonly columnWidth: number;
  readonly running: RunningPanel | null;
  readonly daily: Panel & { readonly bars: readonly Bar[] };
  /** Index of the days that bear a label. */
  readonly labelled: readonly number[];
}

const MARGIN = { top: 24, right: 14, bottom: 26, left: 52 };
const RUNNING_HEIGHT = 190;
const DAILY_HEIGHT = 92;
const LEVEL_HEIGHT = 240;
const GAP = 46;
const LABEL_WIDTH = 46;
const LABEL_STEPS = [1, 2, 5, 7, 10, 14, 28, 61, 92];
const SMALLEST_BAR = 1.5;

/** Lays out a series on a given width. Decimals become binary numbers here, for drawing alone. */
export function layOutChart(series: DailySeries, width: number): ChartLayout {
  const left = MARGIN.left;
  const right = Math.max(left + 1, width - MARGIN.right);
  const band = scaleBand<number>()
    .domain(series.days.map((_, index) => index))
    .range([left, right])
    .paddingInner(0.28)
    .paddingOuter(0.14);
  const columns = series.days.map((_, index) => ({ x: band(index) ?? left, middle: (band(index) ?? left) + band.bandwidth() / 2 }));
  const running = series.kind === 'sum' ? layOutRunning(series, columns, left) : null;
  const top = running === null ? MARGIN.top : running.bottom + GAP;
  const daily = layOutDaily(series, {
    columns,
    columnWidth: band.bandwidth(),
    top,
    bottom: top + (running === null ? LEVEL_HEIGHT : DAILY_HEIGHT),
  });
  return {
    width,
    height: daily.bottom + MARGIN.bottom,
    left,
    right,
    columns,
    columnWidth: band.bandwidth(),
    running,
    daily,
    labelled: chooseLabels(series.days.length, band.step()),
  };
}

/** The height of a chart of this kind, which a placeholder takes up beforehand. */
export function chartHeight(kind: DailySeries['kind']): number {
  const inner = kind === 'sum' ? RUNNING_HEIGHT + GAP + DAILY_HEIGHT : LEVEL_HEIGHT;
  return MARGIN.top + inner + MARGIN.bottom;
}

type Columns = ChartLayout['columns'];

function layOutRunning(series: DailySeries, columns: Columns, left: number): RunningPanel {
  const totals = series.days.flatMap(({ total }, index) => (total === null ? [] : [{ x: columns[index]!.middle, value: toNumber(total) }]));
  const projected = series.projected === null ? null : toNumber(series.projected);
  const panel = makePanel({
    values: [
      ...totals.map(({ value }) => value),
      ...[series.included, series.projected].flatMap((value) => (value === null ? [] : [toNumber(value)])),
    ],
    top: MARGIN.top,
    bottom: MARGIN.top + RUNNING_HEIGHT,
    tickCount: 5,
  });
  const points = totals.map(({ x, value }) => ({ x, y: panel.y(value) }));
  const start = { x: left, y: panel.y(0) };
  const line = pathOf([start, ...points]);
  const lastColumn = columns.at(-1);
  const isOpen = points.length < columns.length || series.days.at(-1)?.state === 'partial';
  return {
    ...panel.drawn,
    limitY: series.included === null ? null : panel.y(toNumber(series.included)),
    points,
    line,
    area: `${line}L${px(points.at(-1)?.x ?? left)},${px(start.y)}Z`,
    projection: projected === null || lastColumn === undefined || !isOpen ? null : { x: lastColumn.middle, y: panel.y(projected) },
  };
}

function layOutDaily(
  series: DailySeries,
  place: { readonly columns: Columns; readonly columnWidth: number; readonly top: number; readonly bottom: number },
): ChartLayout['daily'] {
  const limit = series.kind === 'level' && series.included !== null ? toNumber(series.included) : null;
  const values = series.days.flatMap(({ value }) => (value === null ? [] : [toNumber(value)]));
  const panel = makePanel({ ...place, values: limit === null ? values : [...values, limit], tickCount: series.kind === 'sum' ? 3 : 5 });
  const bars = series.days.flatMap(({ value, state }, index): Bar[] => {
    if (value === null || toNumber(value) === 0) return [];
    const end = panel.y(toNumber(value));
    const height = Math.max(SMALLEST_BAR, Math.abs(panel.y(0) - end));
    return [
      { x: place.columns[index]!.x, y: toNumber(value) < 0 ? panel.y(0) : panel.y(0) - height, width: place.columnWidth, height, state },
    ];
  });
  return { ...panel.drawn, limitY: limit === null ? null : panel.y(limit), bars };
}

function makePanel(of: { readonly values: readonly number[]; readonly top: number; readonly bottom: number; readonly tickCount: number }) {
  const lowest = Math.min(0, ...of.values);
  const highest = Math.max(0, ...of.values);
  const y = scaleLinear()
    .domain([lowest, highest === lowest ? lowest + 1 : highest])
    .nice(of.tickCount)
    .range([of.bottom, of.top]);
  return { y, drawn: { top: of.top, bottom: of.bottom, ticks: y.ticks(of.tickCount).map((value) => ({ y: y(value), value })) } };
}

/** Every first, second, fifth, … day, so that labels keep clear of each other. */
function chooseLabels(count: number, columnStep: number): number[] {
  const step = LABEL_STEPS.find((candidate) => candidate * columnStep >= LABEL_WIDTH) ?? Math.ceil(LABEL_WIDTH / columnStep);
  return Array.from({ length: Math.ceil(count / step) }, (_, index) => index * step);
}

function pathOf(points: readonly { readonly x: number; readonly y: number }[]): string {
  return points.map(({ x, y }, index) => `${index === 0 ? 'M' : 'L'}${px(x)},${px(y)}`).join('');
}

function px(length: number): string {
  return length.toFixed(2);
}

function toNumber(value: Decimal): number {
  return Number(value.toFixed());
}
