import type { Window } from '@tallymark/date-window';
import { type Decimal, decimalFromInteger, roundDecimal } from '@tallymark/domain';

/** What a run rate needs to know. */
export interface RunRateInput {
  /** Usage in the window up to `now`; must add up over time (a count or a sum). */
  readonly used: Decimal;
  /** The whole period. */
  readonly window: Window;
  readonly now: Date;
}

/**
 * Usage at the window's end if it goes on as it went so far: `used × whole time / elapsed time`, in milliseconds.
 * Before the window, at its first instant and from its end on it is what is used.
 *
 * It multiplies before it divides, so the one inexact step is the quotient, at 40 fraction digits; the caller rounds it by a named rule,
 * or takes {@link projectRunRateRounded}. Half of a 30-day month gone with 100 used → 200.
 *
 * @throws RangeError when `now` is an invalid date.
 */
export function projectRunRate({ used, window, now }: RunRateInput): Decimal {
  const nowMs = now.getTime();
  if (Number.isNaN(nowMs)) throw new RangeError('projectRunRate received an invalid date as now; expected an instant');
  if (nowMs <= window.fromMs || nowMs >= window.toMs) return used;
  return used.times(decimalFromInteger(window.durationMs)).div(decimalFromInteger(nowMs - window.fromMs));
}

/** {@link projectRunRate} in whole units: `half_up` for the billing usage contract, `down` for X/Gnip, whose published samples fit nothing else. */
export function projectRunRateRounded(input: RunRateInput, rounding: 'half_up' | 'down'): Decimal {
  return roundDecimal(projectRunRate(input), 0, rounding);
}
