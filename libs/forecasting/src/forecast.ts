import type { Decimal } from '@tallymark/domain';

/** How a projection was made, in one sentence each. */
export const FORECAST_METHODS = {
  weekday_ses: 'the level of the last weeks times the weekdays left, plus what is used',
  run_rate: 'too few days for more: usage so far, spread evenly over the period',
  past_curve: 'distinct values so far, over the share that earlier periods had seen by the same point',
  value_so_far: 'a value that does not grow with time: it is projected to stay',
  insufficient_data: 'not enough data for any projection',
} as const satisfies Record<string, string>;

/** See {@link FORECAST_METHODS}. */
export type ForecastMethod = keyof typeof FORECAST_METHODS;

/** Both ends in the meter's units; the lower end is never below what is already used. */
export interface UsageInterval {
  readonly lower: Decimal;
  readonly upper: Decimal;
}

/** A projection and how far it may be off. Null where none can be given. */
export interface ForecastQuantiles {
  /** The middle: as likely too high as too low. */
  readonly projected: Decimal | null;
  /** Should hold the true value 8 times out of 10. */
  readonly interval80: UsageInterval | null;
  /** Should hold it 19 times out of 20; the backtest says how close that comes. */
  readonly interval95: UsageInterval | null;
}

/** Whether and when usage passes the included amount. Dates are local days of the customer, null where not within the period. */
export interface Crossing {
  /** 0 to 1: P(usage at the period's end > included). 1 when it is passed already. */
  readonly probability: number;
  readonly alreadyCrossed: boolean;
  /** The first day by whose end it is as likely passed as not. */
  readonly likelyDay: string | null;
  /** The first days by whose end it is passed with probability 0.1 and 0.9: between them it happens 8 times out of 10. */
  readonly earliestDay: string | null;
  readonly latestDay: string | null;
}

/** Usage expected at a period's end. */
export interface Forecast extends ForecastQuantiles {
  readonly method: ForecastMethod;
  /** Null without an included amount to cross, or without an interval. */
  readonly crossing: Crossing | null;
  /** Complete days the forecast was given; a fit uses the last 90 of them. */
  readonly historyDays: number;
  /** The `now` it was made at. */
  readonly asOf: Date;
}
