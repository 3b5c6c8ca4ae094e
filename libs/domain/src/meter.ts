import { type Decimal, roundDecimal } from './decimal.js';

/** How a meter turns the events of a window into one number. */
export const AGGREGATIONS = ['count', 'sum', 'min', 'max', 'avg', 'unique_count', 'latest', 'time_weighted_sum'] as const;
/**
 * See {@link AGGREGATIONS}. `latest` is a gauge: the value stands until the next event. `time_weighted_sum` adds events up to a level (seats added
 * and removed, gigabytes stored and deleted) and weighs the level by how long it stood.
 */
export type Aggregation = (typeof AGGREGATIONS)[number];

/** What a time-weighted level is counted in: level × hours, × days of 24 hours, or × the share of the billing period (of the window, where there is none). */
export const TIME_UNITS = ['hour', 'day', 'period'] as const;
export type TimeUnit = (typeof TIME_UNITS)[number];

/** How the aggregate of a window is rounded before it is shown and priced: `round` is half up, `ceil` and `floor` go towards +∞ and −∞. */
export const METER_ROUNDING_FUNCTIONS = ['round', 'ceil', 'floor'] as const;
export interface MeterRounding {
  readonly function: (typeof METER_ROUNDING_FUNCTIONS)[number];
  /** Digits kept behind the point, −15 to 15; −2 rounds to hundreds. */
  readonly precision: number;
}

/** An event passes when the value at `property` (a JSONPath such as `$.region`) is, as text, one of `in`. */
export interface MeterFilter {
  readonly property: string;
  readonly in: readonly string[];
}

/** Event type + aggregation + field + filters + group-by. */
export interface Meter {
  readonly id: string;
  readonly organizationId: string;
  /** Unique in its organization: `^[a-z0-9]+(_[a-z0-9]+)*$`, at most 64 characters. */
  readonly code: string;
  readonly name: string;
  /** What one unit of its value is, such as `requests`, `tokens`, `bytes`. */
  readonly unit: string;
  readonly eventType: string;
  readonly aggregation: Aggregation;
  /** JSONPath to the value in the event's `data`; null for `count` alone. */
  readonly valueProperty: string | null;
  readonly filters: readonly MeterFilter[];
  /** Dimension name → JSONPath. Usage is kept apart per combination of values. */
  readonly groupBy: Readonly<Record<string, string>>;
  /** A recurring meter's value carries over into the next billing period; a metered one starts at zero. Of counts, minimums, maximums and averages none is recurring. */
  readonly recurring: boolean;
  /** `unique_count` alone: JSONPath to `add` (as when absent) or `remove`; a value whose latest operation is `remove` is not counted. */
  readonly operationProperty: string | null;
  /** JSONPath to the amount in major currency units that an event bears itself, for charges with a `dynamic` price. */
  readonly amountProperty: string | null;
  /** `time_weighted_sum` alone, null otherwise. */
  readonly timeUnit: TimeUnit | null;
  readonly rounding: MeterRounding | null;
}

/** Whether usage adds up over time, so that a run rate makes sense for it; gauges and extremes do not. */
export function isCumulative(aggregation: Aggregation): boolean {
  return aggregation === 'count' || aggregation === 'sum';
}

/** Whether a meter of this aggregation may be recurring: whether what was before a window counts in it. */
export function mayRecur(aggregation: Aggregation): boolean {
  return aggregation === 'sum' || aggregation === 'unique_count' || aggregation === 'latest' || aggregation === 'time_weighted_sum';
}

/** The aggregate of a window, rounded as its meter says; as it is where the meter says nothing. */
export function roundAggregate(value: Decimal, rounding: MeterRounding | null): Decimal {
  if (rounding === null) return value;
  const towardsZero = value.s < 0 ? 'ceil' : 'floor';
  const mode = rounding.function === 'round' ? 'half_up' : rounding.function === towardsZero ? 'down' : 'up';
  return roundDecimal(value, rounding.precision, mode);
}

/** A JSONPath of the form we read: `$.name` or `$.outer.inner`, names of letters, digits, `_` and `-`. */
const JSON_PATH = /^\$(?:\.[A-Za-z_][A-Za-z0-9_-]*)+$/;

/** The member names along a JSONPath: `$.usage.tokens` → `['usage', 'tokens']`. @throws RangeError that quotes a path of another form. */
export function jsonPathMembers(path: string): string[] {
  if (!JSON_PATH.test(path)) throw new RangeError(`not a JSONPath of the form $.name or $.outer.inner: ${JSON.stringify(path)}`);
  return path.slice(2).split('.');
}

/** Whether text is a JSONPath that {@link jsonPathMembers} reads. */
export function isJsonPath(path: string): boolean {
  return JSON_PATH.test(path);
}
