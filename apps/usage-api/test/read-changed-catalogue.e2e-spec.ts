import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { type TestDatabase, UsageWorld, addApiKey, startTestDatabase } from '@tallymark/testing';
import { START_TIMEOUT_MS } from './support/catalogue-app.js';
import { startContractApp } from './support/contract-app.js';

const NOW = new Date('2026-03-12T09:00:00Z');
const PROJECT = '7d2f4c1e-58a3-4b6f-9f0e-3a1c5b8d2e64';
const CONTRACTS = ['billing', 'crossmint', 'comet', 'lago', 'of the plan', 'of the country', 'gnip'] as const;
type Contract = (typeof CONTRACTS)[number];

interface Answer {
  readonly status: number;
  readonly body: string;
}
type Answers = Readonly<Record<Contract, Answer>>;

describe('the contracts after a change of the catalogue', () => {
  let database: TestDatabase;
  let world: UsageWorld;
  let app: NestFastifyApplication;
  let customerId: string;
  let otherId: string;
  let subscriptionId: string;
  let requests: Readonly<Record<Contract, { readonly url: string; readonly headers: Readonly<Record<string, string>> }>>;

  beforeAll(async () => {
    database = await startTestDatabase({ now: NOW });
    world = await UsageWorld.create(database, NOW);
    const groupBy = { publisher: '$.publisher', product: '$.product', endpoint: '$.endpoint', label: '$.label' };
    await world.addMeter('api_calls');
    await world.addMeter('monthly_active_wallets', wallets);
    await world.addMeter('streamed', { eventType: 'stream', aggregation: 'unique_count', valueProperty: '$.id', groupBy });
    customerId = await world.addCustomer(PROJECT, { type: 'company', country: 'US' });
    otherId = await world.addCustomer('other');
    subscriptionId = await world.subscribe({ customerId, charges: [{ metric: 'api_calls' }], startedAt: '2026-02-01T00:00:00Z' });
    await world.owner.query(`UPDATE plan SET code = 'gold'`);
    await world.use(
      [PROJECT, 'second', 'other'].flatMap((subject) => [
        { subject, time: '2026-03-02T10:00:00Z', data: { path: `/of/${subject}`, method: 'GET', status: 200 } },
        { subject, time: '2026-03-03T10:00:00Z', type: 'wallet.active', data: { walletId: `wallet of ${subject}` } },
        {
          subject,
          time: '2026-03-04T10:00:00Z',
          type: 'stream',
          data: { id: `${subject} 1`, publisher: 'p', product: 'q', endpoint: 'e' },
        },
      ]),
    );
    const key = await addApiKey(world.owner, world.organizationId, { customerId, scopes: ['usage:read', 'projects:usage.read'] });
    await world.owner.query(`UPDATE api_key SET name = 'reader'`);
    const organizationKey = await addApiKey(world.owner, world.organizationId, { scopes: ['analytic:read'] });
    const lago = {
      url: `/api/v1/analytics/usage?time_granularity=monthly&external_customer_id=${PROJECT}`,
      headers: bearer(organizationKey),
    };
    requests = {
      billing: { url: '/api/billing/usage', headers: bearer(key) },
      crossmint: {
        url: `/api/v1-alpha1/projects/default/usage?dimension=monthly_active_wallets&startDate=2026-03`,
        headers: { 'x-api-key': key },
      },
      comet: { url: '/v1/usage', headers: bearer(key) },
      lago,
      'of the plan': { ...lago, url: `${lago.url}&plan_code=gold` },
      'of the country': { ...lago, url: `${lago.url}&customer_country=US` },
      gnip: {
        url: `/metrics/usage/accounts/${PROJECT}.json?bucket=month`,
        headers: { authorization: `Basic ${Buffer.from(`reader:${key}`).toString('base64')}` },
      },
    };
    app = await start();
  }, START_TIMEOUT_MS);
  afterAll(async () => {
    await app.close();
    await database.stop();
  });

  const wallets = { eventType: 'wallet.active', aggregation: 'unique_count', valueProperty: '$.walletId' };
  const bearer = (key: string) => ({ authorization: `Bearer ${key}` });
  const start = () => startContractApp(database, () => NOW, { GNIP_REQUESTS_PER_MINUTE: '1000' });
  const sql = (text: string, ...values: unknown[]) => world.owner.query(text, values);
  const readAll = async (from: NestFastifyApplication): Promise<Answers> => {
    const answers: [Contract, Answer][] = [];
    for (const contract of CONTRACTS) {
      const response = await from.inject({ method: 'GET', ...requests[contract] });
      answers.push([contract, { status: response.statusCode, body: response.body }]);
    }
    return Object.fromEntries(answers) as Answers;
  };

  const addSubscription = (): Promise<string> =>
    world.subscribe({ customerId, charges: [{ metric: 'calls', meterCode: 'api_calls' }], startedAt: '2026-01-01T00:00:00Z' });
  const addPhase = async (): Promise<void> => {
    const laterId = await world.subscribe({ customerId: otherId, charges: [{ metric: 'calls_of_later', meterCode: 'api_calls' }] });
    await sql(
      `INSERT INTO subscription_phase (subscription_id, starts_at, organization_id, plan_version_id, requested_by)
       SELECT $1, '2026-03-10T00:00:00Z', organization_id, plan_version_id, 'test' FROM subscription WHERE id = $2`,
      subscriptionId,
      laterId,
    );
  };

  // One after the other; each rests on those before it.
  const changes: readonly [name: string, changed: readonly Contract[], change: () => Promise<unknown>][] = [
    ['settings of the organization', ['crossmint'], () => sql(`UPDATE organization SET settings = '{"crossmint_usage_shape": "array"}'`)],
    ['a meter deleted', ['crossmint'], () => sql(`UPDATE meter SET deleted_at = $1 WHERE code = 'monthly_active_wallets'`, NOW)],
    [
      'a meter created',
      ['crossmint'],
      async () => {
        await world.addMeter('monthly_active_wallets', wallets);
        await world.settle();
      },
    ],
    [
      'a meter rounded',
      ['lago'],
      () => sql(`UPDATE meter SET rounding = '{"function": "ceil", "precision": -2}' WHERE code = 'api_calls'`),
    ],
    [
      'a subject added',
      ['comet', 'crossmint', 'gnip'],
      () => sql('INSERT INTO customer_subject VALUES ($1, $2, $3)', world.organizationId, 'second', customerId),
    ],
    [
      'a subject moved in',
      ['comet', 'crossmint', 'gnip'],
      () => sql('UPDATE customer_subject SET customer_id = $1 WHERE subject = $2', customerId, 'other'),
    ],
    [
      'a subject moved out',
      ['comet', 'crossmint', 'gnip'],
      () => sql('UPDATE customer_subject SET customer_id = $1 WHERE subject = $2', otherId, 'other'),
    ],
    ['a subject removed', ['comet', 'crossmint', 'gnip'], () => sql(`DELETE FROM customer_subject WHERE subject = 'second'`)],
    ['the country of the customer', ['of the country'], () => sql(`UPDATE customer SET country = 'DE' WHERE id = $1`, customerId)],
    ['the code of the plan', ['of the plan'], () => sql(`UPDATE plan SET code = 'silver' WHERE code = 'gold'`)],
    ['an older subscription', ['billing', 'lago'], addSubscription],
    [
      'a subscription ended',
      ['billing'],
      () => sql(`UPDATE subscription SET ended_at = '2026-02-01T00:00:00Z' WHERE started_at = '2026-01-01T00:00:00Z'`),
    ],
    ['another plan from an instant on', ['billing'], addPhase],
    ['that instant put off', ['billing'], () => sql(`UPDATE subscription_phase SET starts_at = '2026-03-11T00:00:00Z'`)],
    ['that plan taken back', ['billing'], () => sql('DELETE FROM subscription_phase')],
    [
      'the external id of the customer',
      ['lago', 'gnip'],
      () => sql(`UPDATE customer SET external_id = 'renamed' WHERE id = $1`, customerId),
    ],
    [
      'no subscription',
      ['billing'],
      () => sql('UPDATE subscription SET ended_at = started_at + interval $$1 hour$$ WHERE customer_id = $1', customerId),
    ],
  ];

  it.each(changes)('shows %s at once, and answers as a service that has just started', async (_name, changed, change) => {
    const before = await readAll(app);
    await change();
    const after = await readAll(app);
    const fresh = await start();
    try {
      expect(after).toEqual(await readAll(fresh));
    } finally {
      await fresh.close();
    }
    expect(CONTRACTS.filter((contract) => before[contract].body !== after[contract].body)).toEqual(expect.arrayContaining([...changed]));
  });

  it('keeps what it has while billing-calc writes how far it is', async () => {
    const versions = () => sql('SELECT * FROM catalogue_version ORDER BY scope_id');
    const before: unknown = await versions();
    await sql('UPDATE meter SET fold_progress = 0.5, fold_attempt = fold_attempt + 1, folded = NOT folded, backfilling = NOT backfilling');
    expect(await versions()).toEqual(before);
  });
});
