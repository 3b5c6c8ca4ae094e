import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type CatalogueApp, NOW, OPERATOR_TOKEN, placesOf, START_TIMEOUT_MS, startCatalogueApp, textOf } from './support/catalogue-app.js';

describe('/platform/v1/organizations', () => {
  let catalogue: CatalogueApp;
  const token = OPERATOR_TOKEN;

  beforeAll(async () => {
    catalogue = await startCatalogueApp();
  }, START_TIMEOUT_MS);
  afterAll(async () => catalogue.stop());

  it('creates an organization and gives it its first key, which works', async () => {
    const created = await catalogue.call('POST', '/platform/v1/organizations', { token, body: { external_id: 'first', name: 'First' } });
    const id = textOf(created, 'id');
    expect(created).toMatchObject({
      status: 201,
      headers: { location: `/platform/v1/organizations/${id}` },
      body: { external_id: 'first', name: 'First', settings: {}, created_at: NOW.toISOString() },
    });
    const key = await catalogue.call('POST', `/platform/v1/organizations/${id}/api-keys`, {
      token,
      body: { name: 'admin', scopes: ['keys:admin'] },
    });
    expect(key).toMatchObject({
      status: 201,
      headers: { 'cache-control': 'no-store' },
      body: { name: 'admin', scopes: ['keys:admin'], customer_id: null },
    });
    const keys = await catalogue.call('GET', '/platform/v1/api-keys', { token: textOf(key, 'key') });
    expect(keys.body).toMatchObject({ data: [{ id: key.body['id'] }], next_cursor: null });
  });

  it('answers 200 for the same content again, and 409 that names what differs', async () => {
    const body = { external_id: 'again', name: 'Again', settings: { crossmint_usage_shape: 'array' } };
    const first = await catalogue.call('POST', '/platform/v1/organizations', { token, body });
    expect(await catalogue.call('POST', '/platform/v1/organizations', { token, body })).toMatchObject({ status: 200, body: first.body });
    const other = await catalogue.call('POST', '/platform/v1/organizations', { token, body: { ...body, settings: {} } });
    expect({ status: other.status, places: placesOf(other) }).toEqual({ status: 409, places: ['/settings'] });
  });

  it('changes name and settings', async () => {
    const created = await catalogue.call('POST', '/platform/v1/organizations', { token, body: { external_id: 'changed', name: 'A' } });
    const path = `/platform/v1/organizations/${textOf(created, 'id')}`;
    const read = await catalogue.call('GET', path, { token });
    const etag = String(read.headers['etag']);
    const changed = await catalogue.call('PATCH', path, {
      token,
      body: { settings: { crossmint_usage_shape: 'object' } },
      headers: { 'if-match': etag },
    });
    expect(changed).toMatchObject({ status: 200, body: { name: 'A', settings: { crossmint_usage_shape: 'object' } } });
    expect((await catalogue.call('PATCH', path, { token, body: { name: 'B' }, headers: { 'if-match': etag } })).status).toBe(412);
    expect(await catalogue.call('PATCH', path, { token, body: { name: 'B' } })).toMatchObject({
      status: 200,
      body: changed.body['settings'] === undefined ? {} : { name: 'B', settings: { crossmint_usage_shape: 'object' } },
    });
  });

  it.each([
    { hours: 0, status: 200 },
    { hours: 744, status: 200 },
    { hours: 745, status: 400 },
    { hours: -1, status: 400 },
    { hours: 1.5, status: 400 },
    { hours: '72', status: 400 },
  ])('answers $status to a grace of $hours hours for its statements', async ({ hours, status }) => {
    const created = await catalogue.call('POST', '/platform/v1/organizations', {
      token,
      body: { external_id: `grace-${hours}`, name: 'A' },
    });
    const answer = await catalogue.call('PATCH', `/platform/v1/organizations/${textOf(created, 'id')}`, {
      token,
      body: { settings: { statement_grace_hours: hours } },
    });
    expect(answer.status).toBe(status);
    if (status === 200) expect(answer.body['settings']).toEqual({ statement_grace_hours: hours });
    else expect(placesOf(answer)).toEqual(['/settings/statement_grace_hours']);
  });

  it('lists all organizations, page by page', async () => {
    const all = await catalogue.call('GET', '/platform/v1/organizations', { token });
    const names = (all.body['data'] as { external_id: string }[]).map((organization) => organization.external_id);
    const seen: string[] = [];
    for (let cursor: unknown = ''; cursor !== null;) {
      const page = await catalogue.call('GET', `/platform/v1/organizations?limit=1${cursor === '' ? '' : `&cursor=${String(cursor)}`}`, {
        token,
      });
      seen.push(...(page.body['data'] as { external_id: string }[]).map((organization) => organization.external_id));
      cursor = page.body['next_cursor'];
    }
    expect(names.length).toBeGreaterThan(1);
    expect(seen).toEqual(names);
  });

  it('is for the operator alone', async () => {
    const { id, key } = await catalogue.addOrganization('tenant');
    const statuses = await Promise.all([
      catalogue.call('GET', '/platform/v1/organizations'),
      catalogue.call('GET', '/platform/v1/organizations', { token: key }),
      catalogue.call('GET', `/platform/v1/organizations/${id}`, { token: key }),
      catalogue.call('PATCH', `/platform/v1/organizations/${id}`, { token: key, body: { name: 'X' } }),
      catalogue.call('POST', `/platform/v1/organizations/${id}/api-keys`, { token: key, body: { name: 'x', scopes: ['keys:admin'] } }),
      catalogue.call('POST', '/platform/v1/organizations', {
        token: 'operator-token-of-the-tests-alonE',
        body: { external_id: 'x', name: 'x' },
      }),
    ]);
    expect(statuses.map((answer) => answer.status)).toEqual(Array(statuses.length).fill(401));
  });

  it.each(['00000000-0000-7000-8000-000000000000', 'nobody'])('knows no organization %s', async (id) => {
    const read = await catalogue.call('GET', `/platform/v1/organizations/${id}`, { token });
    const key = await catalogue.call('POST', `/platform/v1/organizations/${id}/api-keys`, {
      token,
      body: { name: 'x', scopes: ['keys:admin'] },
    });
    expect([read.status, key.status]).toEqual([404, 404]);
  });
});
