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

export const subscriptionQuery = z.strictObject({
  ...paginationQuery.shape,
  customer: externalId.optional().meta({ description: 'Id or external id' }),
});
export type SubscriptionQuery = z.infer<typeof subscriptionQuery>;

export const subscriptionSchema = z
  .object({
    id,
    external_id: z.string(),
    customer_id: id,
    customer_external_id: z.string(),
    plan_code: z.string(),
    plan_version: z.int(),
    billing_time: billingTime,
    time_zone: z.string(),
    started_at: instant,
    ended_at: instant.nullable().meta({ description: 'Exclusive; null while no end is set' }),
    created_at: instant,
    updated_at: instant,
  })
  .meta({ id: 'Subscription' });
export type SubscriptionBody = z.infer<typeof subscriptionSchema>;

export const subscriptionPage = pageSchema(subscriptionSchema);
