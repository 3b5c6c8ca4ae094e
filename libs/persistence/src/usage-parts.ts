import { Window } from '@tallymark/date-window';
import { ZERO, decimal, formatDecimal, maxDecimal, minDecimal } from '@tallymark/domain';
import { type AggregateRecord, aggregateOf } from './aggregate.js';
import type { AccumulatedUsage, UsageSeriesRequest } from './usage-series.js';
import { carries } from './usage-scans.js';

/** What one part of a series, between two bounds, has by itself; part 0 is what was before the first bound. */
export interface PartRecord extends Omit<AggregateRecord, 'distinct_count'> {
  readonly no: number;
  readonly part: number;
  readonly amount: string | null;
  /** Distinct values that the part adds, less those that it takes out. */
  readonly new_values: string;
}

const NOTHING: AggregateRecord = {
  event_count: '0',
  value_count: '0',
  sum: '0',
  min: null,
  max: null,
  latest: null,
  weighted: '0',
  distinct_count: '0',
};

/** The usage at each bound but the first, from the parts between them. */
export function accumulateParts(
  { meter, bounds, whole }: UsageSeriesRequest,
  parts: readonly (PartRecord | undefined)[],
): AccumulatedUsage[] {
  const [before, ...within] = parts;
  const first = bounds[0]!;
  let running = before && carries(meter) ? levelBefore(before, first) : NOTHING;
  let amount = ZERO;
  let answer: AccumulatedUsage | null = null;
  return within.map((part, index) => {
    if (part !== undefined) {
      running = addRecord(running, part);
      amount = amount.plus(decimal(part.amount ?? '0'));
      answer = null;
    }
    // A level that nothing changes still goes on by time.
    if (answer === null || meter.aggregation === 'time_weighted_sum') {
      const window = Window.of(first, bounds[index + 1]!);
      answer = {
        value: aggregateOf(meter, running, { window, whole: whole ?? window }) ?? ZERO,
        eventCount: decimal(running.event_count),
        amount,
      };
    }
    return answer;
  });
}

/** What was before counts as made at the first bound, and its events are no events of the series. */
function levelBefore(before: PartRecord, first: Date): AggregateRecord {
  const sinceEpoch = decimal(String(first.getTime())).times(decimal('0.001'));
  return {
    ...before,
    event_count: '0',
    weighted: formatDecimal(decimal(before.sum).times(sinceEpoch)),
    distinct_count: before.new_values,
  };
}

function addRecord(before: AggregateRecord, part: PartRecord): AggregateRecord {
  return {
    event_count: addText(before.event_count, part.event_count),
    value_count: addText(before.value_count, part.value_count),
    sum: addText(before.sum, part.sum),
    min: either(before.min, part.min, minDecimal),
    max: either(before.max, part.max, maxDecimal),
    latest: part.latest ?? before.latest,
    weighted: addText(before.weighted ?? '0', part.weighted ?? '0'),
    distinct_count: addText(before.distinct_count, part.new_values),
  };
}

function addText(a: string, b: string): string {
  return formatDecimal(decimal(a).plus(decimal(b)));
}

function either(before: string | null, after: string | null, choose: typeof maxDecimal): string | null {
  if (before === null || after === null) return before ?? after;
  return formatDecimal(choose(decimal(before), decimal(after)));
}
