/** Probability that a limit is passed by the end of a local day. */
export interface DayChance {
  readonly date: string;
  readonly probability: number;
}

/**
 * The distribution of what still comes on top of the usage so far. All amounts are extra usage, at least 0.
 * Statistics run on binary numbers: these are estimates, and far less certain than a double is exact.
 */
export interface Outlook {
  readonly median: number;
  /** The extra usage between which the truth lies with this probability. */
  interval(coverage: number): { readonly lower: number; readonly upper: number };
  /** For each day ahead, the probability that the extra usage passes `headroom` by its end; it never falls from day to day. */
  chancesAbove(headroom: number): readonly DayChance[];
}
