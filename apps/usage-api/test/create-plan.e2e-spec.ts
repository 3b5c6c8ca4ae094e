import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type CatalogueApp, METER, NOW, PLAN, placesOf, START_TIMEOUT_MS, startCatalogueApp, textOf } from './support/catalogue-app.js';

const CHARGE = PLAN.charges[0]!;
const DEFAULTS = { unit_size: '1', min_amount: null, max_amount: null, filters: [], pricing_groups: [], prorated: false };
const PER_TRANSACTION = { model: 'percentage', rate: '1', free_transactions: 3, max_per_transaction: '20' };

describe('/platform/v1/plans', () => {
  let catalogue: CatalogueApp;
  let token: string;

  beforeAll(async () => {
    catalogue = await startCatalogueApp();
    token = (await catalogue.addOrganization('plans')).key;
    await catalogue.call('POST', '/platform/v1/meters', { token, body: METER });
    for (const meter of [
      { code: 'api_calls_eu' },
      {
        code: 'payments',
        aggregation: 'sum',
        value_property: '$.amount',
        amount_property: '$.fee',
        group_by: { region: '$.region', model: '$.model' },
      },
      { code: 'seats', aggregation: 'unique_count', value_property: '$.user', recurring: true },
    ]) {
      expect((await catalogue.call('POST', '/platform/v1/meters', { token, body: { ...METER, ...meter } })).status).toBe(201);
    }
  }, START_TIMEOUT_MS);
  afterAll(async () => catalogue.stop());

  const create = (body: object) => catalogue.call('POST', '/platform/v1/plans', { token, body });

  it('creates a plan with its version 1, amounts in their shortest form', async () => {
    const created = await create(PLAN);
    expect(created).toMatchObject({
      status: 201,
      headers: { location: '/platform/v1/plans/pro' },
      body: {
        code: 'pro',
        version: 1,
        base_amount: '99',
        minimum_commitment: null,
        trial_days: 0,
        charges: [{ ...CHARGE, ...DEFAULTS, price: { model: 'standard', unit_amount: '0.005' } }],
        created_at: NOW.toISOString(),
        version_created_at: NOW.toISOString(),
      },
    });
    for (const path of ['pro', textOf(created, 'id'), 'pro/versions/1']) {
      expect(await catalogue.call('GET', `/platform/v1/plans/${path}`, { token })).toMatchObject({ status: 200, body: created.body });
    }
  });

  it('answers 200 for the same content in other words, and 409 that names what differs', async () => {
    await create({ ...PLAN, code: 'again' });
    const same = { ...PLAN, code: 'again', base_amount: '99', charges: [{ ...CHARGE, ...DEFAULTS, included_units: '1000.0' }] };
    expect((await create(same)).status).toBe(200);
    const other = await create({ ...PLAN, code: 'again', name: 'Other', charges: [] });
    expect({ status: other.status, places: placesOf(other) }).toEqual({ status: 409, places: ['/charges', '/name'] });
  });

  it('adds versions, each immutable, and none for the same terms', async () => {
    const { code: _, name: __, ...terms } = PLAN;
    await create({ ...PLAN, code: 'versioned' });
    const path = '/platform/v1/plans/versioned/versions';
    expect(await catalogue.call('POST', path, { token, body: terms })).toMatchObject({ status: 200, body: { version: 1 } });
    const second = await catalogue.call('POST', path, { token, body: { ...terms, base_amount: '109' } });
    expect(second).toMatchObject({ status: 201, headers: { location: `${path}/2` }, body: { version: 2, base_amount: '109' } });
    expect(await catalogue.call('GET', '/platform/v1/plans/versioned', { token })).toMatchObject({ body: { version: 2 } });
    expect(await catalogue.call('GET', `${path}/1`, { token })).toMatchObject({ body: { version: 1, base_amount: '99' } });
    expect((await catalogue.call('GET', `${path}/3`, { token })).status).toBe(404);
    const page = await catalogue.call('GET', `${path}?limit=1`, { token });
    const next = await catalogue.call('GET', `${path}?limit=1&cursor=${textOf(page, 'next_cursor')}`, { token });
    expect([page.body['data'], next.body['data'], next.body['next_cursor']]).toMatchObject([[{ version: 1 }], [{ version: 2 }], null]);
    // The create that was sent first stays repeatable after the price has changed.
    expect((await create({ ...PLAN, code: 'versioned' })).status).toBe(200);
  });

  it('gives versions that are made at once different numbers', async () => {
    const { code: _, name: __, ...terms } = PLAN;
    await create({ ...PLAN, code: 'raced' });
    const answers = await Promise.all(
      Array.from({ length: 8 }, (___, index) =>
        catalogue.call('POST', '/platform/v1/plans/raced/versions', { token, body: { ...terms, base_amount: `${index}` } }),
      ),
    );
    expect(answers.map((answer) => answer.body['version']).sort()).toEqual([2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('points to the charge of an unknown meter and names near ones', async () => {
    const answer = await create({ ...PLAN, code: 'typo', charges: [CHARGE, { ...CHARGE, metric: 'other', meter_code: 'api_call' }] });
    expect({ status: answer.status, places: placesOf(answer) }).toEqual({ status: 422, places: ['/charges/1/meter_code'] });
    expect(textOf(answer, 'detail')).toContain('received "api_call"; expected the code of a meter, perhaps "api_calls" or "api_calls_eu"');
  });

  it.each([
    {
      model: 'graduated',
      price: {
        model: 'graduated',
        tiers: [
          { up_to: '100', unit_amount: '0.1', flat_amount: '0' },
          { up_to: null, unit_amount: '0.05', flat_amount: '2' },
        ],
      },
    },
    { model: 'volume', price: { model: 'volume', tiers: [{ up_to: null, unit_amount: '0.05', flat_amount: '0' }] } },
    { model: 'graduated_percentage', price: { model: 'graduated_percentage', tiers: [{ up_to: null, rate: '1.2', flat_amount: '0' }] } },
    { model: 'package', price: { model: 'package', package_size: '100', package_amount: '5' } },
    {
      model: 'percentage',
      price: {
        model: 'percentage',
        rate: '1.5',
        fixed_amount: '0',
        free_transactions: null,
        free_amount: null,
        min_per_transaction: null,
        max_per_transaction: null,
      },
    },
  ])('keeps a $model price as it was sent', async ({ model, price }) => {
    const created = await create({ ...PLAN, code: model, charges: [{ ...CHARGE, price }] });
    expect(created).toMatchObject({ status: 201, body: { charges: [{ price }] } });
    expect((await create({ ...PLAN, code: model, charges: [{ ...CHARGE, price }] })).status).toBe(200);
  });

  it.each([
    {
      case: 'tiers that descend',
      charge: {
        price: { model: 'volume', tiers: [{ up_to: '9', unit_amount: '1' }, { up_to: '5', unit_amount: '1' }, { unit_amount: '1' }] },
      },
      places: ['/charges/0/price/tiers/1/up_to'],
    },
    {
      case: 'a filter’s tiers that have an end',
      charge: {
        filters: [{ name: 'Europe', values: { region: ['eu'] }, price: { model: 'volume', tiers: [{ up_to: '9', unit_amount: '1' }] } }],
      },
      places: ['/charges/0/filters/0/price/tiers/0/up_to'],
    },
    {
      case: 'a filter without values',
      charge: { filters: [{ name: 'Europe', values: {}, price: { model: 'dynamic' } }] },
      places: ['/charges/0/filters/0/values'],
    },
    { case: 'a group named twice', charge: { pricing_groups: ['region', 'region'] }, places: ['/charges/0/pricing_groups/1'] },
    { case: 'a unit size that does not divide', charge: { unit_size: '3' }, places: ['/charges/0/unit_size'] },
    { case: 'a maximum below the minimum', charge: { min_amount: '5', max_amount: '4' }, places: ['/charges/0/max_amount'] },
    { case: 'a number where a decimal string is due', charge: { included_units: 5 }, places: ['/charges/0/included_units'] },
    { case: 'a negative price', charge: { price: { model: 'standard', unit_amount: '-1' } }, places: ['/charges/0/price/unit_amount'] },
    { case: 'an unknown price model', charge: { price: { model: 'barter' } }, places: ['/charges/0/price/model'] },
    {
      case: 'an unknown member of a price',
      charge: { price: { model: 'standard', unit_amount: '1', discount: '1' } },
      places: ['/charges/0/price/discount'],
    },
  ])('refuses $case', async ({ charge, places }) => {
    const answer = await create({ ...PLAN, code: 'refused', charges: [{ ...CHARGE, ...charge }] });
    expect({ status: answer.status, places: placesOf(answer) }).toEqual({ status: 400, places });
  });

  const DIVIDED = {
    ...CHARGE,
    meter_code: 'payments',
    price: PER_TRANSACTION,
    filters: [{ name: 'Europe', values: { region: ['eu', 'uk'] }, included_units: '10', price: { model: 'dynamic' } }],
    pricing_groups: ['model'],
  };

  it('keeps commitment, trial, filters, groups and a price by transaction as they were sent', async () => {
    const filters = [{ ...DIVIDED.filters[0]!, included_units: '0' }];
    const plan = { ...PLAN, code: 'divided', minimum_commitment: '500', trial_days: 14, charges: [{ ...DIVIDED, filters }] };
    expect(await create(plan)).toMatchObject({
      status: 201,
      body: { minimum_commitment: '500', trial_days: 14, charges: [{ ...DIVIDED, filters, prorated: false }] },
    });
    expect((await create(plan)).status).toBe(200);
    const changed = await create({ ...plan, trial_days: 7, minimum_commitment: null });
    expect({ status: changed.status, places: placesOf(changed) }).toEqual({ status: 409, places: ['/minimum_commitment', '/trial_days'] });
    const { code: _, name: __, ...terms } = plan;
    const next = await catalogue.call('POST', '/platform/v1/plans/divided/versions', { token, body: { ...terms, trial_days: 7 } });
    expect(next).toMatchObject({ status: 201, body: { version: 2, trial_days: 7 } });
  });

  it('prorates what stands unless told otherwise, and takes a repeated create either way', async () => {
    const seats = { ...CHARGE, metric: 'seats', meter_code: 'seats' };
    const plan = { ...PLAN, code: 'seats', charges: [CHARGE, seats] };
    expect(await create(plan)).toMatchObject({ status: 201, body: { charges: [{ prorated: false }, { prorated: true }] } });
    expect((await create(plan)).status).toBe(200);
    expect((await create({ ...plan, charges: [CHARGE, { ...seats, prorated: true }] })).status).toBe(200);
    expect((await create({ ...plan, charges: [CHARGE, { ...seats, prorated: false }] })).status).toBe(409);
    expect(await create({ ...plan, code: 'whole-seats', charges: [{ ...seats, prorated: false }] })).toMatchObject({
      status: 201,
      body: { charges: [{ prorated: false }] },
    });
  });

  it('refuses what the meter does not measure, each at its place, and names near dimensions', async () => {
    const charges = [
      { ...CHARGE, price: PER_TRANSACTION },
      { ...CHARGE, metric: 'cost', included_units: '0', price: { model: 'dynamic' }, prorated: true },
      { ...DIVIDED, metric: 'divided', filters: [{ ...DIVIDED.filters[0], included_units: '0', values: { regoin: ['eu'] } }] },
    ];
    const answer = await create({ ...PLAN, code: 'refused', charges });
    expect({ status: answer.status, places: placesOf(answer) }).toEqual({
      status: 422,
      places: ['/charges/0/price', '/charges/1/price', '/charges/1/prorated', '/charges/2/filters/0/values/regoin'],
    });
    expect(JSON.stringify(answer.body['errors'])).toContain('perhaps \\"region\\"');
  });

  it('refuses a currency that nobody pays in, and quotes it', async () => {
    const answer = await create({ ...PLAN, code: 'mistyped', currency: 'XXZ' });
    const message = 'received "XXZ"; expected the ISO 4217 code of a currency that is in use, such as "USD"';
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ pointer: '/currency', message }] } });
  });

  it('refuses a metric twice and a base amount finer than the currency', async () => {
    const answer = await create({ ...PLAN, code: 'refused', currency: 'JPY', base_amount: '99.5', charges: [CHARGE, CHARGE] });
    expect({ status: answer.status, places: placesOf(answer) }).toEqual({ status: 400, places: ['/base_amount', '/charges/1/metric'] });
  });
});
