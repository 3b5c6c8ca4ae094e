import type { LoadedSubscription } from '@tallymark/persistence';
import type { SubscriptionBody } from './schemas.js';

export function convertSubscription(row: LoadedSubscription): SubscriptionBody {
  return {
    id: row.id,
    external_id: row.externalId,
    customer_id: row.customerId,
    customer_external_id: row.customer.externalId,
    plan_code: row.planVersion.plan.code,
    plan_version: row.planVersion.version,
    billing_time: row.billingTime,
    time_zone: row.timeZone,
    started_at: row.startedAt.toISOString(),
    ended_at: row.endedAt?.toISOString() ?? null,
    created_at: row.createdAt.toISOString(),
    updated_at: row.updatedAt.toISOString(),
  };
}
