import { ZERO } from '@tallymark/domain';
import type { BillingUsageMetric } from '../canonical.js';

/** The metric types that the contract documents, by our metric code. A plan may have others besides. */
export const BILLING_METRIC_TYPES = {
  api_calls: { name: 'API Calls', unit: 'requests', description: 'Number of API requests made' },
  storage: { name: 'Storage', unit: 'GB', description: 'Data storage used' },
  seats: { name: 'Team Seats', unit: 'users', description: 'Number of team members' },
  bandwidth: { name: 'Bandwidth', unit: 'GB', description: 'Data transfer out' },
  emails: { name: 'Emails', unit: 'emails', description: 'Emails sent' },
  webhooks: { name: 'Webhooks', unit: 'events', description: 'Webhook events processed' },
} as const satisfies Record<string, { name: string; unit: string; description: string }>;

/** See {@link BILLING_METRIC_TYPES}. */
export type BillingMetricType = keyof typeof BILLING_METRIC_TYPES;

/**
 * A metric code as the contract writes it: `api_calls` → `apiCalls`. An underscore before a digit stays (`tokens_4k`), so that no two codes
 * become one id and {@link toMetricCode} finds the way back.
 */
export function toMetricId(code: string): string {
  return code.replace(/_([a-z])/g, (_match, letter: string) => letter.toUpperCase());
}

/** The metric code of an id of the contract: `apiCalls` → `api_calls`. */
export function toMetricCode(id: string): string {
  return id.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** A metric that the plan does not have, for who asks for it by name: nothing included, nothing used. Undocumented ones are named by their code. */
export function unusedBillingMetric(metric: string): BillingUsageMetric {
  const { name, unit } = Object.hasOwn(BILLING_METRIC_TYPES, metric)
    ? BILLING_METRIC_TYPES[metric as BillingMetricType]
    : { name: metric, unit: 'units' };
  return { metric, name, unit, included: ZERO, used: ZERO, overage: ZERO, percentage: ZERO, projected: null };
}
