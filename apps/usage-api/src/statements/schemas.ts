import { STATEMENT_STATUSES } from '@tallymark/domain';
import { paginationQuery } from '@tallymark/service-kit';
import { z } from 'zod';
import { decimalText, externalId, id, instant, pageSchema, timestamp } from '../catalogue/fields.js';

const status = z.enum(STATEMENT_STATUSES).meta({
  description:
    '`open`: the billing period runs, and the statement follows the usage. `grace`: it is over, and late events still change it. `closed`: it never changes again; what comes later is adjusted on a later statement',
});

export const statementQuery = z
  .strictObject({
    ...paginationQuery.shape,
    customer: externalId.optional().meta({ description: 'Id or external id' }),
    subscription: externalId.optional().meta({ description: 'Id or external id' }),
    from: timestamp.optional().meta({ description: 'Billing periods that end after this instant' }),
    to: timestamp.optional().meta({ description: 'Billing periods that begin before this instant' }),
    status: status.optional(),
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
      .object({
        description: z.string(),
        dimensions: z
          .record(z.string(), z.string().nullable())
          .meta({ description: 'What the usage priced here has in common, where a charge prices by filter or group' }),
        quantity: decimalText,
        unit_amount: decimalText,
        flat_amount: decimalText,
        amount: decimalText,
      })
      .meta({ description: 'quantity × unit_amount + flat_amount = amount' }),
  ),
});

const period = z.object({ from: instant, to: instant.meta({ description: 'Exclusive' }) });

const adjustment = z
  .object({
    statement_id: id.nullable().meta({ description: 'The closed statement that it adjusts' }),
    period: period.meta({ description: 'Of the closed statement' }),
    metric: z.string().nullable().meta({ description: 'The line that differs; null for the base amount or the commitment' }),
    name: z.string(),
    units: decimalText.meta({ description: 'Units that became known since, less those that were taken back' }),
    amount: decimalText.meta({ description: 'Below zero it is a credit' }),
  })
  .meta({ description: 'What became known of a closed statement after its close' });

const sums = {
  currency: z.string(),
  base: decimalText,
  overage_amount: decimalText.meta({ description: 'Sum of the lines' }),
  commitment_true_up: decimalText.meta({ description: 'What base and lines lack to the minimum commitment of the plan' }),
  adjustment_amount: decimalText.meta({ description: 'Sum of the adjustments' }),
  total: decimalText.meta({ description: 'base + overage_amount + commitment_true_up + adjustment_amount; below zero it is a credit' }),
};

export const statementSchema = z
  .object({
    id,
    subscription_id: id,
    subscription_external_id: z.string(),
    customer_id: id,
    customer_external_id: z.string(),
    plan_code: z.string(),
    plan_version: z.int(),
    time_zone: z.string().meta({ description: 'In which the billing period begins and ends' }),
    period: period.meta({
      description: 'What the statement is about: the billing period, or the part of it in which this plan version was in force',
    }),
    billing_period: period.meta({ description: 'The whole billing period, by which the base amount is divided' }),
    status,
    closed_at: instant.nullable(),
    complete: z.boolean().meta({ description: 'False while a meter that the plan prices is still being counted from the events kept' }),
    ...sums,
    lines: z.array(line),
    adjustments: z.array(adjustment),
    as_of: instant.meta({ description: 'The instant up to which usage is counted' }),
    revision: z.int().meta({ description: 'Grows with every change' }),
  })
  .meta({ id: 'Statement' });
export type StatementBody = z.infer<typeof statementSchema>;

export const statementPage = pageSchema(statementSchema);

const statementVersion = z.object({
  revision: z.int(),
  status,
  as_of: instant,
  ...sums,
  lines: z.array(z.object({ metric: z.string(), used: decimalText, overage: decimalText, amount: decimalText })),
});
export type StatementVersionBody = z.infer<typeof statementVersion>;

export const statementVersions = z
  .object({
    data: z
      .array(statementVersion)
      .meta({ description: 'What it says now, then what it said at the end of each earlier UTC day on which it changed' }),
  })
  .meta({ id: 'StatementVersions' });
export type StatementVersionsBody = z.infer<typeof statementVersions>;
