import { BILLING_INTERVALS } from '@tallymark/domain';
import { z } from 'zod';
import { MAX_VERSION, amount, currency, decimalText, id, instant, pageSchema, planCode, text } from '../catalogue/fields.js';
import { chargeSchema, newChargeSchema } from './charge-schema.js';

const MAX_CHARGES = 100;
/** Two years, leap day included. */
const MAX_TRIAL_DAYS = 731;

const terms = {
  currency,
  interval: z.enum(BILLING_INTERVALS).meta({ description: 'Length of a billing period' }),
  base_amount: amount.meta({ description: 'Paid once per billing period whatever is used', examples: ['99'] }),
  minimum_commitment: amount
    .nullable()
    .default(null)
    .meta({ description: 'Least that a billing period comes to in all, the base amount included', examples: ['1000'] }),
  trial_days: z
    .int()
    .min(0)
    .max(MAX_TRIAL_DAYS)
    .default(0)
    .meta({ description: 'Local days from the start of a subscription in which no base amount is owed; usage is', examples: [14] }),
  charges: z.array(newChargeSchema).max(MAX_CHARGES),
};

const example = {
  currency: 'USD',
  interval: 'monthly',
  base_amount: '99',
  charges: [
    {
      metric: 'api_calls',
      name: 'API calls',
      meter_code: 'api_calls',
      unit: 'calls',
      included_units: '100000',
      price: { model: 'standard', unit_amount: '0.0005' },
    },
  ],
};

export const createPlanBody = z
  .strictObject({ code: planCode, name: text(200), ...terms })
  .meta({ examples: [{ code: 'pro', name: 'Pro', ...example }] });
export type CreatePlan = z.infer<typeof createPlanBody>;

export const createPlanVersionBody = z.strictObject(terms).meta({ examples: [example] });
export type CreatePlanVersion = z.infer<typeof createPlanVersionBody>;

export const planSchema = z
  .object({
    id,
    code: z.string(),
    name: z.string(),
    version: z.int().meta({ description: 'Counts from 1. A version never changes' }),
    currency: z.string(),
    interval: z.enum(BILLING_INTERVALS),
    base_amount: decimalText,
    minimum_commitment: decimalText.nullable(),
    trial_days: z.int(),
    charges: z.array(chargeSchema),
    created_at: instant.meta({ description: 'Of the plan' }),
    version_created_at: instant,
  })
  .meta({ id: 'Plan' });
export type PlanBody = z.infer<typeof planSchema>;

export const planPage = pageSchema(planSchema);

/** The number of a version in a path. */
export const versionNumber = z.coerce.number().int().min(1).max(MAX_VERSION);
