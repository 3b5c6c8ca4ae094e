import { createPlatformClient, type PlatformClient, textOf } from '../demo/platform-client.js';
import type { Platform } from './platform.js';

/** What to make for a test, as the platform API takes it. */
export interface OrganizationPlan {
  readonly meters: readonly Readonly<Record<string, unknown>>[];
  /** Without code and name. */
  readonly plan: Readonly<Record<string, unknown>>;
  /** Default: the first instant of the current UTC month, so that a whole billing period runs. */
  readonly startedAt?: Date;
}

/** An organization with one customer on one plan. */
export interface TestOrganization {
  readonly id: string;
  /** With all that a back end needs. */
  readonly apiKey: string;
  /** Reads the customer's usage, and nothing else. */
  readonly customerToken: string;
  readonly customerId: string;
  /** Of the customer's events. */
  readonly subject: string;
  /** The platform API with the organization's key. */
  readonly client: PlatformClient;
}

const SUBJECT = 'acme';
const SCOPES = [
  'events:write',
  'events:read',
  'corrections:write',
  'usage:read',
  'catalogue:read',
  'catalogue:write',
  'keys:admin',
  'analytic:read',
];

/** Makes one over HTTP, through the gateway. */
export async function createOrganization({ baseUrl, operatorToken }: Platform, made: OrganizationPlan): Promise<TestOrganization> {
  const signal = new AbortController().signal;
  const operator = createPlatformClient(baseUrl, operatorToken, signal);
  const id = textOf(await operator.post('/platform/v1/organizations', { external_id: 'test', name: 'Test' }), 'id');
  const apiKey = textOf(await operator.post(`/platform/v1/organizations/${id}/api-keys`, { name: 'back end', scopes: SCOPES }), 'key');
  const client = createPlatformClient(baseUrl, apiKey, signal);
  for (const meter of made.meters) await client.post('/platform/v1/meters', meter);
  await client.post('/platform/v1/plans', { code: 'plan', name: 'Plan', ...made.plan });
  const customer = {
    external_id: SUBJECT,
    name: 'Acme',
    type: 'company',
    country: 'US',
    currency: 'USD',
    time_zone: 'UTC',
    subjects: [SUBJECT],
  };
  const customerId = textOf(await client.post('/platform/v1/customers', customer), 'id');
  await client.post('/platform/v1/subscriptions', {
    external_id: 'acme-plan',
    customer_id: customerId,
    plan_code: 'plan',
    billing_time: 'calendar',
    time_zone: 'UTC',
    started_at: (made.startedAt ?? startOfMonth(new Date())).toISOString(),
  });
  const key = await client.post('/platform/v1/api-keys', { name: 'customer', scopes: ['usage:read'], customer_id: customerId });
  return { id, apiKey, customerToken: textOf(key, 'key'), customerId, subject: SUBJECT, client };
}

/** The first instant of the UTC month that holds `now`. */
export function startOfMonth(now: Date): Date {
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), 1));
}
