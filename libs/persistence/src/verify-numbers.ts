/** How the numbers that events bear are added up again. */
export interface NumberReading {
  /** Columns made of a column `v` of numbers. */
  readonly parts: (v: string) => string[];
  /** Aggregates over these. */
  readonly sums: (v: string) => string[];
  /** What the aggregates come to: `v_count`, `v_sum`, `v_min` and `v_max`, of whatever numeric type. */
  readonly totals: (v: string) => string[];
  /** When these, in a row `r`, are all there is to say; anything else goes the other way. */
  readonly isWhole: (v: string) => string;
}

/** What `event_value` makes of a JSON value, its bounds apart, at a third of the price: the function is left for strings that may be a number. */
export const numberOf = (v: string): string =>
  `CASE jsonb_typeof(${v}) WHEN 'number' THEN ${v}::numeric WHEN 'string' THEN event_value(${v}) END AS ${v}`;

const isSmall = (v: string): string => `scale(${v}) = 0 AND abs(${v}) < 2147483648`;

/**
 * Integers of four bytes, and how many numbers there are at all: they add up exactly, are half as many columns as decimals, and need no memory of their
 * own. A bucket with any other number is not whole.
 */
export const INTEGERS: NumberReading = {
  parts: (v) => [v, `CASE WHEN ${isSmall(v)} THEN ${v}::integer END AS ${v}_i`],
  sums: (v) => [`count(${v}) AS ${v}_all`, ...aggregatesOf(`${v}_i`)],
  totals: (v) => [`${v}_all, ${v}_icount AS ${v}_count, coalesce(${v}_isum, 0) AS ${v}_sum, ${v}_imin AS ${v}_min, ${v}_imax AS ${v}_max`],
  isWhole: (v) => `r.${v}_all = r.${v}_count`,
};

/** All numbers: integers of four bytes apart from all others, which are held to the bounds of `event_value`. */
export const DECIMALS: NumberReading = {
  parts: (v) => [
    `CASE WHEN ${isSmall(v)} THEN ${v}::integer END AS ${v}_i`,
    `CASE WHEN ${isSmall(v)} THEN NULL WHEN abs(${v}) < 1e30 AND scale(${v}) <= 130 THEN trim_scale(${v}) END AS ${v}_d`,
  ],
  sums: (v) => [`${v}_i`, `${v}_d`].flatMap(aggregatesOf),
  totals: (v) => [
    `${v}_icount + ${v}_dcount AS ${v}_count, coalesce(${v}_isum, 0)::numeric + coalesce(${v}_dsum, 0) AS ${v}_sum`,
    `least(${v}_imin::numeric, ${v}_dmin) AS ${v}_min, greatest(${v}_imax::numeric, ${v}_dmax) AS ${v}_max`,
  ],
  isWhole: () => 'true',
};

function aggregatesOf(column: string): string[] {
  return ['count', 'sum', 'min', 'max'].map((aggregate) => `${aggregate}(${column}) AS ${column}${aggregate}`);
}
