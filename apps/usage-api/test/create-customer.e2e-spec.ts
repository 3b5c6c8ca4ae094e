import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type CatalogueApp, METER, NOW, PLAN, placesOf, START_TIMEOUT_MS, startCatalogueApp, textOf } from './support/catalogue-app.js';

describe('/platform/v1/customers', () => {
  let catalogue: CatalogueApp;
  let token: string;

  beforeAll(async () => {
    catalogue = await startCatalogueApp();
    token = (await catalogue.addOrganization('customers')).key;
  }, START_TIMEOUT_MS);
  afterAll(async () => catalogue.stop());

  const create = (body: object) => catalogue.call('POST', '/platform/v1/customers', { token, body });
  const path = (reference: string): string => `/platform/v1/customers/${encodeURIComponent(reference)}`;

  it.each(['acme', 'a/b c?d=é', '7b0c3f4e-55a1-4c2e-9d6f-0a1b2c3d4e5f', 'x'.repeat(100)])(
    'creates a customer %j, whose subject is its external id',
    async (externalId) => {
      const created = await create({ external_id: externalId, name: 'Acme' });
      expect(created).toMatchObject({
        status: 201,
        body: {
          external_id: externalId,
          type: null,
          country: null,
          currency: null,
          time_zone: 'UTC',
          subjects: [externalId],
          created_at: NOW.toISOString(),
        },
      });
      expect(await catalogue.call('GET', path(externalId), { token })).toMatchObject({ status: 200, body: created.body });
      expect(await catalogue.call('GET', path(textOf(created, 'id')), { token })).toMatchObject({ status: 200, body: created.body });
    },
  );

  it('answers 200 for the same content again, and 409 that names what differs', async () => {
    const body = {
      external_id: 'again',
      name: 'Again',
      type: 'company',
      country: 'DE',
      currency: 'EUR',
      time_zone: 'Europe/Berlin',
      subjects: ['again-2', 'again-1'],
    };
    const first = await create(body);
    expect(first.body['subjects']).toEqual(['again-1', 'again-2']);
    expect(await create({ ...body, subjects: ['again-1', 'again-2', 'again-1'] })).toMatchObject({ status: 200, body: first.body });
    const other = await create({ ...body, country: 'FR', subjects: ['again-1'] });
    expect({ status: other.status, places: placesOf(other) }).toEqual({ status: 409, places: ['/country', '/subjects'] });
  });

  it('gives a subject to one customer alone', async () => {
    await create({ external_id: 'holder', name: 'Holder', subjects: ['shared', 'own'] });
    const refused = await create({ external_id: 'claimant', name: 'Claimant', subjects: ['free', 'shared'] });
    expect({ status: refused.status, places: placesOf(refused) }).toEqual({ status: 409, places: ['/subjects/1'] });
    expect((await catalogue.call('GET', path('claimant'), { token })).status).toBe(404);
    await create({ external_id: 'claimant', name: 'Claimant', subjects: ['free'] });
    const change = await catalogue.call('PATCH', path('claimant'), { token, body: { name: 'Other', subjects: ['own'] } });
    expect({ status: change.status, places: placesOf(change) }).toEqual({ status: 409, places: ['/subjects/0'] });
    expect(await catalogue.call('GET', path('claimant'), { token })).toMatchObject({ body: { name: 'Claimant', subjects: ['free'] } });
  });

  it('lets one of many that want the same subjects have them', async () => {
    const subjects = ['r1', 'r2', 'r3'];
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        create({ external_id: `racer-${index}`, name: 'R', subjects: index % 2 === 0 ? subjects : [...subjects].reverse() }),
      ),
    );
    expect(answers.map((answer) => answer.status).sort()).toEqual([201, ...Array<number>(7).fill(409)]);
  });

  it('changes what is named, clears what is null, and asks for new statements when subjects change', async () => {
    await catalogue.call('POST', '/platform/v1/meters', { token, body: METER });
    await catalogue.call('POST', '/platform/v1/plans', { token, body: PLAN });
    await create({ external_id: 'changing', name: 'A', country: 'DE' });
    const started_at = '2026-03-01T00:00:00.000Z';
    const subscription = await catalogue.call('POST', '/platform/v1/subscriptions', {
      token,
      body: { external_id: 's', customer_id: 'changing', plan_code: 'pro', started_at },
    });
    const owner = await catalogue.database.connect('owner');
    await owner.query('DELETE FROM statement_queue');
    expect(await catalogue.call('PATCH', path('changing'), { token, body: { country: null, time_zone: 'Asia/Tokyo' } })).toMatchObject({
      status: 200,
      body: { name: 'A', country: null, time_zone: 'Asia/Tokyo', subjects: ['changing'] },
    });
    expect(await owner.query('SELECT * FROM statement_queue')).toEqual([]);
    expect(await catalogue.call('PATCH', path('changing'), { token, body: { subjects: ['changing', 'more'] } })).toMatchObject({
      status: 200,
      body: { subjects: ['changing', 'more'] },
    });
    expect(await owner.query('SELECT subscription_id, touched_from, touched_to FROM statement_queue')).toEqual([
      { subscription_id: subscription.body['id'], touched_from: new Date(started_at), touched_to: NOW },
    ]);
  });

  it('changes what was read, and not what changed since', async () => {
    await create({ external_id: 'guarded', name: 'A' });
    const etag = String((await catalogue.call('GET', path('guarded'), { token })).headers['etag']);
    const headers = { 'if-match': etag };
    expect((await catalogue.call('PATCH', path('guarded'), { token, body: { name: 'B' }, headers })).status).toBe(200);
    expect((await catalogue.call('PATCH', path('guarded'), { token, body: { name: 'C' }, headers })).status).toBe(412);
  });

  it.each([
    { case: 'a country in lower case', body: { country: 'de' }, places: ['/country'] },
    { case: 'no currency', body: { currency: 'Euro' }, places: ['/currency'] },
    { case: 'a mistyped currency', body: { currency: 'XXZ' }, places: ['/currency'] },
    { case: 'no time zone', body: { time_zone: 'Mars/Olympus' }, places: ['/time_zone'] },
    { case: 'an offset for a time zone', body: { time_zone: '+01:00' }, places: ['/time_zone'] },
    { case: 'a blank name', body: { name: '  ' }, places: ['/name'] },
    { case: 'an external id that is too long', body: { external_id: 'x'.repeat(257) }, places: ['/external_id'] },
    { case: 'half a surrogate pair', body: { subjects: ['\ud800'] }, places: ['/subjects/0'] },
  ])('refuses $case', async ({ body, places }) => {
    const answer = await create({ external_id: 'refused', name: 'Refused', ...body });
    expect({ status: answer.status, places: placesOf(answer) }).toEqual({ status: 400, places });
  });
});
