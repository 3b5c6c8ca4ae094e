import Big from 'big.js';

/**
 * An exact decimal number: quantities and money are never binary floats.
 *
 * Addition, subtraction and multiplication are exact at any size. Division is the one operation that can't be:
 * use {@link divideExact} where the quotient must be exact, or `.div` followed by a named rounding where it need not.
 * The constructor is a private copy of big.js in strict mode, so a JavaScript `number` is refused at run time.
 */
export const Decimal = createDecimal();
/** An exact decimal value. See the constructor of the same name. */
export type Decimal = Big;

/** How {@link roundDecimal} treats what is cut off. Money rounds `half_up`; a projection in whole units `half_up`; X/Gnip's projection `down`. */
export type RoundingMode = 'half_up' | 'half_even' | 'up' | 'down';

const ROUNDING: Readonly<Record<RoundingMode, 0 | 1 | 2 | 3>> = { down: 0, half_up: 1, half_even: 2, up: 3 };
const PLAIN_DECIMAL = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d{1,3})?$/;

function createDecimal(): Big.BigConstructor {
  const constructor = Big();
  constructor.strict = true;
  constructor.DP = 40;
  // Plain notation at every size: an exponent on the wire would break a contract's number format.
  constructor.NE = -1e6;
  constructor.PE = 1e6;
  return constructor;
}

/**
 * Parses decimal text such as `12`, `-0.5`, `1.25e-3`. Digits are ASCII; no sign `+`, no spaces, no separators, no NaN or Infinity.
 *
 * @throws RangeError that quotes the text when it is not a decimal number, or its exponent has more than three digits.
 */
export function decimal(text: string): Decimal {
  if (!PLAIN_DECIMAL.test(text))
    throw new RangeError(`not a decimal number: ${JSON.stringify(text)}; expected digits such as "12" or "0.005"`);
  return new Decimal(text);
}

/** The decimal value of a safe integer, for counts that JavaScript already holds exactly. @throws RangeError when it is not a safe integer. */
export function decimalFromInteger(value: number): Decimal {
  if (!Number.isSafeInteger(value)) throw new RangeError(`not a safe integer: ${value}`);
  return new Decimal(String(value));
}

/** Whether text is a decimal number that {@link decimal} accepts. */
export function isDecimal(text: string): boolean {
  return PLAIN_DECIMAL.test(text);
}

export const ZERO: Decimal = new Decimal('0');

/** Plain text without exponent or trailing zeros of its own making: `decimal('1.50')` → `"1.5"`. */
export function formatDecimal(value: Decimal): string {
  return value.toFixed();
}

/** Rounds to `fractionDigits` decimals (at most 40) by the named rule; below zero to tens, hundreds and so on. */
export function roundDecimal(value: Decimal, fractionDigits: number, mode: RoundingMode): Decimal {
  return value.round(fractionDigits, ROUNDING[mode]);
}

/**
 * `dividend / divisor`, exact. The divisor must be a product of twos and fives (1000, 1024, 0.25, …), as unit sizes are:
 * only then does the quotient have an end.
 *
 * @throws RangeError when the quotient has no finite decimal form within 40 fraction digits.
 */
export function divideExact(dividend: Decimal, divisor: Decimal): Decimal {
  const quotient = dividend.div(divisor);
  if (!quotient.times(divisor).eq(dividend))
    throw new RangeError(`${formatDecimal(dividend)} / ${formatDecimal(divisor)} has no exact decimal form`);
  return quotient;
}

/** The sum of all values, exact; zero for none. */
export function sumDecimals(values: Iterable<Decimal>): Decimal {
  let total = ZERO;
  for (const value of values) total = total.plus(value);
  return total;
}

/** The larger of two values. */
export function maxDecimal(a: Decimal, b: Decimal): Decimal {
  return a.gte(b) ? a : b;
}

/** The smaller of two values. */
export function minDecimal(a: Decimal, b: Decimal): Decimal {
  return a.lte(b) ? a : b;
}
