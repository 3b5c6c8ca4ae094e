/** Daily values in order, and the weekday (0 Sunday … 6 Saturday) of the first. */
export interface DailySeries {
  readonly values: readonly number[];
  readonly firstWeekday: number;
}

/** How much of a usual day each weekday brings, Sunday first; their mean is 1. */
export type WeekdayFactors = readonly number[];

const DAYS_TO_LEARN_FROM = 70;
const FEWEST_DAYS = 14;
/** Weight of the assumption "all weekdays are alike", in weeks seen. */
const WEEKS_OF_DOUBT = 2;

/**
 * Each day over the mean of the seven days around it, the median of those ratios per weekday, pulled towards 1 while few weeks were seen.
 * Below 14 days, and where nothing was used, all factors are 1.
 */
export function weekdayFactors(series: DailySeries): WeekdayFactors {
  if (series.values.length < FEWEST_DAYS) return Array<number>(7).fill(1);
  const shrunk = ratiosByWeekday(series).map(
    (ratios) => (ratios.length * median(ratios) + WEEKS_OF_DOUBT) / (ratios.length + WEEKS_OF_DOUBT),
  );
  const mean = shrunk.reduce((sum, factor) => sum + factor, 0) / 7;
  return shrunk.map((factor) => factor / mean);
}

/** The weekday of the day at `index` of a series; the index may lie after its end. */
export function weekdayAt(series: DailySeries, index: number): number {
  return (series.firstWeekday + index) % 7;
}

function ratiosByWeekday(series: DailySeries): number[][] {
  const { values } = series;
  const ratios = Array.from({ length: 7 }, (): number[] => []);
  const first = Math.max(0, values.length - DAYS_TO_LEARN_FROM);
  for (let day = first + 3; day + 3 < values.length; day += 1) {
    const weekMean = values.slice(day - 3, day + 4).reduce((sum, value) => sum + value, 0) / 7;
    // A week that nets to nothing (or, after corrections, to less) says nothing about its shape.
    if (weekMean > 0) ratios[weekdayAt(series, day)]!.push(Math.max(0, values[day]! / weekMean));
  }
  return ratios;
}

/** The middle value, or the mean of the two middle ones; 1 for none, which is what "no shape known" means here. */
function median(values: readonly number[]): number {
  if (values.length === 0) return 1;
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)]!;
  const lower = sorted[Math.floor((sorted.length - 1) / 2)]!;
  return (lower + upper) / 2;
}
