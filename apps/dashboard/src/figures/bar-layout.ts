import { type Decimal, ZERO, decimal, roundDecimal } from '@tallymark/domain';

/** Where the parts of a usage bar lie, in percent of its length. */
export interface BarLayout {
  /** Length of the part that is included. */
  readonly included: number;
  /** Length of the part beyond, which follows on. */
  readonly overage: number;
  /** Where what is included ends; null when that is the bar's end, or nothing is included. */
  readonly limit: number | null;
  /** Where usage is expected to stand by the end of the period; null: not projected, or no room for it between limit and end. */
  readonly projected: number | null;
  /** The projection lies beyond the bar's end. */
  readonly isProjectedBeyond: boolean;
}

const HUNDRED = decimal('100');
/** A projection may stretch the bar, but not so far that what is used today shrinks to nothing. */
const LARGEST_STRETCH_PERCENT = 200;

/** A part as a percentage of the whole, rounded half up to two decimals as the statement's own percentages are; null of nothing. */
export function percentageOf(part: Decimal, whole: Decimal): Decimal | null {
  return whole.eq(ZERO) ? null : roundDecimal(part.times(HUNDRED).div(whole), 2, 'half_up');
}

/** Lays out a bar. Up to 100 % its length is what is included; beyond, what is used, and the limit becomes a mark inside. */
export function layOutBar(line: {
  readonly included: Decimal;
  readonly used: Decimal;
  readonly overage: Decimal;
  readonly projected_used: Decimal | null;
}): BarLayout {
  if (line.included.eq(ZERO)) {
    return { included: 0, overage: line.used.gt(ZERO) ? 100 : 0, limit: null, projected: null, isProjectedBeyond: false };
  }
  const used = percentNumber(line.used, line.included);
  const projected = line.projected_used === null ? null : percentNumber(line.projected_used, line.included);
  const stretch = Math.max(LARGEST_STRETCH_PERCENT, used * 1.25);
  const length = Math.max(100, used, Math.min(projected ?? 0, stretch));
  const at = (percent: number): number => (percent / length) * 100;
  return {
    included: at(Math.min(used, 100)),
    overage: at(Math.max(used - 100, 0)),
    limit: length > 100 ? at(100) : null,
    projected: projected === null ? null : at(Math.min(projected, length)),
    isProjectedBeyond: projected !== null && projected > length,
  };
}

/** For drawing, where a binary number is exact enough. Usage below zero, after corrections, has no length. */
function percentNumber(part: Decimal, whole: Decimal): number {
  return Math.max(0, Number(part.times(HUNDRED).div(whole).toFixed(6)));
}
