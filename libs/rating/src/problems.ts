import { type Decimal, type ErrorDetail, ZERO, decimal, formatDecimal, isDecimal } from '@tallymark/domain';

/** Digits that a price or quantity of a plan may have before and after the point. Enough for a token's price, and few enough to stay fast. */
export const DIGIT_LIMITS = { integer: 18, fraction: 18 } as const;

/** Collects what is wrong with a document, so that its author sees all of it at once. Pointers are RFC 6901, relative to the document. */
export interface Problems {
  readonly found: readonly ErrorDetail[];
  add(pointer: string, code: string, message: string): void;
  /** The value of a decimal that is not negative, or null once its problem is noted. */
  notNegative(pointer: string, text: string): Decimal | null;
  /** The value of a decimal above zero, or null once its problem is noted. */
  positive(pointer: string, text: string): Decimal | null;
  /** As {@link notNegative}, and null for null. */
  notNegativeOrNull(pointer: string, text: string | null): Decimal | null;
  /** Notes a problem when both bounds are given and the lower is above the upper. */
  ordered(lower: Decimal | null, upper: Decimal | null, pointerOfUpper: string): void;
}

/** An empty collection. */
export function createProblems(): Problems {
  const found: ErrorDetail[] = [];
  const add = (pointer: string, code: string, message: string): void => {
    found.push({ pointer, code, message });
  };
  const read = (pointer: string, text: string, expected: string): Decimal | null => {
    if (!isDecimal(text) || !hasFewDigits(text)) {
      add(
        pointer,
        'not_a_decimal',
        `received ${JSON.stringify(text)}; expected ${expected} with at most ${DIGIT_LIMITS.integer} digits before and ${DIGIT_LIMITS.fraction} after the point`,
      );
      return null;
    }
    return decimal(text);
  };
  const notNegative = (pointer: string, text: string): Decimal | null => {
    const value = read(pointer, text, 'a decimal number of zero or more');
    if (value === null || value.gte(ZERO)) return value;
    add(pointer, 'negative', `received ${JSON.stringify(text)}; expected zero or more`);
    return null;
  };
  return {
    found,
    add,
    notNegative,
    positive(pointer, text) {
      const value = read(pointer, text, 'a decimal number above zero');
      if (value === null || value.gt(ZERO)) return value;
      add(pointer, 'not_positive', `received ${JSON.stringify(text)}; expected more than zero`);
      return null;
    },
    notNegativeOrNull: (pointer, text) => (text === null ? null : notNegative(pointer, text)),
    ordered(lower, upper, pointerOfUpper) {
      if (lower !== null && upper !== null && lower.gt(upper)) {
        add(pointerOfUpper, 'below_minimum', `received ${formatDecimal(upper)}; expected at least the minimum, ${formatDecimal(lower)}`);
      }
    },
  };
}

function hasFewDigits(text: string): boolean {
  // An exponent of three digits is legal text for a number with a thousand digits, so the value is measured and not the text.
  const [integer = '', fraction = ''] = formatDecimal(decimal(text)).replace('-', '').split('.');
  return integer.length <= DIGIT_LIMITS.integer && fraction.length <= DIGIT_LIMITS.fraction;
}
