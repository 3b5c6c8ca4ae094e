import { type Decimal, ZERO, maxDecimal } from '@tallymark/domain';
import type { Window } from '@tallymark/date-window';
import { prorate } from './prorate.js';

/** A spend that a customer has committed to, and what was charged towards it. Amounts in major currency units. */
export interface MinimumCommitment {
  /** For the whole period. */
  readonly minimumAmount: Decimal;
  readonly chargedAmount: Decimal;
  /** The part of the period that the subscription covers. */
  readonly part: Window;
  readonly whole: Window;
  readonly currency: string;
}

/** What is owed on top, so that a period comes to its minimum: the minimum prorated by the time covered, less what was charged; never negative. */
export function minimumTrueUp({ minimumAmount, chargedAmount, part, whole, currency }: MinimumCommitment): Decimal {
  return maxDecimal(prorate(minimumAmount, part, whole, currency).minus(chargedAmount), ZERO);
}
