import { DEMO_CUSTOMERS, DEMO_CUSTOMER_RESOURCES, DEMO_METERS } from '../demo/catalogue.js';
import { createPlatformClient, textOf } from '../demo/platform-client.js';
import { waitUntilUsed } from './billing-usage.js';
import { type SentEvent, storeEvents } from './events.js';
import { startOfMonth, type TestOrganization } from './organization.js';
import type { Platform } from './platform.js';

/** An organization whose customers use each of the five contracts, with a credential for each. */
export interface ConformanceWorld {
  readonly platform: Platform;
  /** When all events happened. */
  readonly at: Date;
  /** Reads `web-co` as a session token. */
  readonly sessionToken: string;
  readonly projectId: string;
  readonly account: string;
  /** User of HTTP Basic: the name of the key. */
  readonly gnipUser: string;
  readonly keys: Readonly<Record<'billing' | 'crossmint' | 'comet' | 'lago' | 'gnip', string>>;
}

/** What nobody may read again. It was sent in a header, a query and a body. */
export const CANARY = 'canary-9c1f0b7e55d24a6d';

/** What `web-co` used, as the billing contract names it: one bar of each colour, and one beyond what is included. */
export const WEB_USED = { apiCalls: 20, storage: 0.675, bandwidth: 1.25, emails: 1 } as const;

const ALL_SCOPES = [
  'events:write',
  'events:read',
  'usage:read',
  'catalogue:read',
  'catalogue:write',
  'keys:admin',
  'projects:usage.read',
  'analytic:read',
];
const GNIP_USER = 'usage@acme.example';
const PLAN = {
  code: 'plan',
  name: 'Plan',
  currency: 'USD',
  interval: 'monthly',
  base_amount: '29.00',
  charges: [
    charge('api_calls', { name: 'API Calls', unit: 'requests', included: '25', unitAmount: '0.002' }),
    charge('storage', { name: 'Storage', unit: 'GB', unitSize: '1000000000', included: '1', unitAmount: '0.10' }),
    charge('bandwidth', { name: 'Bandwidth', unit: 'GB', unitSize: '1000000000', included: '1', unitAmount: '9.00' }),
    charge('emails', { name: 'Emails', unit: 'emails', included: '12000', unitAmount: '0.01' }),
  ],
};

/** How one world differs from another. */
export interface WorldOptions {
  /** Default `conformance`. */
  readonly organization?: string;
  /** Whether anything was used. Default true. */
  readonly isUsed?: boolean;
}

/** Makes it over HTTP, through the gateway, and waits until what was sent is counted. */
export async function createConformanceWorld(
  platform: Platform,
  { organization = 'conformance', isUsed = true }: WorldOptions = {},
): Promise<ConformanceWorld> {
  const signal = new AbortController().signal;
  const at = new Date();
  const operator = createPlatformClient(platform.baseUrl, platform.operatorToken, signal);
  const id = textOf(await operator.post('/platform/v1/organizations', { external_id: organization, name: 'Conformance' }), 'id');
  const apiKey = textOf(await operator.post(`/platform/v1/organizations/${id}/api-keys`, { name: 'back end', scopes: ALL_SCOPES }), 'key');
  const client = createPlatformClient(platform.baseUrl, apiKey, signal);
  for (const meter of DEMO_METERS) await client.post('/platform/v1/meters', meter);
  await client.post('/platform/v1/plans', PLAN);
  const ids = new Map<unknown, string>();
  for (const customer of DEMO_CUSTOMER_RESOURCES)
    ids.set(customer['external_id'], textOf(await client.post('/platform/v1/customers', customer), 'id'));
  const customerId = ids.get(DEMO_CUSTOMERS.web)!;
  await client.post('/platform/v1/subscriptions', {
    external_id: 'web-plan',
    customer_id: customerId,
    plan_code: PLAN.code,
    billing_time: 'calendar',
    time_zone: 'UTC',
    started_at: startOfMonth(at).toISOString(),
  });
  const makeKey = async (name: string, scopes: readonly string[], customer?: string): Promise<string> => {
    const owner = customer === undefined ? {} : { customer_id: ids.get(customer) };
    return textOf(await client.post('/platform/v1/api-keys', { name, scopes, ...owner }), 'key');
  };
  const keys = {
    billing: await makeKey('billing', ['usage:read'], DEMO_CUSTOMERS.web),
    crossmint: await makeKey('crossmint', ['projects:usage.read'], DEMO_CUSTOMERS.wallets),
    comet: await makeKey('comet', ['usage:read'], DEMO_CUSTOMERS.edge),
    lago: await makeKey('lago', ['analytic:read']),
    gnip: await makeKey(GNIP_USER, ['usage:read'], DEMO_CUSTOMERS.search),
  };
  const session = await client.post(`/platform/v1/customers/${customerId}/tokens`, {});
  if (isUsed) {
    const web: TestOrganization = { id, apiKey, customerId, customerToken: keys.billing, subject: DEMO_CUSTOMERS.web, client };
    await storeEvents(platform.baseUrl, apiKey, buildEvents(at));
    await waitUntilUsed(platform, web, { metric: 'apiCalls', used: WEB_USED.apiCalls });
  }
  return {
    platform,
    at,
    keys,
    sessionToken: textOf(session, 'token'),
    projectId: DEMO_CUSTOMERS.wallets,
    account: DEMO_CUSTOMERS.search,
    gnipUser: GNIP_USER,
  };
}

interface ChargeTerms {
  readonly name: string;
  readonly unit: string;
  readonly unitSize?: string;
  readonly included: string;
  readonly unitAmount: string;
}

function charge(code: string, { name, unit, unitSize = '1', included, unitAmount }: ChargeTerms): Record<string, unknown> {
  const price = { model: 'standard', unit_amount: unitAmount };
  return { metric: code, name, meter_code: code, unit, unit_size: unitSize, included_units: included, price };
}

/** One batch, which is counted as a whole. */
function buildEvents(at: Date): SentEvent[] {
  const { web, edge, wallets, search } = DEMO_CUSTOMERS;
  const stream = { publisher: 'twitter', product: 'PowerTrack', endpoint: 'PowerTrack 2.0', label: 'prod' };
  const replay = { ...stream, endpoint: 'PowerTrack Replay 2.0', label: 'dev' };
  const month = { publisher: 'twitter', product: 'Search API (30-Day) 2.0', endpoint: 'Search API (30-Day) 2.0', label: 'prod' };
  const request = (path: string, status: number): Record<string, unknown> => ({
    method: 'POST',
    path,
    status,
    request: {
      body: { title: 'October', password: CANARY },
      query: { access_token: CANARY },
      params: { reportId: 'r1' },
      headers: { host: 'api.example.com', authorization: `Bearer ${CANARY}` },
    },
    response: { id: 'r1' },
  });
  const sent: readonly (readonly [subject: string, type: string, data: Readonly<Record<string, unknown>>])[] = [
    ...Array.from({ length: WEB_USED.apiCalls }, () => [web, 'api.request', { bytes: 62_500_000 }] as const),
    [web, 'storage.measured', { bytes: 675_000_000 }],
    [web, 'email.sent', {}],
    [edge, 'api.request', request('/v2/reports/', 200)],
    [edge, 'api.request', request('/v2/reports/r1', 422)],
    ...['w1', 'w2', 'w1'].map((walletId) => [wallets, 'wallet.active', { walletId }] as const),
    [search, 'stream.activity', { activityId: 'a1', ...stream }],
    [search, 'stream.activity', { activityId: 'a2', ...stream }],
    [search, 'stream.activity', { activityId: 'a1', ...replay }],
    [search, 'search.activity', { activityId: 'a1', ...month }],
    [search, 'search.activity', { activityId: 'a3', ...month }],
    [search, 'search.request', month],
    [search, 'search.request', month],
  ];
  return sent.map(([subject, type, data], index) => ({
    specversion: '1.0',
    id: `conformance-${index + 1}`,
    source: '/e2e',
    type,
    subject,
    time: new Date(at.getTime() - sent.length + index).toISOString(),
    data,
  }));
}
