import { type Decimal, ZERO, decimal } from '@tallymark/domain';

/** The part of a statement's line that levels speak of. */
export interface LeveledLine {
  readonly name: string;
  readonly included: Decimal;
  readonly overage: Decimal;
  readonly percentage: Decimal;
}

/** How near usage has come to what is included; the billing usage contract's own traffic light. */
export type UsageLevel = 'green' | 'yellow' | 'red';

const YELLOW_ABOVE = decimal('75');
const RED_ABOVE = decimal('90');

/** Red above 90 %, yellow above 75 %, else green. Exactly 75 and 90 still belong to the calmer side. @param percentage used of included */
export function usageLevel(percentage: Decimal): UsageLevel {
  if (percentage.gt(RED_ABOVE)) return 'red';
  return percentage.gt(YELLOW_ABOVE) ? 'yellow' : 'green';
}

/** A level in words, since colour alone tells nothing to many. */
export function describeUsage(line: Pick<LeveledLine, 'included' | 'overage' | 'percentage'>): string {
  if (line.overage.gt(ZERO)) return line.included.eq(ZERO) ? 'Paid per unit' : 'Over included';
  const words: Readonly<Record<UsageLevel, string>> = { green: 'Within plan', yellow: 'Getting close', red: 'Near limit' };
  return words[usageLevel(line.percentage)];
}

/** Where a customer stands, in a sentence or two: what is over, what is near, or that all is well. Names may be singular or plural, so no verb follows them. */
export function describeStanding(lines: readonly LeveledLine[], join: (names: readonly string[]) => string): string {
  const withIncluded = lines.filter((line) => line.included.gt(ZERO));
  const over = withIncluded.filter((line) => line.overage.gt(ZERO)).map(({ name }) => name);
  const near = withIncluded.filter((line) => line.overage.eq(ZERO) && usageLevel(line.percentage) === 'red').map(({ name }) => name);
  const sentences = [
    over.length === 0 ? null : `Over what your plan includes: ${join(over)}.`,
    near.length === 0 ? null : `Near the limit: ${join(near)}.`,
  ].filter((sentence) => sentence !== null);
  return sentences.length === 0 ? 'Nothing is over what your plan includes.' : sentences.join(' ');
}
