import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type CatalogueApp, NOW, type Json, placesOf, START_TIMEOUT_MS, startCatalogueApp, textOf } from './support/catalogue-app.js';

describe('/platform/v1/api-keys', () => {
  let catalogue: CatalogueApp;
  let token: string;

  beforeAll(async () => {
    catalogue = await startCatalogueApp();
    token = (await catalogue.addOrganization('keys')).key;
    await catalogue.call('POST', '/platform/v1/customers', { token, body: { external_id: 'acme', name: 'Acme' } });
  }, START_TIMEOUT_MS);
  afterAll(async () => catalogue.stop());

  const create = (body: object, by = token) => catalogue.call('POST', '/platform/v1/api-keys', { token: by, body });

  it('shows the key once, and stores its hash alone', async () => {
    const created = await create({
      name: 'reader',
      scopes: ['usage:read', 'catalogue:read', 'usage:read'],
      expires_at: '2027-01-01T00:00:00+01:00',
    });
    const key = textOf(created, 'key');
    expect(key).toMatch(/^tm_live_[0-9A-Za-z]{32}_[0-9A-Za-z]{6}$/);
    expect(created).toMatchObject({
      status: 201,
      headers: { 'cache-control': 'no-store' },
      body: {
        scopes: ['catalogue:read', 'usage:read'],
        last_four: key.slice(-4),
        expires_at: '2026-12-31T23:00:00.000Z',
        revoked_at: null,
      },
    });
    const { key: _, ...shown } = created.body;
    expect((await catalogue.call('GET', `/platform/v1/api-keys/${textOf(created, 'id')}`, { token })).body).toEqual(shown);
    const list = await catalogue.call('GET', '/platform/v1/api-keys', { token });
    expect(list.body['data']).toContainEqual(shown);
    const owner = await catalogue.database.connect('owner');
    const rows: Json[] = await owner.query('SELECT * FROM api_key');
    expect(JSON.stringify(rows)).not.toContain(key);
    expect((await catalogue.call('GET', '/platform/v1/meters', { token: key })).status).toBe(200);
    expect((await catalogue.call('GET', '/platform/v1/api-keys', { token: key })).status).toBe(403);
  });

  it('gives no scope that the maker lacks', async () => {
    const maker = await create({ name: 'maker', scopes: ['keys:admin', 'usage:read'] });
    const refused = await create({ name: 'more', scopes: ['catalogue:write', 'usage:read'] }, textOf(maker, 'key'));
    expect({ status: refused.status, places: placesOf(refused) }).toEqual({ status: 403, places: ['/scopes/0'] });
    expect((await create({ name: 'less', scopes: ['usage:read'] }, textOf(maker, 'key'))).status).toBe(201);
  });

  it('binds a key to a customer, by id or external id, for that customer’s things alone', async () => {
    const customer = await catalogue.call('GET', '/platform/v1/customers/acme', { token });
    for (const customer_id of ['acme', customer.body['id']]) {
      expect(await create({ name: 'acme', scopes: ['usage:read'], customer_id })).toMatchObject({
        status: 201,
        body: { customer_id: customer.body['id'] },
      });
    }
    const wide = await create({ name: 'acme', scopes: ['catalogue:read', 'events:write'], customer_id: 'acme' });
    expect({ status: wide.status, places: placesOf(wide) }).toEqual({ status: 422, places: ['/scopes/0', '/scopes/1'] });
    const nobody = await create({ name: 'x', scopes: ['usage:read'], customer_id: 'nobody' });
    expect({ status: nobody.status, places: placesOf(nobody) }).toEqual({ status: 422, places: ['/customer_id'] });
  });

  it('revokes a key for good', async () => {
    const created = await create({ name: 'short', scopes: ['catalogue:read'] });
    const path = `/platform/v1/api-keys/${textOf(created, 'id')}/revoke`;
    const revoked = await catalogue.call('POST', path, { token });
    expect(revoked).toMatchObject({ status: 200, body: { revoked_at: NOW.toISOString() } });
    expect(await catalogue.call('POST', path, { token })).toMatchObject({ status: 200, body: revoked.body });
    expect((await catalogue.call('GET', '/platform/v1/meters', { token: textOf(created, 'key') })).status).toBe(401);
  });

  it.each([
    { case: 'no scope', body: { name: 'x', scopes: [] }, status: 400, places: ['/scopes'] },
    { case: 'an unknown scope', body: { name: 'x', scopes: ['everything'] }, status: 400, places: ['/scopes/0'] },
    {
      case: 'an expiry in the past',
      body: { name: 'x', scopes: ['usage:read'], expires_at: NOW.toISOString() },
      status: 422,
      places: ['/expires_at'],
    },
    {
      case: 'a day that does not exist',
      body: { name: 'x', scopes: ['usage:read'], expires_at: '2027-02-29T00:00:00Z' },
      status: 400,
      places: ['/expires_at'],
    },
    { case: 'a key of its own choice', body: { name: 'x', scopes: ['usage:read'], key: 'tm_live_mine' }, status: 400, places: ['/key'] },
  ])('refuses $case', async ({ body, status, places }) => {
    const answer = await create(body);
    expect({ status: answer.status, places: placesOf(answer) }).toEqual({ status, places });
  });
});
