import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type CatalogueApp, METER, NOW, PLAN, placesOf, START_TIMEOUT_MS, startCatalogueApp, textOf } from './support/catalogue-app.js';

describe('/platform/v1/meters', () => {
  let catalogue: CatalogueApp;
  let token: string;

  beforeAll(async () => {
    catalogue = await startCatalogueApp();
    token = (await catalogue.addOrganization('meters')).key;
  }, START_TIMEOUT_MS);
  afterAll(async () => catalogue.stop());

  const sum = (code: string): object => ({
    ...METER,
    code,
    aggregation: 'sum',
    value_property: '$.usage.tokens',
    filters: [{ property: '$.status', in: ['ok', ''] }],
    group_by: { model: '$.model' },
  });

  it('creates a meter, and shows it by id and by code', async () => {
    const created = await catalogue.call('POST', '/platform/v1/meters', { token, body: sum('tokens') });
    expect(created).toMatchObject({
      status: 201,
      headers: { location: `/platform/v1/meters/${String(created.body['id'])}` },
      body: { ...sum('tokens'), recurring: false, complete: false, created_at: NOW.toISOString(), updated_at: NOW.toISOString() },
    });
    for (const reference of [textOf(created, 'id'), 'tokens']) {
      const read = await catalogue.call('GET', `/platform/v1/meters/${reference}`, { token });
      expect(read).toMatchObject({ status: 200, body: created.body });
    }
  });

  it('tells the listeners of new meters', async () => {
    const owner = await catalogue.database.connect('owner');
    const notified = new Promise<string>((resolve, reject) => {
      void owner
        .createQueryRunner()
        .connect()
        .then(
          (client: {
            on(event: 'notification', listener: (message: { channel: string }) => void): void;
            query(sql: string): Promise<unknown>;
          }) => {
            client.on('notification', (message) => resolve(message.channel));
            return client.query('LISTEN tallymark_meter');
          },
        )
        .then(() => catalogue.call('POST', '/platform/v1/meters', { token, body: sum('announced') }))
        .catch(reject);
    });
    expect(await notified).toBe('tallymark_meter');
  });

  it('answers 200 for the same content again, and 409 that names what differs', async () => {
    const first = await catalogue.call('POST', '/platform/v1/meters', { token, body: METER });
    const again = await catalogue.call('POST', '/platform/v1/meters', { token, body: { ...METER, filters: [], value_property: null } });
    expect(again).toMatchObject({ status: 200, body: first.body });
    expect(again.headers['location']).toBeUndefined();
    const other = await catalogue.call('POST', '/platform/v1/meters', { token, body: { ...METER, unit: 'calls', name: 'Calls' } });
    expect(other).toMatchObject({ status: 409, headers: { 'content-type': 'application/problem+json' }, body: { code: 'conflict' } });
    expect(placesOf(other)).toEqual(['/name', '/unit']);
  });

  it('makes one meter of many equal requests at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => catalogue.call('POST', '/platform/v1/meters', { token, body: sum('at_once') })),
    );
    expect(answers.map((answer) => answer.status).sort()).toEqual([...Array<number>(9).fill(200), 201]);
    expect(new Set(answers.map((answer) => answer.body['id'])).size).toBe(1);
  });

  it.each([
    { case: 'a code in upper case', body: { code: 'API' }, places: ['/code'] },
    { case: 'no JSONPath', body: { aggregation: 'sum', value_property: 'tokens' }, places: ['/value_property'] },
    { case: 'a sum without a value', body: { aggregation: 'sum' }, places: ['/value_property'] },
    { case: 'a count with a value', body: { value_property: '$.n' }, places: ['/value_property'] },
    { case: 'a recurring maximum', body: { aggregation: 'max', value_property: '$.n', recurring: true }, places: ['/recurring'] },
    { case: 'a level without a time unit', body: { aggregation: 'time_weighted_sum', value_property: '$.n' }, places: ['/time_unit'] },
    { case: 'a time unit of a sum', body: { aggregation: 'sum', value_property: '$.n', time_unit: 'day' }, places: ['/time_unit'] },
    { case: 'operations on a count', body: { operation_property: '$.op' }, places: ['/operation_property'] },
    {
      case: 'amounts of distinct values',
      body: { aggregation: 'unique_count', value_property: '$.n', amount_property: '$.usd' },
      places: ['/amount_property'],
    },
    { case: 'an aggregation that we do not know', body: { aggregation: 'median' }, places: ['/aggregation'] },
    { case: 'a rounding past 15 digits', body: { rounding: { function: 'round', precision: 16 } }, places: ['/rounding/precision'] },
    { case: 'a rounding of another name', body: { rounding: { function: 'up', precision: 0 } }, places: ['/rounding/function'] },
    { case: 'a filter without values', body: { filters: [{ property: '$.a', in: [] }] }, places: ['/filters/0/in'] },
    { case: 'a dimension that is no code', body: { group_by: { 'a b': '$.a' } }, places: ['/group_by/a b'] },
    { case: 'a dimension without a path', body: { group_by: { a: 'a' } }, places: ['/group_by/a'] },
  ])('refuses $case', async ({ body, places }) => {
    const answer = await catalogue.call('POST', '/platform/v1/meters', { token, body: { ...METER, code: 'refused', ...body } });
    expect({ status: answer.status, places: placesOf(answer) }).toEqual({ status: 400, places });
  });

  it.each([
    {
      aggregation: 'time_weighted_sum',
      value_property: '$.gb',
      time_unit: 'hour',
      recurring: true,
      rounding: { function: 'ceil', precision: -2 },
    },
    { aggregation: 'unique_count', value_property: '$.user', operation_property: '$.change.op', recurring: true },
    { aggregation: 'sum', value_property: '$.n', amount_property: '$.usd', rounding: { function: 'round', precision: 2 } },
  ])('offers $aggregation with all that goes with it', async (more) => {
    const body = { ...METER, code: `full_${more.aggregation}`, ...more };
    const created = await catalogue.call('POST', '/platform/v1/meters', { token, body });
    expect(created).toMatchObject({ status: 201, body: { ...body, status: 'folding', progress: 0, replaces_id: null } });
    expect((await catalogue.call('POST', '/platform/v1/meters', { token, body })).status).toBe(200);
  });

  it('changes name, unit and rounding in place', async () => {
    const before = await catalogue.call('POST', '/platform/v1/meters', { token, body: sum('renamed') });
    const change = { name: 'Tokens', rounding: { function: 'floor', precision: 0 } };
    const answer = await catalogue.call('PATCH', '/platform/v1/meters/renamed', { token, body: change });
    expect(answer).toMatchObject({ status: 200, body: { ...change, id: before.body['id'], unit: 'requests', replaces_id: null } });
  });

  it('puts a new meter in the place of one that is to measure something else', async () => {
    const before = await catalogue.call('POST', '/platform/v1/meters', { token, body: sum('redefined') });
    const change = { aggregation: 'count', value_property: null, group_by: { model: '$.model', region: '$.region' } };
    const after = await catalogue.call('PATCH', '/platform/v1/meters/redefined', { token, body: change });
    const { id, ...kept } = { ...sum('redefined'), ...change, id: before.body['id'] };
    expect(after).toMatchObject({ status: 200, body: { ...kept, replaces_id: id, status: 'folding', progress: 0 } });
    expect(after.body['id']).not.toBe(id);
    expect((await catalogue.call('GET', '/platform/v1/meters/redefined', { token })).body).toEqual(after.body);
    expect((await catalogue.call('GET', `/platform/v1/meters/${String(id)}`, { token })).status).toBe(404);
    const same = await catalogue.call('PATCH', '/platform/v1/meters/redefined', { token, body: change });
    expect(same.body['id']).toBe(after.body['id']);
  });

  it('refuses a change that contradicts what stays', async () => {
    await catalogue.call('POST', '/platform/v1/meters', { token, body: sum('contradicted') });
    const answer = await catalogue.call('PATCH', '/platform/v1/meters/contradicted', {
      token,
      body: { aggregation: 'max', recurring: true },
    });
    expect({ status: answer.status, places: placesOf(answer) }).toEqual({ status: 400, places: ['/recurring'] });
    expect(textOf(answer, 'detail')).toContain('received true; expected false, because max starts at nothing in each window');
    const unknown = await catalogue.call('PATCH', '/platform/v1/meters/contradicted', { token, body: { code: 'other' } });
    expect({ status: unknown.status, places: placesOf(unknown) }).toEqual({ status: 400, places: ['/code'] });
  });

  it('changes what was read, and not what changed since', async () => {
    await catalogue.call('POST', '/platform/v1/meters', { token, body: sum('guarded') });
    const read = await catalogue.call('GET', '/platform/v1/meters/guarded', { token });
    const etag = String(read.headers['etag']);
    expect((await catalogue.call('GET', '/platform/v1/meters/guarded', { token, headers: { 'if-none-match': etag } })).status).toBe(304);
    const changed = await catalogue.call('PATCH', '/platform/v1/meters/guarded', {
      token,
      body: { name: 'A' },
      headers: { 'if-match': etag },
    });
    expect(changed.status).toBe(200);
    const stale = await catalogue.call('PATCH', '/platform/v1/meters/guarded', {
      token,
      body: { name: 'B' },
      headers: { 'if-match': etag },
    });
    expect(stale).toMatchObject({ status: 412, body: { code: 'precondition_failed' } });
    const fresh = { 'if-match': String(changed.headers['etag']) };
    expect((await catalogue.call('PATCH', '/platform/v1/meters/guarded', { token, body: { name: 'C' }, headers: fresh })).status).toBe(200);
    expect((await catalogue.call('DELETE', '/platform/v1/meters/guarded', { token, headers: fresh })).status).toBe(412);
  });

  it('deletes a meter and frees its code', async () => {
    const first = await catalogue.call('POST', '/platform/v1/meters', { token, body: sum('short_lived') });
    expect((await catalogue.call('DELETE', '/platform/v1/meters/short_lived', { token })).status).toBe(204);
    expect((await catalogue.call('GET', `/platform/v1/meters/${textOf(first, 'id')}`, { token })).status).toBe(404);
    expect((await catalogue.call('DELETE', '/platform/v1/meters/short_lived', { token })).status).toBe(404);
    const second = await catalogue.call('POST', '/platform/v1/meters', { token, body: { ...METER, code: 'short_lived' } });
    expect(second.status).toBe(201);
    expect(second.body['id']).not.toBe(first.body['id']);
  });

  it('keeps a meter that prices a running subscription', async () => {
    await catalogue.call('POST', '/platform/v1/meters', { token, body: { ...METER, code: 'priced' } });
    await catalogue.call('POST', '/platform/v1/plans', {
      token,
      body: { ...PLAN, charges: [{ ...PLAN.charges[0], meter_code: 'priced' }] },
    });
    await catalogue.call('POST', '/platform/v1/customers', { token, body: { external_id: 'acme', name: 'Acme' } });
    await catalogue.call('POST', '/platform/v1/subscriptions', {
      token,
      body: { external_id: 'acme-pro', customer_id: 'acme', plan_code: 'pro', started_at: '2026-01-01T00:00:00Z' },
    });
    const refused = await catalogue.call('DELETE', '/platform/v1/meters/priced', { token });
    expect({ status: refused.status, names: textOf(refused, 'detail').includes('plans pro') }).toEqual({ status: 409, names: true });
    await catalogue.call('POST', '/platform/v1/subscriptions/acme-pro/terminate', { token });
    expect((await catalogue.call('DELETE', '/platform/v1/meters/priced', { token })).status).toBe(204);
  });
});
