import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { DataSource } from '@tallymark/persistence';
import { type CatalogueApp, METER, NOW, PLAN, placesOf, START_TIMEOUT_MS, startCatalogueApp, textOf } from './support/catalogue-app.js';

const START = '2026-09-01T00:00:00.000Z';

describe('/platform/v1/subscriptions/{subscription}', () => {
  let catalogue: CatalogueApp;
  let organizationId: string;
  let token: string;
  let owner: DataSource;
  let ordinal = 0;

  beforeAll(async () => {
    catalogue = await startCatalogueApp();
    owner = await catalogue.database.connect('owner');
    ({ id: organizationId, key: token } = await catalogue.addOrganization('changes'));
    const { code: _, name: __, ...terms } = PLAN;
    await catalogue.call('POST', '/platform/v1/meters', { token, body: METER });
    for (const plan of [
      PLAN,
      { ...PLAN, code: 'business', base_amount: '199' },
      { ...PLAN, code: 'euro', currency: 'EUR' },
      { ...PLAN, code: 'annual', interval: 'yearly' },
    ])
      await catalogue.call('POST', '/platform/v1/plans', { token, body: plan });
    await catalogue.call('POST', '/platform/v1/plans/business/versions', { token, body: { ...terms, base_amount: '249' } });
    await catalogue.call('POST', '/platform/v1/customers', { token, body: { external_id: 'acme', name: 'Acme' } });
  }, START_TIMEOUT_MS);
  afterAll(async () => catalogue.stop());

  /** A new subscription to `pro` since 1 September. @returns its path. */
  async function subscribe(body: object = {}): Promise<string> {
    ordinal += 1;
    const created = await catalogue.call('POST', '/platform/v1/subscriptions', {
      token,
      body: { external_id: `s${ordinal}`, customer_id: 'acme', plan_code: 'pro', started_at: START, ...body },
    });
    await owner.query('DELETE FROM statement_queue WHERE subscription_id = $1', [created.body['id']]);
    return `/platform/v1/subscriptions/${textOf(created, 'id')}`;
  }
  const change = (path: string, body: object, headers: Record<string, string> = {}) =>
    catalogue.call('POST', `${path}/change`, { token, body, headers });
  const move = (path: string, timeZone: string) => catalogue.call('PATCH', path, { token, body: { time_zone: timeZone } });
  const queued = async (path: string): Promise<unknown> =>
    owner.query('SELECT touched_from AS "from", touched_to AS "to" FROM statement_queue WHERE subscription_id = $1 ORDER BY id', [
      path.split('/').at(-1),
    ]);
  const phase = (starts_at: string, plan_code: string, plan_version = 1, time_zone = 'UTC') => ({
    starts_at,
    plan_code,
    plan_version,
    time_zone,
  });

  it('shows one that never changed with a single phase', async () => {
    expect((await catalogue.call('GET', await subscribe(), { token })).body).toMatchObject({
      plan_code: 'pro',
      previous_plan: null,
      next_plan: null,
      phases: [phase(START, 'pro')],
      trial_ends_at: null,
    });
  });

  it('goes over to the current version of another plan now, once, and asks for its statements', async () => {
    const path = await subscribe();
    const changed = await change(path, { plan_code: 'business' });
    expect(changed).toMatchObject({
      status: 200,
      body: {
        plan_code: 'business',
        plan_version: 2,
        previous_plan: { plan_code: 'pro', plan_version: 1, starts_at: START, ends_at: NOW.toISOString() },
        next_plan: null,
        phases: [phase(START, 'pro'), phase(NOW.toISOString(), 'business', 2)],
      },
    });
    expect(await change(path, { plan_code: 'business' })).toMatchObject({ status: 200, body: changed.body });
    expect(await catalogue.call('GET', path, { token })).toMatchObject({ status: 200, body: changed.body });
    expect(await queued(path)).toEqual([{ from: new Date(NOW.getTime() - 1), to: NOW }]);
    const [row]: { requested_by: string }[] = await owner.query('SELECT requested_by FROM subscription_phase WHERE subscription_id = $1', [
      changed.body['id'],
    ]);
    const keys = await owner.query('SELECT id FROM api_key WHERE organization_id = $1', [organizationId]);
    expect(keys).toEqual([{ id: row!.requested_by }]);
  });

  it('goes over in the past, where statements are made anew from there', async () => {
    const path = await subscribe();
    const changed = await change(path, { plan_code: 'business', plan_version: 1, effective_at: '2026-10-15T02:00:00+02:00' });
    expect(changed.body['phases']).toEqual([phase(START, 'pro'), phase('2026-10-15T00:00:00.000Z', 'business')]);
    expect(await queued(path)).toEqual([{ from: new Date('2026-10-14T23:59:59.999Z'), to: NOW }]);
  });

  it('announces a change that lies ahead, which another at the same instant replaces and one back undoes', async () => {
    const path = await subscribe();
    const at = '2026-12-10T00:00:00.000Z';
    expect(await change(path, { plan_code: 'business', plan_version: 1, effective_at: at })).toMatchObject({
      status: 200,
      body: { plan_code: 'pro', next_plan: { plan_code: 'business', plan_version: 1, starts_at: at, ends_at: null } },
    });
    expect((await change(path, { plan_code: 'business', effective_at: at })).body['phases']).toEqual([
      phase(START, 'pro'),
      phase(at, 'business', 2),
    ]);
    expect(await change(path, { plan_code: 'pro', effective_at: at })).toMatchObject({
      body: { next_plan: null, phases: [phase(START, 'pro')] },
    });
  });

  it('upgrades and downgrades on the same day', async () => {
    const path = await subscribe();
    await change(path, { plan_code: 'business', effective_at: '2026-11-10T09:00:00Z' });
    expect((await change(path, { plan_code: 'pro', effective_at: '2026-11-10T17:00:00Z' })).body).toMatchObject({
      plan_code: 'pro',
      phases: [phase(START, 'pro'), phase('2026-11-10T09:00:00.000Z', 'business', 2), phase('2026-11-10T17:00:00.000Z', 'pro')],
    });
  });

  it('still answers a repeated create with the subscription that it made', async () => {
    const path = await subscribe({ external_id: 'again', plan_version: 1, time_zone: 'UTC' });
    await change(path, { plan_code: 'business', effective_at: START });
    await move(path, 'Asia/Tokyo');
    const body = { external_id: 'again', customer_id: 'acme', plan_code: 'pro', plan_version: 1, time_zone: 'UTC', started_at: START };
    expect(await catalogue.call('POST', '/platform/v1/subscriptions', { token, body })).toMatchObject({
      status: 200,
      body: {
        plan_code: 'business',
        phases: [phase(START, 'business', 2), phase('2026-12-01T00:00:00.000Z', 'business', 2, 'Asia/Tokyo')],
      },
    });
  });

  it('moves to another zone from the end of the current period on, and back before that', async () => {
    const path = await subscribe();
    const moved = await move(path, 'America/New_York');
    expect(moved).toMatchObject({
      status: 200,
      body: { time_zone: 'UTC', phases: [phase(START, 'pro'), phase('2026-12-01T00:00:00.000Z', 'pro', 1, 'America/New_York')] },
    });
    expect(await move(path, 'America/New_York')).toMatchObject({ status: 200, body: moved.body });
    expect((await move(path, 'UTC')).body['phases']).toEqual([phase(START, 'pro')]);
  });

  it('keeps the plan and the zone apart where both change at one instant', async () => {
    const path = await subscribe();
    await move(path, 'Asia/Tokyo');
    expect((await change(path, { plan_code: 'business', effective_at: '2026-12-01T00:00:00Z' })).body['phases']).toEqual([
      phase(START, 'pro'),
      phase('2026-12-01T00:00:00.000Z', 'business', 2, 'Asia/Tokyo'),
    ]);
  });

  it('shows when the trial ends', async () => {
    const body = { ...PLAN, code: 'tried', trial_days: 14 };
    expect((await catalogue.call('POST', '/platform/v1/plans', { token, body })).status).toBe(201);
    const path = await subscribe({ plan_code: 'tried', time_zone: 'Europe/Berlin', started_at: '2026-10-20T10:00:00Z' });
    expect((await catalogue.call('GET', path, { token })).body['trial_ends_at']).toBe('2026-11-03T11:00:00.000Z');
  });

  it.each([
    {
      case: 'another currency',
      body: { plan_code: 'euro' },
      status: 422,
      place: '/plan_code',
      quoted: '"euro" version 1 with currency EUR',
    },
    {
      case: 'another interval',
      body: { plan_code: 'annual' },
      status: 422,
      place: '/plan_code',
      quoted: 'end this subscription and start another',
    },
    { case: 'an unknown plan', body: { plan_code: 'gold' }, status: 422, place: '/plan_code', quoted: 'received "gold"' },
    {
      case: 'an unknown version',
      body: { plan_code: 'business', plan_version: 9 },
      status: 422,
      place: '/plan_version',
      quoted: 'received 9',
    },
    {
      case: 'an instant before the start',
      body: { plan_code: 'business', effective_at: '2026-08-31T00:00:00Z' },
      status: 422,
      place: '/effective_at',
      quoted: 'received 2026-08-31T00:00:00.000Z',
    },
    {
      case: 'an instant without an offset',
      body: { plan_code: 'business', effective_at: '2026-10-01' },
      status: 400,
      place: '/effective_at',
    },
    { case: 'no plan', body: {}, status: 400, place: '/plan_code' },
    { case: 'what it does not know', body: { plan_code: 'business', prorate: false }, status: 400, place: '/prorate' },
  ])('refuses $case', async ({ body, status, place, quoted }) => {
    const answer = await change(await subscribe(), body);
    expect({ status: answer.status, places: placesOf(answer) }).toEqual({ status, places: [place] });
    expect(answer.headers['content-type']).toBe('application/problem+json');
    expect(JSON.stringify(answer.body).replaceAll('\\"', '"')).toContain(quoted ?? '');
  });

  it('refuses a change at or after the end, and another zone in the last period', async () => {
    const path = await subscribe();
    await catalogue.call('POST', `${path}/terminate`, { token, body: { ended_at: '2026-11-25T00:00:00Z' } });
    expect(placesOf(await change(path, { plan_code: 'business', effective_at: '2026-11-25T00:00:00Z' }))).toEqual(['/effective_at']);
    const moved = await move(path, 'Asia/Tokyo');
    expect({ status: moved.status, places: placesOf(moved) }).toEqual({ status: 422, places: ['/time_zone'] });
    expect((await change(path, { plan_code: 'business' })).status).toBe(200);
  });

  it('refuses an unknown zone, and the zone of a subscription that is not there', async () => {
    const unknown = await move(await subscribe(), 'Mars/Olympus');
    expect({ status: unknown.status, places: placesOf(unknown) }).toEqual({ status: 400, places: ['/time_zone'] });
    expect((await move('/platform/v1/subscriptions/nothing', 'Asia/Tokyo')).status).toBe(404);
    expect((await change('/platform/v1/subscriptions/nothing', { plan_code: 'business' })).status).toBe(404);
  });

  it('refuses to reach behind a closed statement', async () => {
    const path = await subscribe();
    await owner.query(
      `INSERT INTO statement (id, subscription_id, period_from, period_to, billing_period_from, billing_period_to, organization_id, customer_id, plan_version_id, status, closed_at, currency, total, amounts, projections, as_of, revision)
       SELECT gen_random_uuid(), id, $2, $3, $2, $3, organization_id, customer_id, plan_version_id, 'closed', $3, 'USD', 0, '{}', '{}', $3, 1 FROM subscription WHERE id = $1`,
      [path.split('/').at(-1), START, '2026-10-01T00:00:00Z'],
    );
    const refused = await change(path, { plan_code: 'business', effective_at: '2026-09-30T23:59:59Z' });
    expect({ status: refused.status, places: placesOf(refused) }).toEqual({ status: 422, places: ['/effective_at'] });
    expect(JSON.stringify(refused.body)).toContain('expected 2026-10-01T00:00:00.000Z or later');
    expect((await change(path, { plan_code: 'business', effective_at: '2026-10-01T00:00:00Z' })).status).toBe(200);
  });

  it('holds a change to the state that the caller saw', async () => {
    const path = await subscribe();
    const etag = String((await catalogue.call('GET', path, { token })).headers['etag']);
    expect((await change(path, { plan_code: 'business' }, { 'if-match': etag })).status).toBe(200);
    expect((await change(path, { plan_code: 'pro' }, { 'if-match': etag })).status).toBe(412);
  });

  it('keeps another organization out', async () => {
    const path = await subscribe();
    const other = (await catalogue.addOrganization('others')).key;
    expect((await catalogue.call('POST', `${path}/change`, { token: other, body: { plan_code: 'business' } })).status).toBe(422);
    expect((await catalogue.call('PATCH', path, { token: other, body: { time_zone: 'Asia/Tokyo' } })).status).toBe(404);
  });
});
