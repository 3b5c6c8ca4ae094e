import type { Decimal } from '@tallymark/domain';

/** How one page writes numbers and times: the reader's locale, the customer's time zone, the plan's currency. */
export interface Formats {
  /** For reading: at most three decimals, more only where nothing else would be left of the number. */
  readonly quantity: (value: Decimal) => string;
  /** Every digit that counts. */
  readonly exact: (value: Decimal) => string;
  /** For axes: `12K`. */
  readonly compact: (value: number) => string;
  /** `122.46` → `122.46%`. */
  readonly percent: (value: Decimal) => string;
  /** In the currency's minor unit. */
  readonly money: (value: Decimal) => string;
  /** A price per unit, which may be a fraction of a cent. */
  readonly price: (value: Decimal) => string;
  readonly clock: (instant: Date) => string;
  readonly moment: (instant: Date) => string;
  readonly day: (instant: Date) => string;
  readonly dayOfMonth: (instant: Date) => string;
  readonly dayAndMonth: (instant: Date) => string;
  /** First and last day of a half-open period. */
  readonly period: (from: Date, to: Date) => string;
  /** `a, b, and c`, in the language of the page. */
  readonly list: (names: readonly string[]) => string;
  readonly isWeekend: (instant: Date) => boolean;
  readonly timeZone: string;
}

/** More decimals than a number can have that divides exactly, so that none is lost. */
const ALL_DIGITS = 20;

/** @param locale BCP 47, such as `en-GB` @param timeZone IANA @param currency ISO 4217 */
export function createFormats({ locale, timeZone, currency }: { locale: string; timeZone: string; currency: string }): Formats {
  const numbers = (options: Intl.NumberFormatOptions) => {
    const format = new Intl.NumberFormat(locale, options);
    return (value: Decimal) => format.format(numeric(value));
  };
  const times = (options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(locale, { timeZone, ...options });
  const rounded = numbers({ maximumFractionDigits: 3 });
  const tiny = numbers({ maximumSignificantDigits: 3 });
  const compact = new Intl.NumberFormat(locale, { notation: 'compact', maximumSignificantDigits: 3 });
  const clock = times({ hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });
  const moment = times({
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  const day = times({ weekday: 'short', day: 'numeric', month: 'short' });
  const dayOfMonth = times({ day: 'numeric' });
  const dayAndMonth = times({ day: 'numeric', month: 'short' });
  const days = times({ day: 'numeric', month: 'long', year: 'numeric' });
  const list = new Intl.ListFormat('en', { type: 'conjunction' });
  const weekday = new Intl.DateTimeFormat('en', { timeZone, weekday: 'short' });
  return {
    quantity: (value) => (value.eq('0') || value.abs().gte('0.001') ? rounded(value) : tiny(value)),
    exact: numbers({ maximumFractionDigits: ALL_DIGITS }),
    compact: (value) => compact.format(value),
    percent: numbers({ style: 'unit', unit: 'percent', maximumFractionDigits: 2 }),
    money: numbers({ style: 'currency', currency }),
    price: numbers({ style: 'currency', currency, maximumFractionDigits: ALL_DIGITS }),
    clock: (instant) => clock.format(instant),
    moment: (instant) => moment.format(instant),
    day: (instant) => day.format(instant),
    dayOfMonth: (instant) => dayOfMonth.format(instant),
    dayAndMonth: (instant) => dayAndMonth.format(instant),
    period: (from, to) => days.formatRange(from, new Date(to.getTime() - 1)),
    list: (names) => list.format(names),
    isWeekend: (instant) => ['Sat', 'Sun'].includes(weekday.format(instant)),
    timeZone,
  };
}

/** Intl takes decimal text exactly, where a JavaScript number would round it. */
function numeric(value: Decimal): Intl.StringNumericLiteral {
  return value.toFixed() as Intl.StringNumericLiteral;
}
