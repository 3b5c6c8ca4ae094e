import { type PlatformClient, textOf } from '../../demo/platform-client.js';
import { startOfMonth } from '../../e2e/organization.js';
import { EVENT_TYPE } from './bench-events.js';

const GNIP_GROUPS = { publisher: '$.publisher', product: '$.product', endpoint: '$.endpoint', label: '$.label' };

/** Meters, as the platform API takes them. */
export const METER = {
  completions: meter('completions', EVENT_TYPE, 'count', null),
  tokens: meter('tokens', EVENT_TYPE, 'sum', '$.tokens'),
  requests: meter('api_calls', 'api.request', 'count', null),
  bandwidth: meter('bandwidth', 'api.request', 'sum', '$.bytes'),
  wallets: meter('monthly_active_wallets', 'wallet.active', 'unique_count', '$.walletId'),
  activities: meter('stream_activities', 'stream.activity', 'unique_count', '$.activityId', GNIP_GROUPS),
} as const;

/** Ten meters that all take the events of the load. */
export const TEN_METERS: readonly Readonly<Record<string, unknown>>[] = [
  METER.completions,
  METER.tokens,
  meter('least', EVENT_TYPE, 'min', '$.tokens'),
  meter('greatest', EVENT_TYPE, 'max', '$.tokens'),
  meter('mean', EVENT_TYPE, 'avg', '$.tokens'),
  meter('last', EVENT_TYPE, 'latest', '$.tokens'),
  meter('users', EVENT_TYPE, 'unique_count', '$.user'),
  meter('by_model', EVENT_TYPE, 'count', null, { model: '$.model' }),
  meter('tokens_by_model', EVENT_TYPE, 'sum', '$.tokens', { model: '$.model' }),
  { ...meter('of_one_model', EVENT_TYPE, 'count', null), filters: [{ property: '$.model', in: ['m1'] }] },
];

/** Plans, as the platform API takes them. */
export const PLAN = {
  completions: plan('completions', [charge('completions', 'completions'), charge('tokens', 'tokens')]),
  web: plan('web', [charge('api_calls', 'api_calls'), charge('bandwidth', 'bandwidth')]),
} as const;

/** Makes a customer with one subject, both named alike, on a plan since the month began, with a key that reads its usage. */
export async function subscribeCustomer(client: PlatformClient, name: string, planCode: string): Promise<{ id: string; key: string }> {
  const id = textOf(
    await client.post('/platform/v1/customers', {
      external_id: name,
      name,
      type: 'company',
      country: 'US',
      currency: 'USD',
      time_zone: 'UTC',
      subjects: [name],
    }),
    'id',
  );
  await client.post('/platform/v1/subscriptions', {
    external_id: `${name}-plan`,
    customer_id: id,
    plan_code: planCode,
    billing_time: 'calendar',
    time_zone: 'UTC',
    started_at: startOfMonth(new Date()).toISOString(),
  });
  const made = await client.post('/platform/v1/api-keys', { name, scopes: ['usage:read', 'projects:usage.read'], customer_id: id });
  return { id, key: textOf(made, 'key') };
}

function meter(
  code: string,
  eventType: string,
  aggregation: string,
  property: string | null,
  groupBy: Readonly<Record<string, string>> = {},
) {
  return {
    code,
    name: code,
    unit: 'units',
    event_type: eventType,
    aggregation,
    value_property: property,
    filters: [],
    group_by: groupBy,
    recurring: false,
  };
}

function plan(code: string, charges: readonly unknown[]) {
  return { code, name: code, currency: 'USD', interval: 'monthly', base_amount: '10.00', charges };
}

function charge(metric: string, meterCode: string) {
  const price = { model: 'standard', unit_amount: '0.01' };
  return { metric, name: metric, meter_code: meterCode, unit: 'units', unit_size: '1', included_units: '1000', price };
}
