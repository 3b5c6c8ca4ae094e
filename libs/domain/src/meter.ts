/** How a meter turns the events of a window into one number. */
export const AGGREGATIONS = ['count', 'sum', 'min', 'max', 'avg', 'unique_count', 'latest', 'time_weighted_sum'] as const;
/** See {@link AGGREGATIONS}. `latest` and `time_weighted_sum` are gauges: the value stands until the next event. */
export type Aggregation = (typeof AGGREGATIONS)[number];

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
  /** A recurring meter's value carries over into the next billing period; a metered one starts at zero. */
  readonly recurring: boolean;
}

/** Whether usage adds up over time, so that a run rate makes sense for it; gauges and extremes do not. */
export function isCumulative(aggregation: Aggregation): boolean {
  return aggregation === 'count' || aggregation === 'sum';
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
