import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { UsageWorld, addApiKey } from '@tallymark/testing';
import { type CatalogueApp, type Json, METER, NOW, START_TIMEOUT_MS, startCatalogueApp } from './support/catalogue-app.js';

const NOVEMBER = 'from=2026-11-01T00:00:00Z&to=2026-12-01T00:00:00Z';
const LEVEL = {
  ...METER,
  code: 'stored',
  event_type: 'blob',
  aggregation: 'time_weighted_sum',
  value_property: '$.gb',
  time_unit: 'day',
  recurring: true,
};

describe('a meter and what it measures', () => {
  let catalogue: CatalogueApp;
  let world: UsageWorld;
  let token: string;

  beforeAll(async () => {
    catalogue = await startCatalogueApp();
    world = await UsageWorld.create(catalogue.database, NOW);
    token = await addApiKey(world.owner, world.organizationId);
    await world.addCustomer('acme');
    const store = (time: string, gb: number | string, region: string) => ({ type: 'blob', subject: 'acme', time, data: { gb, region } });
    await world.use([
      store('2026-10-22T00:00:00Z', 10, 'eu'),
      store('2026-11-11T12:00:00Z', '-4.00005', 'eu'),
      store('2026-11-30T00:00:00Z', 3, 'us'),
    ]);
  }, START_TIMEOUT_MS);
  afterAll(async () => catalogue.stop());

  const used = async (code: string): Promise<Json> => {
    const { status, body } = await catalogue.call('GET', `/platform/v1/usage?meter=${code}&customer=acme&${NOVEMBER}`, { token });
    expect(status).toBe(200);
    return { complete: body['complete'], values: (body['data'] as { value: string }[]).map(({ value }) => value) };
  };
  const patch = async (code: string, body: Json): Promise<Json> => {
    const answer = await catalogue.call('PATCH', `/platform/v1/meters/${code}`, { token, body });
    expect(answer.status).toBe(200);
    return answer.body;
  };

  it('is not complete until the kept events are counted', async () => {
    expect((await catalogue.call('POST', '/platform/v1/meters', { token, body: LEVEL })).body).toMatchObject({
      status: 'folding',
      progress: 0,
    });
    expect(await used('stored')).toEqual({ complete: false, values: ['0'] });
    await world.settle();
    const ready = await catalogue.call('GET', '/platform/v1/meters/stored', { token });
    expect(ready.body).toMatchObject({ status: 'ready', progress: 1, complete: true });
    expect(await used('stored')).toEqual({ complete: true, values: ['224.999025'] });
  });

  it('shows another rounding at once', async () => {
    await patch('stored', { rounding: { function: 'floor', precision: 1 } });
    expect(await used('stored')).toEqual({ complete: true, values: ['224.9'] });
    await patch('stored', { rounding: null });
  });

  it('counts the kept events anew when it is to measure something else', async () => {
    expect(await patch('stored', { filters: [{ property: '$.region', in: ['us'] }] })).toMatchObject({ status: 'folding' });
    expect(await used('stored')).toEqual({ complete: false, values: ['0'] });
    await world.settle();
    expect(await used('stored')).toEqual({ complete: true, values: ['3'] });
    expect(await patch('stored', { filters: [], aggregation: 'sum', time_unit: null })).toMatchObject({ status: 'folding' });
    await world.settle();
    expect(await used('stored')).toEqual({ complete: true, values: ['8.99995'] });
  });

  it('has the statements that charge for it follow', async () => {
    const customers: { id: string }[] = await world.owner.query(`SELECT id FROM customer WHERE external_id = 'acme'`);
    await world.subscribe({ customerId: customers[0]!.id, charges: [{ metric: 'stored' }], startedAt: '2026-11-01T00:00:00Z' });
    await world.use([{ type: 'blob', subject: 'acme', time: '2026-11-12T00:00:00Z', data: { gb: 1, region: 'eu' } }]);
    const total = async (): Promise<unknown> => {
      const { body } = await catalogue.call('GET', '/platform/v1/statements?customer=acme', { token });
      return (body['data'] as { total: string }[]).map((statement) => statement.total);
    };
    expect(await total()).toEqual(['10']);
    await patch('stored', { filters: [{ property: '$.region', in: ['nowhere'] }] });
    await world.settle();
    expect(await total()).toEqual(['0']);
    await patch('stored', { filters: [], rounding: { function: 'round', precision: -1 } });
    await world.settle();
    expect(await total()).toEqual(['10']);
    await patch('stored', { rounding: { function: 'floor', precision: 0 } });
    await world.settle();
    expect(await total()).toEqual(['9']);
  });

  it('keeps what running subscriptions are priced by', async () => {
    const meter = { ...METER, code: 'by_region', event_type: 'blob', group_by: { region: '$.region', size: '$.size' } };
    const charge = { metric: 'by_region', name: 'By region', meter_code: 'by_region', unit: 'calls', pricing_groups: ['region'] };
    const plan = { code: 'regional', name: 'Regional', currency: 'USD', interval: 'monthly', base_amount: '0' };
    const made = [
      await catalogue.call('POST', '/platform/v1/meters', { token, body: meter }),
      await catalogue.call('POST', '/platform/v1/plans', {
        token,
        body: { ...plan, charges: [{ ...charge, price: { model: 'standard', unit_amount: '1' } }] },
      }),
      await catalogue.call('POST', '/platform/v1/subscriptions', {
        token,
        body: { external_id: 'acme-regional', customer_id: 'acme', plan_code: 'regional' },
      }),
    ];
    expect(made.map(({ status }) => status)).toEqual([201, 201, 201]);
    const refused = await catalogue.call('PATCH', '/platform/v1/meters/by_region', { token, body: { group_by: { size: '$.size' } } });
    expect(refused.status).toBe(409);
    expect(refused.body['detail']).toMatch(
      /version 1 of the plan "regional".*received "region"; expected a dimension of the meter "by_region"/,
    );
    await patch('by_region', { group_by: { region: '$.region' } });
  });
});
