import type { Window } from '@tallymark/date-window';
import { type Decimal, decimalFromInteger, divideRounded, roundDecimal } from '@tallymark/domain';

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
export function projectRunRate(input: RunRateInput): Decimal {
  const parts = runRateParts(input);
  return parts === null ? input.used : parts.dividend.div(parts.divisor);
}

/**
 * {@link projectRunRate}, rounded once, in a fraction of its time. To whole units `half_up` for the billing usage contract, `down` for X/Gnip, whose published
 * samples fit nothing else.
 *
 * @param fractionDigits 0 to 40
 */
export function projectRunRateRounded(input: RunRateInput, rounding: 'half_up' | 'down', fractionDigits = 0): Decimal {
  const parts = runRateParts(input);
  return parts === null
    ? roundDecimal(input.used, fractionDigits, rounding)
    : divideRounded(parts.dividend, parts.divisor, fractionDigits, rounding);
}

/** Null before the window, at its first instant and from its end on. */
function runRateParts({ used, window, now }: RunRateInput): { readonly dividend: Decimal; readonly divisor: Decimal } | null {
  const nowMs = now.getTime();
  if (Number.isNaN(nowMs)) throw new RangeError('projectRunRate received an invalid date as now; expected an instant');
  if (nowMs <= window.fromMs || nowMs >= window.toMs) return null;
  return { dividend: used.times(decimalFromInteger(window.durationMs)), divisor: decimalFromInteger(nowMs - window.fromMs) };
}
