import { queryInteger } from '@tallymark/service-kit';
import { z } from 'zod';
import { code, decimalText, externalId, instant, text, timeZone, timestamp } from '../catalogue/fields.js';
import { TABLE_FORMATS } from '../tables/choose-format.js';

/** Some of its parameters may be repeated, which other routes refuse. */
export const USAGE_PATH = '/platform/v1/usage';

export const WINDOW_SIZES = ['15m', 'hour', 'day', 'week', 'month'] as const;
/** What rows are kept apart by, beside the dimensions of the meter. */
export const SERIES = ['customer', 'subject'] as const;

/** Most rows of a page, and as many as it has when nothing is said: a month in quarter-hours, 8 years in days. */
const MAX_ROWS = 3_000;
const MAX_VALUES = 100;

/** A parameter that may be given several times: `customer=a&customer=b`. */
function repeatable(value: z.ZodString): z.ZodType<string[] | undefined> {
  return z.preprocess(
    (given) => (typeof given === 'string' ? [given] : given),
    z.array(value).min(1).max(MAX_VALUES).optional(),
  ) as z.ZodType<string[] | undefined>;
}

export const usageQuery = z
  .strictObject({
    meter: code.meta({ description: 'Code of the meter' }),
    customer: repeatable(externalId).meta({
      description: 'Id or external id; may be repeated. With a credential of one customer it is that one',
    }),
    subject: repeatable(text(256)).meta({ description: 'A subject of the customers, or of the organization; may be repeated' }),
    per: z.enum(SERIES).optional().meta({ description: 'Rows for each customer or subject; absent: all of them together' }),
    from: timestamp.meta({ description: 'Inclusive' }),
    to: timestamp.meta({ description: 'Exclusive' }),
    window: z.enum(WINDOW_SIZES).optional().meta({ description: 'Absent: one value for the whole' }),
    time_zone: timeZone
      .optional()
      .meta({ description: 'In whose calendar days, weeks and months begin; default the customers’, where they have one, else UTC' }),
    group_by: z
      .string()
      .max(512)
      .regex(/^[a-z0-9_]+(,[a-z0-9_]+)*$/, 'expected dimensions of the meter, comma-separated')
      .optional()
      .meta({ description: 'Dimensions of the meter to keep apart, comma-separated' }),
    filter: repeatable(
      z
        .string()
        .max(512)
        .regex(/^[a-z0-9_]+(:[^\0\p{Cs}]*)?$/u, 'expected a dimension and a value, such as "region:eu"'),
    ).meta({
      description:
        'A dimension and a value, `region:eu`, or a dimension alone for events without it; may be repeated. Values of one dimension are alternatives; all dimensions must fit',
    }),
    format: z.enum(TABLE_FORMATS).optional().meta({ description: 'Absent: what Accept asks for, else JSON' }),
    limit: queryInteger({ min: 1, max: MAX_ROWS })
      .default(MAX_ROWS)
      .meta({ description: `Most rows of a page, 1 to ${MAX_ROWS}; ${MAX_ROWS} when absent` }),
    cursor: z.string().min(1).max(4_000).optional().meta({ description: 'next_cursor of the page before; absent for the first page' }),
  })
  .refine((query) => query.from < query.to, { path: ['to'], message: 'expected an instant after from' });
export type UsageQuery = z.infer<typeof usageQuery>;

const row = z.object({
  from: instant.meta({ description: 'Inclusive; clipped to the query' }),
  to: instant.meta({ description: 'Exclusive' }),
  customer: z.string().nullable().meta({ description: 'External id; null where the row is not of one customer' }),
  subject: z.string().nullable().meta({ description: 'Null where the row is not of one subject' }),
  group: z.record(z.string(), z.string().nullable()).meta({ description: 'Values of the dimensions asked for' }),
  value: decimalText.nullable().meta({ description: 'In units of the meter; null: a minimum, maximum, average or latest of nothing' }),
  event_count: decimalText,
});
export type UsageRow = z.infer<typeof row>;

export const usageSchema = z
  .object({
    meter: z.string(),
    unit: z.string(),
    aggregation: z.string(),
    from: instant,
    to: instant.meta({ description: 'Exclusive' }),
    window: z.enum(WINDOW_SIZES).nullable(),
    time_zone: z.string(),
    as_of: instant.meta({ description: 'The instant up to which usage is counted' }),
    complete: z.boolean().meta({ description: 'False while a new meter still folds the log from before it existed' }),
    data: z.array(row).meta({ description: 'By window, then customer or subject in the order of the query, then dimensions' }),
    next_cursor: z.string().nullable().meta({ description: 'Of the next page; null on the last one' }),
  })
  .meta({ id: 'Usage' });
export type UsageBody = z.infer<typeof usageSchema>;
