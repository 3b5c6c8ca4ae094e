import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { DataSource } from '@tallymark/persistence';
import { type CatalogueApp, METER, PLAN, placesOf, START_TIMEOUT_MS, startCatalogueApp, textOf } from './support/catalogue-app.js';
import { addStatement } from './support/statement-fixture.js';

const SEPTEMBER = { from: '2026-09-01T00:00:00.000Z', to: '2026-10-01T00:00:00.000Z' };
const OCTOBER = { from: '2026-10-01T00:00:00.000Z', to: '2026-11-01T00:00:00.000Z' };
const NOVEMBER = { from: '2026-11-01T00:00:00.000Z', to: '2026-12-01T00:00:00.000Z' };

describe('/platform/v1/statements', () => {
  let catalogue: CatalogueApp;
  let token: string;
  let customerKey: string;
  let owner: DataSource;
  const subscriptionIds: Record<string, string> = {};

  beforeAll(async () => {
    catalogue = await startCatalogueApp();
    owner = await catalogue.database.connect('owner');
    token = (await catalogue.addOrganization('statements')).key;
    await catalogue.call('POST', '/platform/v1/meters', { token, body: METER });
    await catalogue.call('POST', '/platform/v1/plans', { token, body: PLAN });
    for (const customer of ['acme', 'other']) {
      await catalogue.call('POST', '/platform/v1/customers', { token, body: { external_id: customer, name: customer } });
      const body = { external_id: `${customer}-pro`, customer_id: customer, plan_code: 'pro', started_at: '2026-09-01T00:00:00Z' };
      const id = textOf(await catalogue.call('POST', '/platform/v1/subscriptions', { token, body }), 'id');
      subscriptionIds[customer] = id;
      for (const [index, period] of [SEPTEMBER, OCTOBER, NOVEMBER].entries())
        await addStatement(owner, id, period, `${(index + 2) * 1000}`);
    }
    const key = { name: 'acme', scopes: ['usage:read'], customer_id: 'acme' };
    customerKey = textOf(await catalogue.call('POST', '/platform/v1/api-keys', { token, body: key }), 'key');
  }, START_TIMEOUT_MS);
  afterAll(async () => catalogue.stop());

  const list = async (query: string, by = token): Promise<string[]> => {
    const answer = await catalogue.call('GET', `/platform/v1/statements?${query}`, { token: by });
    return (answer.body['data'] as { customer_external_id: string; period: { from: string } }[]).map(
      (statement) => `${statement.customer_external_id} ${statement.period.from.slice(0, 7)}`,
    );
  };

  it('shows the statement of the running period with every amount as text', async () => {
    const answer = await catalogue.call('GET', '/platform/v1/subscriptions/acme-pro/statement', { token });
    expect(answer).toMatchObject({ status: 200, headers: { etag: expect.any(String) } });
    expect(answer.body).toEqual({
      id: expect.any(String),
      subscription_id: subscriptionIds['acme'],
      subscription_external_id: 'acme-pro',
      customer_id: expect.any(String),
      customer_external_id: 'acme',
      plan_code: 'pro',
      plan_version: 1,
      time_zone: 'UTC',
      period: NOVEMBER,
      billing_period: NOVEMBER,
      status: 'open',
      closed_at: null,
      complete: false,
      currency: 'USD',
      base: '99',
      overage_amount: '15',
      commitment_true_up: '0',
      adjustment_amount: '0',
      total: '114',
      lines: [
        {
          metric: 'api_calls',
          name: 'API calls',
          meter_code: 'api_calls',
          unit: 'calls',
          unit_size: '1',
          included: '1000',
          used: '4000',
          overage: '3000',
          percentage: '400',
          amount: '15',
          projected_used: '4500.5',
          details: [{ description: 'calls', dimensions: {}, quantity: '3000', unit_amount: '0.005', flat_amount: '0', amount: '15' }],
        },
      ],
      adjustments: [],
      as_of: '2026-11-21T11:59:59.000Z',
      revision: 3,
    });
  });

  it('is complete once the meters that its plan prices are', async () => {
    const isComplete = async (): Promise<unknown> =>
      (await catalogue.call('GET', '/platform/v1/subscriptions/acme-pro/statement', { token })).body['complete'];
    expect(await isComplete()).toBe(false);
    await owner.query('UPDATE meter SET folded = true');
    expect(await isComplete()).toBe(true);
  });

  it.each([
    { query: 'customer=acme', expected: ['acme 2026-11', 'acme 2026-10', 'acme 2026-09'] },
    { query: 'subscription=other-pro', expected: ['other 2026-11', 'other 2026-10', 'other 2026-09'] },
    { query: 'customer=acme&subscription=other-pro', expected: [] },
    { query: 'customer=acme&from=2026-10-01T00:00:00Z', expected: ['acme 2026-11', 'acme 2026-10'] },
    { query: 'customer=acme&from=2026-09-30T23:59:59.999Z&to=2026-11-01T00:00:00Z', expected: ['acme 2026-10', 'acme 2026-09'] },
  ])('lists $expected for $query, newest first', async ({ query, expected }) => {
    expect(await list(query)).toEqual(expected);
  });

  it('lists every statement once, page by page', async () => {
    const seen: string[] = [];
    for (let cursor: unknown = undefined; cursor !== null;) {
      const page = await catalogue.call(
        'GET',
        `/platform/v1/statements?limit=1${cursor === undefined ? '' : `&cursor=${String(cursor)}`}`,
        { token },
      );
      for (const statement of page.body['data'] as { customer_external_id: string; period: { from: string } }[]) {
        seen.push(`${statement.customer_external_id} ${statement.period.from.slice(0, 7)}`);
      }
      cursor = page.body['next_cursor'];
    }
    expect(seen).toEqual(await list('limit=100'));
    expect(new Set(seen).size).toBe(6);
  });

  it('shows a customer its own, and knows of no others', async () => {
    expect(await list('', customerKey)).toEqual(['acme 2026-11', 'acme 2026-10', 'acme 2026-09']);
    expect(await list('customer=acme&subscription=acme-pro', customerKey)).toHaveLength(3);
    const statuses = await Promise.all(
      [
        'statements?customer=other',
        'statements?subscription=other-pro',
        'subscriptions/other-pro/statement',
        `subscriptions/${subscriptionIds['other']}/statement`,
      ].map(async (path) => (await catalogue.call('GET', `/platform/v1/${path}`, { token: customerKey })).status),
    );
    expect(statuses).toEqual([404, 404, 404, 404]);
  });

  it('refuses a cursor of another credential, and an empty window', async () => {
    const page = await catalogue.call('GET', '/platform/v1/statements?limit=1', { token });
    const stolen = await catalogue.call('GET', `/platform/v1/statements?limit=1&cursor=${textOf(page, 'next_cursor')}`, {
      token: customerKey,
    });
    expect({ status: stolen.status, places: placesOf(stolen) }).toEqual({ status: 400, places: ['cursor'] });
    const empty = await catalogue.call('GET', '/platform/v1/statements?from=2026-10-01T00:00:00Z&to=2026-10-01T02:00:00%2B02:00', {
      token,
    });
    expect({ status: empty.status, places: placesOf(empty) }).toEqual({ status: 400, places: ['to'] });
  });

  it('says that a statement is not made yet, and drops those of periods after the end', async () => {
    const body = { external_id: 'new', customer_id: 'acme', plan_code: 'pro', started_at: '2026-09-01T00:00:00Z' };
    const id = textOf(await catalogue.call('POST', '/platform/v1/subscriptions', { token, body }), 'id');
    expect((await catalogue.call('GET', '/platform/v1/subscriptions/new/statement', { token })).status).toBe(404);
    await addStatement(owner, id, SEPTEMBER, '2000');
    await addStatement(owner, id, OCTOBER, '2000');
    await catalogue.call('POST', '/platform/v1/subscriptions/new/terminate', { token, body: { ended_at: '2026-09-15T00:00:00Z' } });
    expect(await list('subscription=new')).toEqual(['acme 2026-09']);
    expect(await catalogue.call('GET', '/platform/v1/subscriptions/new/statement', { token })).toMatchObject({
      status: 200,
      body: { period: SEPTEMBER },
    });
  });

  describe('one that bears adjustments of a closed one', () => {
    let ids: Record<string, string>;

    beforeAll(async () => {
      await owner.query(
        `UPDATE statement SET status = 'closed', closed_at = '2026-10-04T00:00:20Z' WHERE subscription_id = $1 AND period_from = $2`,
        [subscriptionIds['acme'], SEPTEMBER.from],
      );
      const adjustment = {
        periodFrom: SEPTEMBER.from,
        periodTo: SEPTEMBER.to,
        metric: 'api_calls',
        name: 'API calls',
        units: '-1000',
        amount: '-5',
      };
      await owner.query(
        `UPDATE statement SET status = 'grace', total = 104, amounts = amounts || $3 WHERE subscription_id = $1 AND period_from = $2`,
        [subscriptionIds['acme'], OCTOBER.from, JSON.stringify({ adjustments: [adjustment], adjustmentAmount: '-5', total: '104' })],
      );
      await owner.query(
        `INSERT INTO statement_version (subscription_id, period_from, revision, organization_id, period_to, plan_version_id, status, total, amounts, as_of)
         SELECT subscription_id, period_from, v.revision, organization_id, period_to, plan_version_id, 'open', 99, amounts || '{"adjustments": [], "adjustmentAmount": "0", "total": "109"}', v.as_of
         FROM statement, (VALUES (1, timestamptz '2026-10-02T23:00:00Z'), (2, timestamptz '2026-10-05T22:00:00Z')) AS v (revision, as_of)
         WHERE subscription_id = $1 AND period_from = $2`,
        [subscriptionIds['acme'], OCTOBER.from],
      );
      const page = await catalogue.call('GET', '/platform/v1/statements?subscription=acme-pro', { token });
      const rows = page.body['data'] as { id: string; period: { from: string } }[];
      ids = Object.fromEntries(rows.map((row) => [row.period.from.slice(0, 7), row.id]));
    });

    it('is read by its id and refers to what it adjusts', async () => {
      const answer = await catalogue.call('GET', `/platform/v1/statements/${ids['2026-10']}`, { token: customerKey });
      expect(answer).toMatchObject({
        status: 200,
        body: {
          status: 'grace',
          overage_amount: '10',
          adjustment_amount: '-5',
          total: '104',
          adjustments: [
            { statement_id: ids['2026-09'], period: SEPTEMBER, metric: 'api_calls', name: 'API calls', units: '-1000', amount: '-5' },
          ],
        },
      });
      expect(await catalogue.call('GET', `/platform/v1/statements/${ids['2026-09']}`, { token })).toMatchObject({
        body: { status: 'closed', closed_at: '2026-10-04T00:00:20.000Z', complete: true, adjustments: [] },
      });
    });

    it.each([
      { status: 'closed', expected: ['acme 2026-09'] },
      { status: 'grace', expected: ['acme 2026-10'] },
      { status: 'open', expected: ['acme 2026-11'] },
    ])('is listed by its status, $status', async ({ status, expected }) => {
      expect(await list(`subscription=acme-pro&status=${status}`)).toEqual(expected);
    });

    it('refuses a status that there is not', async () => {
      const answer = await catalogue.call('GET', '/platform/v1/statements?status=paid', { token });
      expect({ status: answer.status, places: placesOf(answer) }).toEqual({ status: 400, places: ['status'] });
    });

    it('tells what it said on earlier days, newest first', async () => {
      const answer = await catalogue.call('GET', `/platform/v1/statements/${ids['2026-10']}/versions`, { token: customerKey });
      const versions = answer.body['data'] as { revision: number; total: string; as_of: string; lines: unknown[] }[];
      expect(versions.map((version) => `${version.revision} ${version.as_of.slice(0, 10)} ${version.total}`)).toEqual([
        '3 2026-11-21 104',
        '2 2026-10-05 109',
        '1 2026-10-02 109',
      ]);
      expect(versions[1]!.lines).toEqual([{ metric: 'api_calls', used: '3000', overage: '2000', amount: '10' }]);
    });

    it('is nobody else’s', async () => {
      const [other] = (await catalogue.call('GET', '/platform/v1/statements?customer=other', { token })).body['data'] as { id: string }[];
      const strange = (await catalogue.addOrganization('strangers')).key;
      const statuses = await Promise.all(
        [
          { path: `statements/${other!.id}`, by: customerKey },
          { path: `statements/${other!.id}/versions`, by: customerKey },
          { path: `statements/${ids['2026-10']}`, by: strange },
          { path: 'statements/none', by: token },
        ].map(async ({ path, by }) => (await catalogue.call('GET', `/platform/v1/${path}`, { token: by })).status),
      );
      expect(statuses).toEqual([404, 404, 404, 404]);
    });
  });
});
