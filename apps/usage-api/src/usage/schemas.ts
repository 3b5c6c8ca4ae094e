import { z } from 'zod';
import { code, decimalText, externalId, instant, text, timeZone, timestamp } from '../catalogue/fields.js';

export const WINDOW_SIZES = ['15m', 'hour', 'day', 'week', 'month'] as const;

export const usageQuery = z
  .strictObject({
    meter: code.meta({ description: 'Code of the meter' }),
    customer: externalId.optional().meta({ description: 'Id or external id; with a credential of one customer it is that one' }),
    subject: text(256).optional().meta({ description: 'One subject of the customer, or of the organization' }),
    from: timestamp.meta({ description: 'Inclusive' }),
    to: timestamp.meta({ description: 'Exclusive' }),
    window: z.enum(WINDOW_SIZES).optional().meta({ description: 'Absent: one value for the whole' }),
    time_zone: timeZone
      .optional()
      .meta({ description: 'In whose calendar days, weeks and months begin; default the customer’s, else UTC' }),
    group_by: z
      .string()
      .max(512)
      .regex(/^[a-z0-9_]+(,[a-z0-9_]+)*$/, 'expected dimensions of the meter, comma-separated')
      .optional(),
  })
  .refine((query) => query.from < query.to, { path: ['to'], message: 'expected an instant after from' });
export type UsageQuery = z.infer<typeof usageQuery>;

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
    data: z.array(
      z.object({
        from: instant.meta({ description: 'Inclusive; clipped to the query' }),
        to: instant.meta({ description: 'Exclusive' }),
        group: z.record(z.string(), z.string().nullable()).meta({ description: 'Values of the dimensions asked for' }),
        value: decimalText
          .nullable()
          .meta({ description: 'In units of the meter; null: a minimum, maximum, average or latest of nothing' }),
        event_count: decimalText,
      }),
    ),
  })
  .meta({ id: 'Usage' });
export type UsageBody = z.infer<typeof usageSchema>;
