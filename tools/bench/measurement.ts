/** A value with its unit. */
export interface Quantity {
  readonly value: number;
  /** Such as `events/s`, `ms`, `MB`. */
  readonly unit: string;
}

/** What a measurement must reach: its ratio to the rival, or its value. */
export type Bound =
  { readonly of: 'ratio' | 'value'; readonly atLeast: number } | { readonly of: 'ratio' | 'value'; readonly atMost: number };

/** One line of the table: what was measured, beside what it is compared with. */
export interface Measurement {
  /** The row, with what tells its lines apart: `ingest-batch`, `read: comet`. */
  readonly name: string;
  readonly measured: Quantity;
  /** Measured in the same run, in the same unit. */
  readonly rival: { readonly name: string; readonly value: number } | null;
  readonly bound: Bound | null;
  /** How it was measured, where that is not the same in every run. */
  readonly note?: string;
}

/** Measured by rival; null where there is no rival. */
export function ratioOf({ measured, rival }: Measurement): number | null {
  return rival === null ? null : measured.value / rival.value;
}

/** Whether the bound is reached, and if not, by which share of the bound it is missed. Null where there is no bound. */
export function judge(measurement: Measurement): { readonly isMet: boolean; readonly missedBy: number } | null {
  const { bound, measured } = measurement;
  if (bound === null) return null;
  const value = bound.of === 'ratio' ? ratioOf(measurement) : measured.value;
  if (value === null) throw new Error(`${measurement.name} is bound by a ratio; expected a rival`);
  const missedBy = 'atLeast' in bound ? (bound.atLeast - value) / bound.atLeast : (value - bound.atMost) / bound.atMost;
  return { isMet: missedBy <= 0, missedBy: Math.max(0, missedBy) };
}
