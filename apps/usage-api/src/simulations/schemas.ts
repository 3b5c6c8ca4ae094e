import { z } from 'zod';
import { MAX_VERSION, decimalText, externalId, id, instant, planCode, timestamp } from '../catalogue/fields.js';
import { createPlanVersionBody } from '../plans/schemas.js';
import { TABLE_FORMATS } from '../tables/choose-format.js';

/** Most customers of one answer, and as many as it has when nothing is said. */
const MAX_CUSTOMERS = 1_000;
const MAX_NAMED = 1_000;

export const simulationBody = z
  .strictObject({
    plan: z
      .strictObject({
        code: planCode,
        version: z.int().min(1).max(MAX_VERSION).optional().meta({ description: 'The current version when left out' }),
      })
      .optional()
      .meta({ description: 'A plan as it is sold; either this or terms' }),
    terms: createPlanVersionBody.optional().meta({ description: 'A price list that is not a plan yet, checked as a plan is' }),
    from: timestamp.meta({ description: 'Billing periods that begin at this instant or later' }),
    to: timestamp.optional().meta({ description: 'Billing periods that begin before this instant; now when left out, and never later' }),
    customers: z
      .array(externalId)
      .min(1)
      .max(MAX_NAMED)
      .optional()
      .meta({ description: 'Ids or external ids; all customers when left out' }),
    current_plan: planCode.optional().meta({ description: 'Only subscriptions that are on this plan in the last of the periods' }),
    limit: z.int().min(1).max(MAX_CUSTOMERS).default(MAX_CUSTOMERS).meta({ description: 'Most customers of an answer' }),
    cursor: z.string().min(1).max(2_000).optional().meta({ description: 'next_cursor of the answer before; absent for the first' }),
    format: z.enum(TABLE_FORMATS).optional().meta({ description: 'Absent: what Accept asks for, else JSON' }),
  })
  .refine((body) => (body.plan === undefined) !== (body.terms === undefined), {
    path: ['plan'],
    message: 'expected either plan or terms',
  })
  .refine((body) => body.to === undefined || body.from < body.to, { path: ['to'], message: 'expected an instant after from' })
  .meta({
    examples: [
      { plan: { code: 'pro' }, from: '2026-08-01T00:00:00Z', to: '2026-11-01T00:00:00Z' },
      {
        terms: {
          currency: 'USD',
          interval: 'monthly',
          base_amount: '49',
          charges: [
            {
              metric: 'api_calls',
              name: 'API calls',
              meter_code: 'api_calls',
              unit: 'calls',
              price: { model: 'standard', unit_amount: '0.0006' },
            },
          ],
        },
        from: '2026-08-01T00:00:00Z',
        current_plan: 'pro',
      },
    ],
  });
export type SimulationBody = z.infer<typeof simulationBody>;

const amounts = {
  current_amount: decimalText.meta({ description: 'Under its own plan versions' }),
  proposed_amount: decimalText.meta({ description: 'Under the plan or terms of the request' }),
  difference: decimalText.meta({ description: 'proposed_amount less current_amount' }),
};

/** What a proposed price list means to a customer. */
export const OUTCOMES = ['winner', 'loser', 'unchanged', 'skipped'] as const;

const simulatedCustomer = z.object({
  customer_id: id,
  customer_external_id: z.string(),
  customer_name: z.string(),
  outcome: z.enum(OUTCOMES).meta({ description: '`winner` pays less, `loser` more; `skipped`: nothing could be compared' }),
  ...amounts,
  subscriptions: z.array(
    z.object({
      subscription_id: id,
      subscription_external_id: z.string(),
      plan_code: z.string().meta({ description: 'Of the plan in the last of the periods' }),
      plan_version: z.int(),
      periods: z.int().meta({ description: 'Billing periods that were priced, the running one with what is used so far' }),
      skipped: z
        .enum(['other_currency', 'other_interval'])
        .nullable()
        .meta({ description: 'Why it was not priced: its plan has another currency, or billing periods of another length' }),
      ...amounts,
      lines: z
        .array(
          z.object({
            metric: z.string().nullable().meta({ description: 'Null for the base amount and the minimum commitment' }),
            name: z.string(),
            current_amount: decimalText.nullable().meta({ description: 'Null where its plan has no such metric' }),
            proposed_amount: decimalText.nullable().meta({ description: 'Null where the proposed one has no such metric' }),
          }),
        )
        .meta({ description: 'They add up to the amounts' }),
    }),
  ),
});
export type SimulatedCustomerBody = z.infer<typeof simulatedCustomer>;

export const simulationSchema = z
  .object({
    plan_code: z.string().nullable().meta({ description: 'Null for terms' }),
    plan_version: z.int().nullable(),
    currency: z.string(),
    from: instant,
    to: instant,
    as_of: instant.meta({ description: 'The instant up to which usage is counted' }),
    complete: z.boolean().meta({ description: 'False while a meter of either price list still folds the log from before it existed' }),
    totals: z
      .object({ customers: z.int(), winners: z.int(), losers: z.int(), unchanged: z.int(), skipped: z.int(), ...amounts })
      .meta({ description: 'Over the customers of this answer' }),
    data: z.array(simulatedCustomer).meta({ description: 'Customers with a billing period in the window, oldest first' }),
    next_cursor: z.string().nullable().meta({ description: 'For the customers that follow; null when there are none' }),
  })
  .meta({ id: 'Simulation' });
export type SimulationAnswer = z.infer<typeof simulationSchema>;
