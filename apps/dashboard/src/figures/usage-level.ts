import { type Decimal, ZERO, decimal } from '@tallymark/domain';

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
export function describeUsage(line: { readonly included: Decimal; readonly overage: Decimal; readonly percentage: Decimal }): string {
  if (line.overage.gt(ZERO)) return line.included.eq(ZERO) ? 'Paid per unit' : 'Over included';
  const words: Readonly<Record<UsageLevel, string>> = { green: 'Within plan', yellow: 'Getting close', red: 'Near limit' };
  return words[usageLevel(line.percentage)];
}
