import type { Window } from '@tallymark/date-window';
import { type StatementAmounts, formatDecimal, isCumulative } from '@tallymark/domain';
import { projectRunRateRounded } from '@tallymark/forecasting';
import type { Billable } from './billable.js';

/** Digits behind the point of a projection, which is an estimate. */
const PROJECTION_DIGITS = 6;

/** Usage expected by the end of the window for each metric that adds up over time, in priced units. */
export function projectStatement(billable: Billable, amounts: StatementAmounts, window: Window, now: Date): Map<string, string> {
  const projections = new Map<string, string>();
  for (const line of amounts.lines) {
    const meter = billable.meters.get(line.meterCode);
    // A recurring sum is a level, which no pace adds to.
    if (meter === undefined || meter.recurring || !isCumulative(meter.aggregation)) continue;
    projections.set(line.metric, formatDecimal(projectRunRateRounded({ used: line.used, window, now }, 'half_up', PROJECTION_DIGITS)));
  }
  return projections;
}
