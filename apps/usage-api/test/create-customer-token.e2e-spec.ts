import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { verifyCustomerToken } from '@tallymark/service-kit';
import { type CatalogueApp, NOW, TOKEN_SECRET, placesOf, START_TIMEOUT_MS, startCatalogueApp, textOf } from './support/catalogue-app.js';

describe('POST /platform/v1/customers/{customer}/tokens', () => {
  let catalogue: CatalogueApp;
  let token: string;
  let organizationId: string;
  let customerId: string;

  beforeAll(async () => {
    catalogue = await startCatalogueApp();
    ({ id: organizationId, key: token } = await catalogue.addOrganization('tokens'));
    customerId = textOf(
      await catalogue.call('POST', '/platform/v1/customers', { token, body: { external_id: 'acme', name: 'Acme' } }),
      'id',
    );
  }, START_TIMEOUT_MS);
  afterAll(async () => catalogue.stop());

  const create = (customer: string, body?: object, by = token) =>
    catalogue.call('POST', `/platform/v1/customers/${customer}/tokens`, { token: by, ...(body === undefined ? {} : { body }) });

  it.each([
    { case: 'an hour when nothing is said', body: undefined, expiresAt: '2026-11-21T13:00:00.000Z' },
    { case: 'as long as is said', body: { expires_in_seconds: 86_400 }, expiresAt: '2026-11-22T12:00:00.000Z' },
  ])('holds for $case', async ({ body, expiresAt }) => {
    const created = await create('acme', body);
    expect(created).toMatchObject({ status: 201, headers: { 'cache-control': 'no-store' }, body: { expires_at: expiresAt } });
    expect(await verifyCustomerToken(TOKEN_SECRET, textOf(created, 'token'), NOW)).toEqual({
      organizationId,
      customerId,
      expiresAt: new Date(expiresAt),
    });
  });

  it('reads statements and nothing else, and makes no further token', async () => {
    const customerToken = textOf(await create('acme'), 'token');
    const statuses = await Promise.all(
      ['statements', 'customers', 'customers/acme', 'meters', 'plans', 'subscriptions', 'api-keys'].map(async (path) => [
        path,
        (await catalogue.call('GET', `/platform/v1/${path}`, { token: customerToken })).status,
      ]),
    );
    expect(Object.fromEntries(statuses)).toEqual({
      statements: 200,
      customers: 403,
      'customers/acme': 403,
      meters: 403,
      plans: 403,
      subscriptions: 403,
      'api-keys': 403,
    });
    expect((await create('acme', {}, customerToken)).status).toBe(403);
  });

  it.each([59, 86_401, 3600.5, '3600'])('refuses %j seconds', async (expires_in_seconds) => {
    const answer = await create('acme', { expires_in_seconds });
    expect({ status: answer.status, places: placesOf(answer) }).toEqual({ status: 400, places: ['/expires_in_seconds'] });
  });

  it('knows no token for nobody', async () => {
    expect((await create('nobody')).status).toBe(404);
  });
});
