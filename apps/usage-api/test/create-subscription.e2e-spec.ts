import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { DataSource } from '@tallymark/persistence';
import { type CatalogueApp, METER, NOW, PLAN, placesOf, START_TIMEOUT_MS, startCatalogueApp, textOf } from './support/catalogue-app.js';

describe('/platform/v1/subscriptions', () => {
  let catalogue: CatalogueApp;
  let token: string;
  let owner: DataSource;
  let customerId: string;

  beforeAll(async () => {
    catalogue = await startCatalogueApp();
    owner = await catalogue.database.connect('owner');
    token = (await catalogue.addOrganization('subscriptions')).key;
    const { code: _, name: __, ...terms } = PLAN;
    await catalogue.call('POST', '/platform/v1/meters', { token, body: METER });
    await catalogue.call('POST', '/platform/v1/plans', { token, body: PLAN });
    await catalogue.call('POST', '/platform/v1/plans/pro/versions', { token, body: { ...terms, base_amount: '109' } });
    customerId = textOf(
      await catalogue.call('POST', '/platform/v1/customers', {
        token,
        body: { external_id: 'acme', name: 'Acme', time_zone: 'Europe/Berlin' },
      }),
      'id',
    );
    await catalogue.call('POST', '/platform/v1/customers', { token, body: { external_id: 'other', name: 'Other' } });
  }, START_TIMEOUT_MS);
  afterAll(async () => catalogue.stop());

  const create = (externalId: string, body: object = {}) =>
    catalogue.call('POST', '/platform/v1/subscriptions', {
      token,
      body: { external_id: externalId, customer_id: 'acme', plan_code: 'pro', ...body },
    });
  const terminate = (externalId: string, body?: object) =>
    catalogue.call('POST', `/platform/v1/subscriptions/${externalId}/terminate`, { token, ...(body === undefined ? {} : { body }) });
  const queued = async (id: unknown): Promise<unknown> =>
    owner.query('SELECT touched_from AS "from", touched_to AS "to" FROM statement_queue WHERE subscription_id = $1 ORDER BY id', [id]);

  it('subscribes a customer to the current version, in its own time zone, from now on', async () => {
    const created = await create('defaults');
    expect(created).toMatchObject({
      status: 201,
      headers: { location: `/platform/v1/subscriptions/${String(created.body['id'])}` },
      body: {
        customer_id: customerId,
        customer_external_id: 'acme',
        plan_code: 'pro',
        plan_version: 2,
        billing_time: 'calendar',
        time_zone: 'Europe/Berlin',
        started_at: NOW.toISOString(),
        ended_at: null,
      },
    });
    for (const reference of ['defaults', textOf(created, 'id')]) {
      expect(await catalogue.call('GET', `/platform/v1/subscriptions/${reference}`, { token })).toMatchObject({
        status: 200,
        body: created.body,
      });
    }
  });

  it.each([
    { case: 'in the past', started_at: '2026-01-01T00:00:00+01:00', from: '2025-12-31T22:59:59.999Z' },
    { case: 'in the future', started_at: '2027-01-01T00:00:00Z', from: '2026-11-21T11:59:59.999Z' },
  ])('asks for the statements of one that starts $case, once', async ({ started_at, from }) => {
    const created = await create(`queued ${started_at}`, { started_at });
    await create(`queued ${started_at}`, { started_at });
    expect(await queued(created.body['id'])).toEqual([{ from: new Date(from), to: NOW }]);
  });

  it('answers 200 for the same content again, also when a newer version or another zone would be chosen now', async () => {
    const body = {
      customer_id: customerId,
      plan_version: 1,
      started_at: '2026-01-01T00:00:00.000Z',
      time_zone: 'UTC',
      billing_time: 'anniversary',
    };
    const first = await create('again', body);
    expect(first).toMatchObject({ status: 201, body: { ...body, customer_external_id: 'acme' } });
    expect(await create('again', { ...body, customer_id: 'acme', started_at: '2026-01-01T01:00:00+01:00' })).toMatchObject({
      status: 200,
      body: first.body,
    });
    expect((await create('again', { billing_time: 'anniversary' })).status).toBe(200);
    const other = await create('again', { ...body, customer_id: 'other', plan_version: 2 });
    expect({ status: other.status, places: placesOf(other) }).toEqual({ status: 409, places: ['/customer_id', '/plan_version'] });
  });

  it.each([
    { case: 'an unknown customer', body: { customer_id: 'nobody' }, status: 422, places: ['/customer_id'] },
    { case: 'an unknown plan', body: { plan_code: 'gold' }, status: 422, places: ['/plan_code'] },
    { case: 'an unknown version', body: { plan_version: 3 }, status: 422, places: ['/plan_version'] },
    { case: 'a version that is no number', body: { plan_version: '1' }, status: 400, places: ['/plan_version'] },
    { case: 'a version that no integer holds', body: { plan_version: 4_294_967_296 }, status: 400, places: ['/plan_version'] },
    { case: 'a start without an offset', body: { started_at: '2026-01-01T00:00:00' }, status: 400, places: ['/started_at'] },
    { case: 'a start long ago', body: { started_at: '1970-01-01T00:00:00Z' }, status: 400, places: ['/started_at'] },
  ])('refuses $case', async ({ body, status, places }) => {
    const answer = await create('refused', body);
    expect({ status: answer.status, places: placesOf(answer) }).toEqual({ status, places });
  });

  it('refuses a plan that charges by a meter that is deleted, and answers for what was created before as ever', async () => {
    const meter = { ...METER, code: 'short_lived' };
    await catalogue.call('POST', '/platform/v1/meters', { token, body: meter });
    const charges = [...PLAN.charges, { ...PLAN.charges[0], metric: 'short_lived', meter_code: 'short_lived' }];
    await catalogue.call('POST', '/platform/v1/plans', { token, body: { ...PLAN, code: 'short', charges } });
    const body = { plan_code: 'short', started_at: '2026-11-01T00:00:00Z' };
    expect((await create('before', body)).status).toBe(201);
    await terminate('before');
    await create('elsewhere');
    expect((await catalogue.call('DELETE', '/platform/v1/meters/short_lived', { token })).status).toBe(204);
    const refusals = [
      await create('after', body),
      await catalogue.call('POST', '/platform/v1/subscriptions/elsewhere/change', { token, body: { plan_code: 'short' } }),
    ];
    const message =
      'received plan "short" version 1, which charges by deleted meters ("short_lived"); expected a version that charges by meters in use';
    const expected = { status: 422, details: [{ pointer: '/plan_code', code: 'deleted_meter', message }] };
    expect(refusals.map(({ status, body: { errors } }) => ({ status, details: errors }))).toEqual([expected, expected]);
    expect((await create('before', body)).status).toBe(200);
    await catalogue.call('POST', '/platform/v1/meters', { token, body: meter });
    expect((await create('after', body)).status).toBe(201);
  });

  it.each([
    { case: '5,000 days ago', started_at: '2013-03-14T00:00:00+01:00', status: 201 },
    { case: '5,001 days ago', started_at: '2013-03-13T00:00:00+01:00', status: 422 },
  ])('answers $status for a daily plan from $case', async ({ started_at, status }) => {
    await catalogue.call('POST', '/platform/v1/plans', { token, body: { ...PLAN, code: 'daily', interval: 'daily' } });
    const answer = await create(`daily ${status}`, { plan_code: 'daily', started_at });
    expect({ status: answer.status, places: placesOf(answer) }).toEqual({ status, places: status === 422 ? ['/started_at'] : [] });
  });

  it('ends a subscription once, and asks for the statements that this touches', async () => {
    const created = await create('ending', { started_at: '2026-01-01T00:00:00Z' });
    const ended = await terminate('ending', { ended_at: '2026-06-30T22:00:00Z' });
    expect(ended).toMatchObject({ status: 200, body: { ended_at: '2026-06-30T22:00:00.000Z' } });
    expect(await terminate('ending', { ended_at: '2026-07-01T00:00:00+02:00' })).toMatchObject({ status: 200, body: ended.body });
    expect(await terminate('ending')).toMatchObject({ status: 200, body: ended.body });
    expect((await terminate('ending', { ended_at: '2026-07-01T00:00:00Z' })).status).toBe(409);
    expect(await queued(created.body['id'])).toEqual([
      { from: new Date('2025-12-31T23:59:59.999Z'), to: NOW },
      { from: new Date('2026-06-30T21:59:59.999Z'), to: NOW },
    ]);
  });

  it('ends now without a body, and never before the start', async () => {
    await create('now', { started_at: '2026-01-01T00:00:00Z' });
    expect(await terminate('now')).toMatchObject({ status: 200, body: { ended_at: NOW.toISOString() } });
    await create('later', { started_at: '2027-01-01T00:00:00Z' });
    const refused = await terminate('later', { ended_at: '2027-01-01T00:00:00Z' });
    expect({ status: refused.status, places: placesOf(refused) }).toEqual({ status: 422, places: ['/ended_at'] });
  });

  it('lists those of a customer', async () => {
    const { body } = await create('of-other', { customer_id: 'other' });
    for (const customer of ['other', String(body['customer_id'])]) {
      expect((await catalogue.call('GET', `/platform/v1/subscriptions?customer=${customer}`, { token })).body).toEqual({
        data: [body],
        next_cursor: null,
      });
    }
    expect((await catalogue.call('GET', '/platform/v1/subscriptions?customer=nobody', { token })).status).toBe(404);
    const page = await catalogue.call('GET', '/platform/v1/subscriptions?limit=2', { token });
    const cursor = textOf(page, 'next_cursor');
    expect((await catalogue.call('GET', `/platform/v1/subscriptions?limit=2&cursor=${cursor}`, { token })).status).toBe(200);
    // A cursor belongs to its query.
    const foreign = await catalogue.call('GET', `/platform/v1/subscriptions?limit=2&customer=other&cursor=${cursor}`, { token });
    expect({ status: foreign.status, places: placesOf(foreign) }).toEqual({ status: 400, places: ['cursor'] });
  });
});
