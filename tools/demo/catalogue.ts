import type { DemoSpan } from './events/demo-event.js';

/** A resource as the platform API takes it. */
export type Resource = Readonly<Record<string, unknown>>;

/** The customers of the demo, by what they are for. The project of the Crossmint contract is named by a UUID. */
export const DEMO_CUSTOMERS = {
  ai: 'acme-ai',
  web: 'web-co',
  edge: 'edge-co',
  wallets: '7d2f4c1e-58a3-4b6f-9f0e-3a1c5b8d2e64',
  search: 'acme-analytics',
} as const;

const GIGABYTE = '1000000000';

/** What is counted. */
export const DEMO_METERS: readonly Resource[] = [
  meter('api_calls', 'API calls', 'requests', 'api.request', 'count'),
  meter('bandwidth', 'Bandwidth', 'bytes', 'api.request', 'sum', '$.bytes'),
  { ...meter('storage', 'Storage', 'bytes', 'storage.measured', 'latest', '$.bytes'), recurring: true },
  { ...meter('seats', 'Seats', 'users', 'seats.changed', 'latest', '$.seats'), recurring: true },
  meter('emails', 'Emails', 'emails', 'email.sent', 'count'),
  meter('webhooks', 'Webhooks', 'events', 'webhook.delivered', 'count'),
  meter('llm_requests', 'LLM requests', 'requests', 'llm.request', 'count', null, { model: '$.model' }),
  meter('input_tokens', 'Input tokens', 'tokens', 'llm.request', 'sum', '$.input_tokens', { model: '$.model' }),
  meter('output_tokens', 'Output tokens', 'tokens', 'llm.request', 'sum', '$.output_tokens', { model: '$.model' }),
  meter('monthly_active_wallets', 'Active wallets', 'wallets', 'wallet.active', 'unique_count', '$.walletId'),
  meter('stream_activities', 'Stream activities', 'activities', 'stream.activity', 'unique_count', '$.activityId', gnipDimensions()),
  meter('search_activities', 'Search activities', 'activities', 'search.activity', 'unique_count', '$.activityId', gnipDimensions()),
  meter('search_requests', 'Search requests', 'requests', 'search.request', 'count', null, gnipDimensions()),
  meter('historical_jobs', 'Historical jobs', 'jobs', 'historical.job', 'count', null, { publisher: '$.publisher', product: '$.product' }),
  meter('historical_days', 'Historical days', 'days', 'historical.job', 'sum', '$.days', {
    publisher: '$.publisher',
    product: '$.product',
  }),
];

/** What is sold. Amounts are such that some customers stay within what is included and some do not. */
export const DEMO_PLANS: readonly Resource[] = [
  {
    code: 'web-pro',
    name: 'Web Pro',
    currency: 'USD',
    interval: 'monthly',
    base_amount: '29.00',
    charges: [
      charge('api_calls', 'API Calls', 'requests', '1', '5000', standard('0.002')),
      charge('storage', 'Storage', 'GB', GIGABYTE, '100', standard('0.10')),
      charge('seats', 'Team Seats', 'users', '1', '10', standard('5.00')),
      charge('bandwidth', 'Bandwidth', 'GB', GIGABYTE, '1', standard('0.09')),
      charge('emails', 'Emails', 'emails', '1', '300', { model: 'package', package_size: '100', package_amount: '0.40' }),
      charge('webhooks', 'Webhooks', 'events', '1', '1000', standard('0.0005')),
    ],
  },
  {
    code: 'ai-scale',
    name: 'AI Scale',
    currency: 'USD',
    interval: 'monthly',
    base_amount: '99.00',
    charges: [
      charge('llm_requests', 'LLM Requests', 'requests', '1', '25000', { model: 'package', package_size: '1000', package_amount: '0.50' }),
      charge('input_tokens', 'Input Tokens', 'million tokens', '1000000', '10', {
        model: 'graduated',
        tiers: [tier('25', '2.50'), tier('100', '2.00'), tier(null, '1.50')],
      }),
      charge('output_tokens', 'Output Tokens', 'million tokens', '1000000', '2', standard('10.00')),
    ],
  },
  {
    code: 'edge-starter',
    name: 'Edge Starter',
    currency: 'EUR',
    interval: 'monthly',
    base_amount: '9.00',
    charges: [
      charge('api_calls', 'API Calls', 'requests', '1', '8000', { model: 'volume', tiers: [tier('10000', '0.004'), tier(null, '0.003')] }),
      charge('bandwidth', 'Bandwidth', 'GB', GIGABYTE, '10', standard('0.08')),
    ],
  },
  {
    code: 'wallets',
    name: 'Wallets',
    currency: 'USD',
    interval: 'monthly',
    base_amount: '0',
    charges: [charge('monthly_active_wallets', 'Active Wallets', 'wallets', '1', '250', standard('0.05'))],
  },
  {
    code: 'social-data',
    name: 'Social Data',
    currency: 'USD',
    interval: 'monthly',
    base_amount: '499.00',
    charges: [
      charge('stream_activities', 'Stream Activities', 'activities', '1', '2000', standard('0.01')),
      charge('search_requests', 'Search Requests', 'requests', '1', '100', standard('0.50')),
      charge('historical_days', 'Historical Days', 'days', '1', '10', standard('2.00')),
    ],
  },
];

/** Who buys it. */
export const DEMO_CUSTOMER_RESOURCES: readonly Resource[] = [
  customer(DEMO_CUSTOMERS.ai, 'Acme AI', 'US', 'USD', 'America/Los_Angeles'),
  customer(DEMO_CUSTOMERS.web, 'Web Co', 'US', 'USD', 'UTC'),
  customer(DEMO_CUSTOMERS.edge, 'Edge Co', 'DE', 'EUR', 'Europe/Berlin'),
  customer(DEMO_CUSTOMERS.wallets, 'Wallet Project', 'US', 'USD', 'UTC'),
  customer(DEMO_CUSTOMERS.search, 'Acme Analytics', 'GB', 'USD', 'UTC'),
];

/** Who is on which plan, since the beginning of the kept history. */
export function demoSubscriptions(span: DemoSpan): Resource[] {
  const started_at = span.from.toISOString();
  const subscription = (customerId: string, plan: string, timeZone = 'UTC'): Resource => ({
    external_id: `${customerId}-${plan}`,
    customer_id: customerId,
    plan_code: plan,
    billing_time: 'calendar',
    time_zone: timeZone,
    started_at,
  });
  return [
    subscription(DEMO_CUSTOMERS.ai, 'ai-scale', 'America/Los_Angeles'),
    subscription(DEMO_CUSTOMERS.web, 'web-pro'),
    subscription(DEMO_CUSTOMERS.edge, 'edge-starter', 'Europe/Berlin'),
    subscription(DEMO_CUSTOMERS.wallets, 'wallets'),
    subscription(DEMO_CUSTOMERS.search, 'social-data'),
  ];
}

function meter(
  code: string,
  name: string,
  unit: string,
  eventType: string,
  aggregation: string,
  property: string | null = null,
  groupBy: Resource = {},
): Resource {
  return {
    code,
    name,
    unit,
    event_type: eventType,
    aggregation,
    value_property: property,
    filters: [],
    group_by: groupBy,
    recurring: false,
  };
}

function gnipDimensions(): Resource {
  return { publisher: '$.publisher', product: '$.product', endpoint: '$.endpoint', label: '$.label' };
}

/** The metric and its meter bear one name in the demo. */
function charge(metric: string, name: string, unit: string, unitSize: string, includedUnits: string, price: Resource): Resource {
  return { metric, name, meter_code: metric, unit, unit_size: unitSize, included_units: includedUnits, price };
}

function standard(unitAmount: string): Resource {
  return { model: 'standard', unit_amount: unitAmount };
}

function tier(upTo: string | null, unitAmount: string): Resource {
  return { up_to: upTo, unit_amount: unitAmount, flat_amount: '0' };
}

function customer(externalId: string, name: string, country: string, currency: string, timeZone: string): Resource {
  return { external_id: externalId, name, type: 'company', country, currency, time_zone: timeZone, subjects: [externalId] };
}
