import { DateFormatError, isTimeZone, parseRfc3339 } from '@tallymark/date-window';
import { decimal, formatDecimal, isActiveCurrencyCode } from '@tallymark/domain';
import { paginationQuery } from '@tallymark/service-kit';
import { z } from 'zod';

/** No control characters (PostgreSQL keeps no NUL) and no half of a surrogate pair, which UTF-8 can't hold; at least one visible character. */
const PLAIN_TEXT = /^(?!\s*$)[^\p{Cc}\p{Cs}]+$/u;
const CODE = /^[a-z0-9]+(_[a-z0-9]+)*$/;
const PLAN_CODE = /^[a-z0-9]+([_-][a-z0-9]+)*$/;
/** Up to 18 digits before and after the point: more than any price or quantity needs, and few enough to be multiplied exactly. */
const AMOUNT = /^(0|[1-9]\d{0,17})(\.\d{1,18})?$/;

/** Largest number of a plan version: PostgreSQL's integer. */
export const MAX_VERSION = 2 ** 31 - 1;

const EXPECTED_INSTANT = 'expected an RFC 3339 date-time from 2000 to 2099, such as "2026-01-31T00:00:00Z"';
/** The end of `2026-01-31T00:00:00 02:00`. */
const SPACE_FOR_PLUS = /T\S* \d\d:\d\d$/i;
const OLDEST = Date.UTC(2000, 0, 1);
const NEWEST = Date.UTC(2100, 0, 1);

/** Text for people or machines, 1 to `maxLength` UTF-16 units. */
export function text(maxLength: number): z.ZodString {
  return z.string().max(maxLength).regex(PLAIN_TEXT, 'expected text without control characters');
}

/** An identifier that the caller chose: any text of up to 256 characters. */
export const externalId = text(256).meta({ description: 'Your own id, unique in the organization', examples: ['acme-ai'] });

/** What a path may name an entity by. */
export const reference = text(256).meta({ description: 'The id, or the external id or code that you gave it' });

/** Code of a meter, a dimension or a metric: `api_calls`. */
export const code = z.string().max(64).regex(CODE, 'expected lower-case words joined by "_", such as "api_calls"');

export const planCode = z
  .string()
  .max(64)
  .regex(PLAN_CODE, 'expected lower-case words joined by "_" or "-", such as "pro-2026"')
  .meta({ examples: ['pro'] });

/** The code of a currency that is in use: what is priced in a mistyped one would stay so for good. */
export const currency = z
  .string()
  .regex(/^[A-Z]{3}$/, { error: 'expected three upper-case letters (ISO 4217), such as "USD"', abort: true })
  .refine(isActiveCurrencyCode, 'expected the ISO 4217 code of a currency that is in use, such as "USD"')
  .meta({ examples: ['USD'] });

export const country = z
  .string()
  .regex(/^[A-Z]{2}$/, 'expected two upper-case letters (ISO 3166-1), such as "DE"')
  .meta({ examples: ['DE'] });

export const timeZone = z
  .string()
  .max(64)
  .refine(isTimeZone, 'expected an IANA time zone, such as "Europe/Berlin"')
  .meta({ description: 'IANA time zone', examples: ['Europe/Berlin'] });

/** A decimal of zero or more, as text; `1.50` becomes `1.5`. */
export const amount = z
  .string()
  .regex(AMOUNT, 'expected a decimal string of zero or more, such as "0.005", with up to 18 digits before and after the point')
  .overwrite((value) => (AMOUNT.test(value) ? formatDecimal(decimal(value)) : value))
  .meta({ description: 'Decimal string', examples: ['0.005'] });

/** An RFC 3339 instant from 2000 to 2099; becomes UTC with milliseconds, what is finer is cut off. */
export const timestamp = z
  .string()
  .max(64)
  .refine((value) => readInstant(value) !== null, { error: ({ input }) => EXPECTED_INSTANT + hintAtPlus(input) })
  .overwrite((value) => readInstant(value)?.toISOString() ?? value)
  .meta({ format: 'date-time', examples: ['2026-01-31T00:00:00Z'] });

/** A "+" that is not encoded in a query arrives as a space. */
function hintAtPlus(received: unknown): string {
  return typeof received === 'string' && SPACE_FOR_PLUS.test(received) ? '; write + as %2B in a query' : '';
}

function readInstant(value: string): Date | null {
  try {
    const instant = parseRfc3339(value);
    return instant.getTime() >= OLDEST && instant.getTime() < NEWEST ? instant : null;
  } catch (error) {
    if (error instanceof DateFormatError) return null;
    throw error;
  }
}

/** An instant as it is sent. */
export const instant = z.string().meta({ format: 'date-time', examples: ['2026-01-31T00:00:00.000Z'] });

/** A UUID as it is sent. */
export const id = z.string().meta({ format: 'uuid', examples: ['0197a1b2-4c3d-7e5f-8a9b-0c1d2e3f4a5b'] });

/** A decimal as it is sent. */
export const decimalText = z.string().meta({ description: 'Decimal string', examples: ['1234.5'] });

/** A page of a list. */
export function pageSchema<T extends z.ZodType>(entry: T): z.ZodObject<{ data: z.ZodArray<T>; next_cursor: z.ZodNullable<z.ZodString> }> {
  return z.object({
    data: z.array(entry),
    next_cursor: z.string().nullable().meta({ description: 'Of the next page; null on the last one' }),
  });
}

/** The query of a list without filters. Anything else in it is refused, since a misspelled filter would show everything. */
export const listQuery = z.strictObject(paginationQuery.shape);
