import type { Window } from '@tallymark/date-window';
import type { Decimal } from '@tallymark/domain';
import { fromEstimate, toEstimate } from './estimate.js';

/** An earlier period of the same meter: distinct values so far at the end of each of its days, the last entry being the final count. */
export type DistinctCurve = readonly Decimal[];

/**
 * Distinct values expected at the end: those so far over the share of its final count that an earlier period had at the same point, the
 * median of all earlier periods. Extending them in a straight line would count every known value again. Null without a period to compare with.
 */
export function projectDistinct({
  used,
  curves,
  window,
  now,
}: {
  used: Decimal;
  curves: readonly DistinctCurve[];
  window: Window;
  now: Date;
}): Decimal | null {
  const elapsed = Math.min(1, Math.max(0, (now.getTime() - window.fromMs) / window.durationMs));
  if (elapsed === 1) return used;
  const shares = curves.map((curve) => shareAt(curve.map(toEstimate), elapsed)).filter((share) => share > 0);
  if (shares.length === 0) return null;
  shares.sort((a, b) => a - b);
  const share = (shares[Math.floor(shares.length / 2)]! + shares[Math.floor((shares.length - 1) / 2)]!) / 2;
  return used.plus(fromEstimate(toEstimate(used) * Math.max(0, 1 / share - 1)));
}

/** Share of the final count at a point of the period (0 to 1), in a straight line between the ends of days; 0 when the curve has none. */
function shareAt(curve: readonly number[], elapsed: number): number {
  const final = curve.at(-1) ?? 0;
  if (final <= 0) return 0;
  const position = elapsed * curve.length;
  const day = Math.min(curve.length - 1, Math.floor(position));
  const before = day === 0 ? 0 : curve[day - 1]!;
  return (before + (curve[day]! - before) * (position - day)) / final;
}
