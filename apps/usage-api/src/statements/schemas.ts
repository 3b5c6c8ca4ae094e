import { paginationQuery } from '@tallymark/service-kit';
import { z } from 'zod';
import { decimalText, externalId, id, instant, pageSchema, timestamp } from '../catalogue/fields.js';

export const statementQuery = z
  .strictObject({
    ...paginationQuery.shape,
    customer: externalId.optional().meta({ description: 'Id or external id' }),
    subscription: externalId.optional().meta({ description: 'Id or external id' }),
    from: timestamp.optional().meta({ description: 'Billing periods that end after this instant' }),
    to: timestamp.optional().meta({ description: 'Billing periods that begin before this instant' }),
  })
  .refine((query) => query.from === undefined || query.to === undefined || query.from < query.to, {
    path: ['to'],
    message: 'expected an instant after from',
  });
export type StatementQuery = z.infer<typeof statementQuery>;

const line = z.object({
  metric: z.string(),
  name: z.string(),
  meter_code: z.string(),
  unit: z.string(),
  unit_size: decimalText.meta({ description: 'Units of the meter in one unit of the line: `1000000000` for bytes sold as GB' }),
  included: decimalText.meta({ description: 'Units that the base amount pays for' }),
  used: decimalText,
  overage: decimalText.meta({ description: 'Units beyond the included ones, never negative' }),
  percentage: decimalText.meta({ description: 'Used as a percentage of included' }),
  amount: decimalText,
  projected_used: decimalText
    .nullable()
    .meta({ description: 'Usage expected by the end of the billing period; null where none is projected' }),
  details: z.array(
    z
      .object({ description: z.string(), quantity: decimalText, unit_amount: decimalText, flat_amount: decimalText, amount: decimalText })
      .meta({
        description: 'quantity × unit_amount + flat_amount = amount',
      }),
  ),
});

export const statementSchema = z
  .object({
    subscription_id: id,
    subscription_external_id: z.string(),
    customer_id: id,
    customer_external_id: z.string(),
    plan_code: z.string(),
    plan_version: z.int(),
    time_zone: z.string().meta({ description: 'In which the billing period begins and ends' }),
    period: z.object({ from: instant, to: instant.meta({ description: 'Exclusive' }) }),
    status: z.enum(['open']).meta({ description: '`open`: it still follows the usage' }),
    currency: z.string(),
    base: decimalText,
    overage_amount: decimalText.meta({ description: 'Sum of the lines' }),
    total: decimalText.meta({ description: 'base + overage_amount' }),
    lines: z.array(line),
    as_of: instant.meta({ description: 'The instant up to which usage is counted' }),
    revision: z.int().meta({ description: 'Grows with every change' }),
  })
  .meta({ id: 'Statement' });
export type StatementBody = z.infer<typeof statementSchema>;

export const statementPage = pageSchema(statementSchema);
