import { BILLING_TIMES } from '@tallymark/domain';
import { paginationQuery } from '@tallymark/service-kit';
import { z } from 'zod';
import { MAX_VERSION, externalId, id, instant, pageSchema, planCode, timeZone, timestamp } from '../catalogue/fields.js';

const billingTime = z
  .enum(BILLING_TIMES)
  .meta({ description: '`calendar`: periods begin with the calendar’s; `anniversary`: with the day it started' });

export const createSubscriptionBody = z
  .strictObject({
    external_id: externalId,
    customer_id: externalId.meta({ description: 'Id or external id of the customer' }),
    plan_code: planCode,
    plan_version: z.int().min(1).max(MAX_VERSION).optional().meta({ description: 'Default: the current one' }),
    billing_time: billingTime.default('calendar'),
    time_zone: timeZone.optional().meta({ description: 'In which billing periods begin and end. Default: the customer’s' }),
    started_at: timestamp.optional().meta({ description: 'Default: now' }),
  })
  .meta({ examples: [{ external_id: 'acme-ai-pro', customer_id: 'acme-ai', plan_code: 'pro', started_at: '2026-01-01T00:00:00Z' }] });
export type CreateSubscription = z.infer<typeof createSubscriptionBody>;

export const terminateSubscriptionBody = z
  .strictObject({ ended_at: timestamp.optional().meta({ description: 'Exclusive; may lie ahead. Default: now' }) })
  .prefault({})
  .meta({ examples: [{ ended_at: '2026-06-30T22:00:00Z' }] });
export type TerminateSubscription = z.infer<typeof terminateSubscriptionBody>;

export const changeSubscriptionBody = z
  .strictObject({
    plan_code: planCode,
    plan_version: z.int().min(1).max(MAX_VERSION).optional().meta({ description: 'Default: the current one' }),
    effective_at: timestamp
      .optional()
      .meta({ description: 'May lie ahead, or back as far as no statement is closed. Default: now, or the start where that lies ahead' }),
  })
  .meta({ examples: [{ plan_code: 'business', effective_at: '2026-07-15T00:00:00Z' }] });
export type ChangeSubscription = z.infer<typeof changeSubscriptionBody>;

export const updateSubscriptionBody = z.strictObject({ time_zone: timeZone }).meta({ examples: [{ time_zone: 'America/New_York' }] });
export type UpdateSubscription = z.infer<typeof updateSubscriptionBody>;

export const subscriptionQuery = z.strictObject({
  ...paginationQuery.shape,
  customer: externalId.optional().meta({ description: 'Id or external id' }),
});
export type SubscriptionQuery = z.infer<typeof subscriptionQuery>;

const planInTime = z.object({
  plan_code: z.string(),
  plan_version: z.int(),
  starts_at: instant,
  ends_at: instant.nullable().meta({ description: 'Exclusive; null while no end is set' }),
});
export type PlanInTimeBody = z.infer<typeof planInTime>;

const phaseSchema = z
  .object({
    starts_at: instant,
    plan_code: z.string(),
    plan_version: z.int(),
    time_zone: z.string(),
  })
  .meta({ id: 'SubscriptionPhase' });
export type PhaseBody = z.infer<typeof phaseSchema>;

export const subscriptionSchema = z
  .object({
    id,
    external_id: z.string(),
    customer_id: id,
    customer_external_id: z.string(),
    plan_code: z.string().meta({ description: 'In force now; before the start the first, after the end the last' }),
    plan_version: z.int(),
    previous_plan: planInTime.nullable().meta({ description: 'In force before this one' }),
    next_plan: planInTime.nullable().meta({ description: 'In force after this one' }),
    billing_time: billingTime,
    time_zone: z.string().meta({ description: 'In which the current billing period began' }),
    phases: z.array(phaseSchema).meta({ description: 'What holds from when on, oldest first; more than one after changes' }),
    started_at: instant,
    trial_ends_at: instant.nullable().meta({ description: 'From when on the base amount is owed; null for a subscription without trial' }),
    ended_at: instant.nullable().meta({ description: 'Exclusive; null while no end is set' }),
    created_at: instant,
    updated_at: instant,
  })
  .meta({ id: 'Subscription' });
export type SubscriptionBody = z.infer<typeof subscriptionSchema>;

export const subscriptionPage = pageSchema(subscriptionSchema);
