import { type Decimal, decimalFromInteger, roundMoney } from '@tallymark/domain';
import type { Window } from '@tallymark/date-window';

/**
 * The share of an amount that falls to a part of a period, by elapsed time and in whole minor units.
 *
 * The amount accrued is rounded half up at either end of the part, and the share is what lies between. So the shares of parts that tile the whole
 * add up to the whole amount (rounded), and a part at the start gets exactly its own share rounded half up. A part that reaches beyond the
 * whole counts only inside it.
 */
export function prorate(amount: Decimal, part: Window, whole: Window, currency: string): Decimal {
  const accrued = (instantMs: number): Decimal => {
    const elapsedMs = Math.min(Math.max(instantMs - whole.fromMs, 0), whole.durationMs);
    return roundMoney(amount.times(decimalFromInteger(elapsedMs)).div(decimalFromInteger(whole.durationMs)), currency);
  };
  return accrued(part.toMs).minus(accrued(part.fromMs));
}
