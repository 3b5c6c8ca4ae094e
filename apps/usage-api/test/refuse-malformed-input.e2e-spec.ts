import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type Answer,
  type CatalogueApp,
  METER,
  OPERATOR_TOKEN,
  PLAN,
  placesOf,
  START_TIMEOUT_MS,
  startCatalogueApp,
} from './support/catalogue-app.js';

/** Every body that the catalogue reads, complete. */
const BODIES: readonly { readonly route: string; readonly body: Readonly<Record<string, unknown>>; readonly isOperator?: boolean }[] = [
  {
    route: 'POST /platform/v1/organizations',
    body: { external_id: 'o', name: 'O', settings: { crossmint_usage_shape: 'auto' } },
    isOperator: true,
  },
  {
    route: 'PATCH /platform/v1/organizations/{organization}',
    body: { name: 'O', settings: { crossmint_usage_shape: 'auto' } },
    isOperator: true,
  },
  { route: 'POST /platform/v1/organizations/{organization}/api-keys', body: { name: 'k', scopes: ['usage:read'] }, isOperator: true },
  {
    route: 'POST /platform/v1/api-keys',
    body: { name: 'k', scopes: ['usage:read'], customer_id: 'acme', expires_at: '2027-01-01T00:00:00Z' },
  },
  {
    route: 'POST /platform/v1/meters',
    body: {
      ...METER,
      aggregation: 'sum',
      value_property: '$.n',
      filters: [{ property: '$.a', in: ['b'] }],
      group_by: { a: '$.a' },
      recurring: false,
    },
  },
  { route: 'PATCH /platform/v1/meters/api_calls', body: { name: 'A', unit: 'B' } },
  { route: 'POST /platform/v1/plans', body: PLAN },
  {
    route: 'POST /platform/v1/plans/pro/versions',
    body: { currency: 'USD', interval: 'monthly', base_amount: '1', charges: PLAN.charges },
  },
  {
    route: 'POST /platform/v1/customers',
    body: { external_id: 'c', name: 'C', type: 'company', country: 'DE', currency: 'EUR', time_zone: 'UTC', subjects: ['c'] },
  },
  {
    route: 'PATCH /platform/v1/customers/acme',
    body: { name: 'C', type: 'company', country: 'DE', currency: 'EUR', time_zone: 'UTC', subjects: ['acme'] },
  },
  { route: 'POST /platform/v1/customers/acme/tokens', body: { expires_in_seconds: 60 } },
  {
    route: 'POST /platform/v1/subscriptions',
    body: {
      external_id: 's',
      customer_id: 'acme',
      plan_code: 'pro',
      plan_version: 1,
      billing_time: 'calendar',
      time_zone: 'UTC',
      started_at: '2026-01-01T00:00:00Z',
    },
  },
  { route: 'PATCH /platform/v1/subscriptions/s', body: { time_zone: 'UTC' } },
  {
    route: 'POST /platform/v1/subscriptions/s/change',
    body: { plan_code: 'pro', plan_version: 1, effective_at: '2026-03-01T00:00:00Z' },
  },
  { route: 'POST /platform/v1/subscriptions/s/terminate', body: { ended_at: '2026-06-01T00:00:00Z' } },
];

const READS = [
  'api-keys/{x}',
  'meters/{x}',
  'plans/{x}',
  'plans/{x}/versions',
  'customers/{x}',
  'subscriptions/{x}',
  'subscriptions/{x}/statement',
];
const LISTS = ['api-keys', 'meters', 'plans', 'customers', 'subscriptions', 'statements'];

/** What is ours to say, and no request's. */
const OURS = [
  'id',
  'organization_id',
  'organizationId',
  'created_at',
  'updated_at',
  'deleted_at',
  'revoked_at',
  'folded',
  'complete',
  'version',
  'secret_hash',
];

/** Each text in a body in turn, replaced: `[pointer, body]`. */
function replaceEachText(value: unknown, replacement: string, at = ''): [string, unknown][] {
  if (typeof value === 'string') return [[at, replacement]];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([member, inner]) =>
    replaceEachText(inner, replacement, `${at}/${member}`).map(([pointer, replaced]): [string, unknown] => {
      const copy: unknown = structuredClone(value);
      (copy as Record<string, unknown>)[member] = replaced;
      return [pointer, copy];
    }),
  );
}

describe('what the catalogue does not read', () => {
  let catalogue: CatalogueApp;
  let token: string;
  let organizationId: string;

  beforeAll(async () => {
    catalogue = await startCatalogueApp();
    ({ id: organizationId, key: token } = await catalogue.addOrganization('input'));
    await catalogue.call('POST', '/platform/v1/meters', { token, body: METER });
    await catalogue.call('POST', '/platform/v1/plans', { token, body: PLAN });
    await catalogue.call('POST', '/platform/v1/customers', { token, body: { external_id: 'acme', name: 'Acme' } });
  }, START_TIMEOUT_MS);
  afterAll(async () => catalogue.stop());

  const send = async (route: string, body: unknown, isOperator = false): Promise<Answer> => {
    const [method, path] = route.split(' ') as ['POST', string];
    return catalogue.call(method, path.replace('{organization}', organizationId), { token: isOperator ? OPERATOR_TOKEN : token, body });
  };

  it.each(BODIES)('$route refuses members that it does not know, each by name', async ({ route, body, isOperator }) => {
    const unknown = OURS.filter((member) => !Object.hasOwn(body, member));
    const answer = await send(route, { ...body, ...Object.fromEntries(unknown.map((member) => [member, 'x'])) }, isOperator);
    expect({ status: answer.status, places: placesOf(answer) }).toEqual({
      status: 400,
      places: unknown.map((member) => `/${member}`).sort(),
    });
  });

  it.each(BODIES)('$route refuses NUL in every text', async ({ route, body, isOperator }) => {
    for (const [pointer, poisoned] of replaceEachText(body, 'a\0b')) {
      const answer = await send(route, poisoned, isOperator);
      expect({ pointer, status: answer.status, places: placesOf(answer) }).toEqual({ pointer, status: 400, places: [pointer] });
    }
  });

  it.each(BODIES)('$route refuses what is no object', async ({ route, isOperator }) => {
    for (const body of [[], 'text', 5]) expect((await send(route, body, isOperator)).status).toBe(400);
  });

  it.each(READS)('GET %s answers 400 to NUL and 404 to strange names', async (path) => {
    const statusOf = async (reference: string): Promise<number> =>
      (await catalogue.call('GET', `/platform/v1/${path.replace('{x}', reference)}`, { token })).status;
    expect(await statusOf('a%00b')).toBe(400);
    for (const reference of ['__proto__', 'constructor', '%27%3B--', '%F0%9F%98%80', 'null']) expect(await statusOf(reference)).toBe(404);
  });

  it.each(LISTS)('GET %s refuses filters that it does not know, and limits out of range', async (list) => {
    for (const [query, parameter] of [
      ['limits=5', 'limits'],
      ['limit=0', 'limit'],
      ['limit=101', 'limit'],
      ['limit=x', 'limit'],
      ['cursor=abc', 'cursor'],
      ['cursor=a%00', 'cursor'],
    ] as const) {
      const answer = await catalogue.call('GET', `/platform/v1/${list}?${query}`, { token });
      expect({ query, status: answer.status, places: placesOf(answer) }).toEqual({ query, status: 400, places: [parameter] });
    }
  });

  it.each(['subscriptions?customer=a%00b', 'statements?customer=a%00b', 'statements?subscription=a%00b'])(
    'GET %s answers 400',
    async (path) => {
      expect((await catalogue.call('GET', `/platform/v1/${path}`, { token })).status).toBe(400);
    },
  );

  it('asks for a credential first', async () => {
    const statuses = await Promise.all(
      BODIES.map(async ({ route, body }) => {
        const [method, path] = route.split(' ') as ['POST', string];
        return (await catalogue.call(method, path.replace('{organization}', organizationId), { body })).status;
      }),
    );
    expect(statuses).toEqual(BODIES.map(() => 401));
  });
});
