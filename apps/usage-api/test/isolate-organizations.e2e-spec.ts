import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { buildOpenApi } from '@tallymark/service-kit';
import { type CatalogueApp, METER, NOW, PLAN, START_TIMEOUT_MS, startCatalogueApp, textOf } from './support/catalogue-app.js';
import { addStatement } from './support/statement-fixture.js';

type Entity = 'customer' | 'meter' | 'plan' | 'subscription' | 'statement' | 'correction' | 'apiKey';

/** What a tenant has: of each kind one, by id and by the name it gave it. */
interface Tenant {
  readonly key: string;
  readonly refs: Readonly<Record<Entity, readonly string[]>>;
}

const RANDOM = '0197a1b2-4c3d-7e5f-8a9b-0c1d2e3f4a5b';
const OPERATOR_PATHS = '/platform/v1/organizations';

/** Every route that names something in its path. Deleting and revoking come last, since they end what the others read. */
const ROUTES: readonly { readonly route: string; readonly entity: Entity; readonly own: number; readonly body?: object }[] = [
  { route: 'GET /platform/v1/api-keys/{id}', entity: 'apiKey', own: 200 },
  { route: 'GET /platform/v1/customers/{customer}', entity: 'customer', own: 200 },
  { route: 'PATCH /platform/v1/customers/{customer}', entity: 'customer', own: 200, body: { name: 'X' } },
  { route: 'POST /platform/v1/customers/{customer}/tokens', entity: 'customer', own: 201, body: {} },
  { route: 'GET /platform/v1/meters/{meter}', entity: 'meter', own: 200 },
  { route: 'PATCH /platform/v1/meters/{meter}', entity: 'meter', own: 200, body: { name: 'X' } },
  { route: 'GET /platform/v1/plans/{plan}', entity: 'plan', own: 200 },
  { route: 'GET /platform/v1/plans/{plan}/versions', entity: 'plan', own: 200 },
  { route: 'GET /platform/v1/plans/{plan}/versions/{version}', entity: 'plan', own: 200 },
  { route: 'POST /platform/v1/plans/{plan}/versions', entity: 'plan', own: 200, body: terms() },
  { route: 'GET /platform/v1/subscriptions/{subscription}', entity: 'subscription', own: 200 },
  { route: 'GET /platform/v1/subscriptions/{subscription}/statement', entity: 'subscription', own: 200 },
  { route: 'PATCH /platform/v1/subscriptions/{subscription}', entity: 'subscription', own: 200, body: { time_zone: 'Asia/Tokyo' } },
  {
    route: 'POST /platform/v1/subscriptions/{subscription}/change',
    entity: 'subscription',
    own: 200,
    body: { plan_code: 'own-plan' },
  },
  {
    route: 'POST /platform/v1/subscriptions/{subscription}/terminate',
    entity: 'subscription',
    own: 200,
    body: { ended_at: NOW.toISOString() },
  },
  { route: 'GET /platform/v1/statements/{statement}', entity: 'statement', own: 200 },
  { route: 'GET /platform/v1/statements/{statement}/versions', entity: 'statement', own: 200 },
  { route: 'GET /platform/v1/corrections/{correction}', entity: 'correction', own: 200 },
  { route: 'POST /platform/v1/corrections/{correction}/apply', entity: 'correction', own: 200 },
  { route: 'POST /platform/v1/corrections/{correction}/revert', entity: 'correction', own: 202, body: { reason: 'X' } },
  { route: 'DELETE /platform/v1/meters/{meter}', entity: 'meter', own: 204 },
  { route: 'POST /platform/v1/api-keys/{id}/revoke', entity: 'apiKey', own: 200 },
];

/** As billing-calc leaves it. */
const APPLIED_CORRECTION = `
  INSERT INTO correction (id, organization_id, external_id, kind, status, reason, request, request_hash, requested_by, created_at, applied_at)
  SELECT gen_random_uuid(), organization_id, $1, 'void', 'applied', 'X', '{}', '', '{"id":"","name":"X"}', now(), now() FROM subscription WHERE id = $2
  RETURNING id`;

function terms(): object {
  const { code: _, name: __, ...rest } = PLAN;
  return { ...rest, charges: [] };
}

describe('one organization and another', () => {
  let catalogue: CatalogueApp;
  let own: Tenant;
  let other: Tenant;

  beforeAll(async () => {
    catalogue = await startCatalogueApp();
    own = await makeTenant('own');
    other = await makeTenant('other');
  }, START_TIMEOUT_MS);
  afterAll(async () => catalogue.stop());

  const makeTenant = async (name: string): Promise<Tenant> => {
    const { key: token } = await catalogue.addOrganization(name);
    const create = async (path: string, body: object): Promise<string> =>
      textOf(await catalogue.call('POST', `/platform/v1/${path}`, { token, body }), 'id');
    const meter = await create('meters', { ...METER, code: `${name}_calls` });
    const plan = await create('plans', { ...PLAN, code: `${name}-plan`, charges: [] });
    const customer = await create('customers', { external_id: `${name}-customer`, name });
    const subscription = await create('subscriptions', {
      external_id: `${name}-subscription`,
      customer_id: customer,
      plan_code: `${name}-plan`,
      started_at: '2026-11-01T00:00:00Z',
    });
    const owner = await catalogue.database.connect('owner');
    await addStatement(owner, subscription, { from: '2026-11-01T00:00:00Z', to: '2026-12-01T00:00:00Z' }, '1000');
    const [statement]: { id: string }[] = await owner.query('SELECT id FROM statement WHERE subscription_id = $1', [subscription]);
    const [correction]: { id: string }[] = await owner.query(APPLIED_CORRECTION, [`${name}-correction`, subscription]);
    const apiKey = await create('api-keys', { name: 'spare', scopes: ['usage:read'] });
    return {
      key: token,
      refs: {
        meter: [`${name}_calls`, meter],
        plan: [`${name}-plan`, plan],
        customer: [`${name}-customer`, customer],
        subscription: [`${name}-subscription`, subscription],
        statement: [statement!.id],
        correction: [`${name}-correction`, correction!.id],
        apiKey: [apiKey],
      },
    };
  };

  const send = async (route: string, reference: string, body?: object): Promise<number> => {
    const [method, path] = route.split(' ') as ['GET', string];
    const url = path.replace('{version}', '1').replaceAll(/\{\w+\}/g, encodeURIComponent(reference));
    const headers = { prefer: 'wait=0' };
    return (await catalogue.call(method, url, { token: own.key, headers, ...(body === undefined ? {} : { body }) })).status;
  };

  it('has a row here for every route of the document that names something', () => {
    const documented = Object.entries(buildOpenApi(catalogue.app).paths).flatMap(([path, operations]) =>
      path.startsWith('/platform/v1/') && path.includes('{') && !path.startsWith(OPERATOR_PATHS)
        ? Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`)
        : [],
    );
    expect(documented.sort()).toEqual(ROUTES.map(({ route }) => route).sort());
  });

  it.each(ROUTES)('$route: own, the other’s, nobody’s', async ({ route, entity, own: expected, body }) => {
    const foreign = await Promise.all([...other.refs[entity], RANDOM, 'nobody'].map((reference) => send(route, reference, body)));
    expect(foreign).toEqual(foreign.map(() => 404));
    const reference = own.refs[entity].at(-1)!;
    expect(await send(route, reference, body)).toBe(expected);
  });

  it.each(['subscriptions?customer=', 'statements?customer=', 'statements?subscription='])(
    'GET %s: own, the other’s, nobody’s',
    async (query) => {
      const entity = query.endsWith('customer=') ? 'customer' : 'subscription';
      const statuses = async (references: readonly string[]): Promise<number[]> =>
        Promise.all(
          references.map(
            async (reference) => (await catalogue.call('GET', `/platform/v1/${query}${reference}`, { token: own.key })).status,
          ),
        );
      expect(await statuses(own.refs[entity])).toEqual([200, 200]);
      expect(await statuses([...other.refs[entity], RANDOM])).toEqual([404, 404, 404]);
    },
  );

  it.each(['api-keys', 'meters', 'plans', 'customers', 'subscriptions', 'statements', 'corrections'])(
    'lists nothing of the other among its %s',
    async (list) => {
      const answer = await catalogue.call('GET', `/platform/v1/${list}`, { token: own.key });
      const text = JSON.stringify(answer.body);
      expect(
        Object.values(other.refs)
          .flat()
          .filter((reference) => text.includes(reference)),
      ).toEqual([]);
      expect(answer.status).toBe(200);
    },
  );

  it('takes a cursor of its own alone', async () => {
    await catalogue.call('POST', '/platform/v1/customers', { token: other.key, body: { external_id: 'second', name: 'Second' } });
    const page = await catalogue.call('GET', '/platform/v1/customers?limit=1', { token: other.key });
    const cursor = textOf(page, 'next_cursor');
    expect((await catalogue.call('GET', `/platform/v1/customers?limit=1&cursor=${cursor}`, { token: own.key })).status).toBe(400);
    expect((await catalogue.call('GET', `/platform/v1/customers?limit=1&cursor=${cursor}`, { token: other.key })).status).toBe(200);
  });

  it('may name its things as the other does, and learns nothing by it', async () => {
    const statuses = [
      await catalogue.call('POST', '/platform/v1/meters', { token: own.key, body: { ...METER, code: 'other_calls' } }),
      await catalogue.call('POST', '/platform/v1/plans', { token: own.key, body: { ...PLAN, code: 'other-plan', charges: [] } }),
      await catalogue.call('POST', '/platform/v1/customers', { token: own.key, body: { external_id: 'other-customer', name: 'Mine' } }),
    ];
    expect(statuses.map((answer) => answer.status)).toEqual([201, 201, 201]);
  });

  it('can put nothing of the other into what it makes', async () => {
    const [, customerId] = other.refs.customer;
    const statuses = [
      await catalogue.call('POST', '/platform/v1/subscriptions', {
        token: own.key,
        body: { external_id: 'x', customer_id: customerId, plan_code: 'own-plan' },
      }),
      await catalogue.call('POST', '/platform/v1/api-keys', {
        token: own.key,
        body: { name: 'x', scopes: ['usage:read'], customer_id: customerId },
      }),
    ];
    expect(statuses.map((answer) => answer.status)).toEqual([422, 422]);
  });
});
