import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type TestDatabase, startTestDatabase } from '@tallymark/testing';
import { Client, getLagoError } from 'lago-javascript-client';
import { DEMO_CUSTOMERS } from '../demo/catalogue.js';
import type { BillingUsageData } from './billing-usage.js';
import { launchChromium } from './chromium.js';
import { readWithGnipClient, runGetUsageExample } from './conformance-clients.js';
import {
  ask,
  askContract,
  askWithLargeBody,
  CONTRACTS,
  type Contract,
  presentKey,
  type Refusal,
  shapeOf,
} from './conformance-contracts.js';
import { findResponseErrors, readVendorOpenApi } from './conformance-openapi.js';
import { partOfPage, readVendorPage } from './conformance-pages.js';
import { startComponentPage } from './conformance-react.js';
import { CANARY, type ConformanceWorld, createConformanceWorld, WEB_USED } from './conformance-world.js';
import { startOfMonth } from './organization.js';
import { type Platform, startPlatform } from './platform.js';

const TOO_LARGE_BYTES = 7_000_000;
const contractNamed = (name: Contract['name']): Contract => CONTRACTS.find((contract) => contract.name === name)!;

/** The billing answer as the component reads it. */
type BarData = BillingUsageData & { readonly metrics: Readonly<Record<string, { readonly name: string; readonly unit: string }>> };

/** Where the pages of the vendors were not handed along, the tests that need one hold that it is absent. */
const billingPage = readVendorPage('004');
const presence = (page: unknown): string => (page === null ? 'absent' : 'present');

describe('conformance to the five contracts, through the gateway', () => {
  let database: TestDatabase;
  let platform: Platform;
  let world: ConformanceWorld;
  let published: object;

  beforeAll(async () => {
    database = await startTestDatabase();
    platform = await startPlatform({ database, environment: { GNIP_REQUESTS_PER_MINUTE: '1000' } });
    world = await createConformanceWorld(platform);
    published = (await ask(world, '/openapi/usage-api.json')).body as object;
  }, 180_000);
  afterAll(async () => {
    await platform?.stop();
    await database?.stop();
  }, 60_000);

  const readBilling = async (): Promise<BarData> =>
    ((await askContract(world, contractNamed('billing'))).body as { readonly data: BarData }).data;

  describe('the official client lago-javascript-client', () => {
    const client = (key: string): ReturnType<typeof Client> => Client(key, { baseUrl: `${world.platform.baseUrl}/api/v1` });

    it('reads usage', async () => {
      const { data } = await client(world.keys.lago).analytics.findAllUsages({
        time_granularity: 'monthly',
        from_date: startOfMonth(world.at).toISOString().slice(0, 10),
        external_customer_id: DEMO_CUSTOMERS.web,
      });
      // 0.25 GB beyond what is included, at 9.00.
      expect(data.usages.map((row) => [row.billable_metric_code, row.amount_currency, row.units, row.amount_cents])).toEqual([
        ['api_calls', 'USD', '20.0', 0],
        ['bandwidth', 'USD', '1250000000.0', 225],
        ['emails', 'USD', '1.0', 0],
        ['storage', 'USD', '675000000.0', 0],
      ]);
    });

    it.each<[string, () => string, unknown]>([
      ['an unknown key', () => 'unknown', { status: 401, error: 'Unauthorized' }],
      [
        'a key without the scope',
        () => world.keys.comet,
        { status: 403, error: 'Forbidden', code: 'read_action_not_allowed_for_analytic' },
      ],
    ])('reads the error for %s', async (_name, key, error) => {
      const thrown = await client(key())
        .analytics.findAllUsages()
        .catch((reason: unknown) => getLagoError(reason));
      expect(thrown).toEqual(error);
    });
  });

  describe('the npm client gnip', () => {
    const read = (account: string, password: string, query = {}): Promise<unknown> =>
      readWithGnipClient(
        { url: `${world.platform.baseUrl}/metrics/usage/accounts/${account}.json`, user: world.gnipUser, password },
        query,
      );

    it('reads months: activities are distinct at each level, requests are sums', async () => {
      const timePeriod = `${startOfMonth(world.at).toISOString().slice(0, 7).replace('-', '')}010000`;
      const usage = await read(world.account, world.keys.gnip, { bucket: 'month' });
      expect(usage).toMatchObject({
        account: { name: world.account },
        bucket: 'month',
        publishers: [
          {
            type: 'twitter',
            used: [{}, {}, { timePeriod, activities: 3, searchRequests30Day: 2, searchRequestsFullArchive: 0 }],
            projected: { timePeriod },
            products: [
              { type: 'PowerTrack', used: [{}, {}, { timePeriod, activities: 2 }], endpoints: [{ label: 'prod' }, { label: 'dev' }] },
              { type: 'Search API (30-Day) 2.0', used: [{}, {}, { timePeriod, activities: 2, searchRequests30Day: 2 }] },
            ],
          },
        ],
      });
    });

    it('reads days', async () => {
      const fromDate = `${startOfMonth(world.at).toISOString().slice(0, 10).replaceAll('-', '')}0000`;
      const usage = await read(world.account, world.keys.gnip, { bucket: 'day', fromDate });
      expect(usage).toMatchObject({ bucket: 'day', fromDate });
    });

    it.each<[string, () => Promise<unknown>, RegExp]>([
      ['a wrong password', () => read(world.account, 'wrong'), /^Unable to get usage\. Request failed with status code: 401\.\n./],
      ['somebody else’s account', () => read(DEMO_CUSTOMERS.web, world.keys.gnip), /status code: 404\.\nNo such resource/],
      [
        'a malformed date',
        () => read(world.account, world.keys.gnip, { fromDate: '2026' }),
        /status code: 400\.\nInvalid date format for query parameter 'fromDate'/,
      ],
    ])('prints the message for %s', async (_name, call, message) => {
      // It was made outside of the test's own realm, so it is no instance of this realm's Error.
      const thrown = await call().catch((reason: unknown) => (reason as Error).message);
      expect(thrown).toMatch(message);
    });
  });

  describe(`the examples of the billing page, which is ${presence(billingPage)}`, () => {
    if (billingPage === null) {
      it('are not there to run', () => expect(readVendorPage('004')).toBeNull());
      return;
    }

    it('6.5.15 getUsage in TypeScript, by a relative URL and with a session token', async () => {
      const source = partOfPage(billingPage, 'TypeScript Example', 'Response');
      const example = await runGetUsageExample(source, world.platform.baseUrl, world.sessionToken);
      const used = (answer: unknown): unknown => {
        const { metrics } = (answer as { readonly data: BillingUsageData }).data;
        return Object.fromEntries(Object.entries(metrics).map(([name, metric]) => [name, metric.used]));
      };
      expect(used(example.currentUsage)).toEqual(WEB_USED);
      // 12 months are kept.
      expect(example.januaryUsage).toMatchObject({ success: false, error: { code: 'BAD_REQUEST', message: expect.any(String) } });
      const date = world.at.toISOString().slice(0, 10);
      const some = await example.getUsage({ startDate: date, endDate: date, metrics: ['api_calls', 'storage'] });
      expect(some).toMatchObject({ success: true, data: { period: { start: `${date}T00:00:00Z`, end: `${date}T23:59:59Z` } } });
      expect(used(some)).toEqual({ apiCalls: WEB_USED.apiCalls, storage: WEB_USED.storage });
    });

    it('6.5.16 the React component, in Chromium', async () => {
      const page = await startComponentPage(partOfPage(billingPage, 'React Component Example', 'Notes'), world.platform.baseUrl);
      const browser = await launchChromium();
      try {
        const tab = await browser.newPage({ locale: 'en-US' });
        await tab.goto(`${page.url}/#${world.sessionToken}`);
        await tab.locator('.usage-metric').first().waitFor();
        const { period, metrics, estimatedCost } = await readBilling();
        const number = new Intl.NumberFormat('en-US');
        const bars = Object.values(metrics);
        expect(await tab.locator('h2').textContent()).toBe(`Usage for ${period.start} - ${period.end}`);
        expect(await tab.locator('.usage-metric span').allTextContents()).toEqual(
          bars.flatMap(({ name, unit, included, used, percentage }) => [
            name,
            `${number.format(used)} / ${number.format(included)} ${unit}`,
            `${percentage.toFixed(1)}% used`,
          ]),
        );
        const fills = await tab.locator('.progress-fill').all();
        expect(await Promise.all(fills.map((fill) => fill.getAttribute('class')))).toEqual(
          bars.map(({ percentage }) => `progress-fill bg-${percentage > 90 ? 'red' : percentage > 75 ? 'yellow' : 'green'}-500`),
        );
        expect(bars.map(({ percentage }) => percentage)).toEqual(expect.arrayContaining([80, 67.5, 125]));
        expect(await tab.locator('.estimated-cost').textContent()).toBe(
          `Estimated cost: $${estimatedCost.total.toFixed(2)}(includes $${estimatedCost.overage.toFixed(2)} overage)`,
        );
      } finally {
        await browser.close();
        await page.close();
      }
    }, 120_000);
  });

  describe('documents', () => {
    const askMalformed = (contract: Contract): ReturnType<typeof ask> => {
      const path = contract.url(world).split('?')[0]!;
      const headers = presentKey(contract.scheme, world.keys[contract.name], world.gnipUser);
      return ask(world, `${path}${contract.malformedQuery}`, { headers });
    };

    it.each(CONTRACTS.map((contract) => [contract.name, contract] as const))('%s answers what ours publishes', async (_name, contract) => {
      const { template } = contract;
      const answer = await askContract(world, contract);
      expect([answer.status, findResponseErrors(published, template, answer)]).toEqual([200, []]);
      const refused = await ask(world, contract.url(world));
      expect([refused.status, findResponseErrors(published, template, refused)]).toEqual([contract.statuses['no credential'], []]);
      const malformed = await askMalformed(contract);
      expect([malformed.status, findResponseErrors(published, template, malformed)]).toEqual([400, []]);
    });

    it.each([
      ['crossmint', '/v1-alpha1/projects/{projectId}/usage', readVendorOpenApi('000')],
      ['lago', '/analytics/usage', readVendorOpenApi('002')],
    ] as const)('%s answers what its vendor publishes at %s', async (name, path, document) => {
      const contract = contractNamed(name);
      const answers = [await askContract(world, contract), await ask(world, contract.url(world))];
      // Lago's page tells of no 400.
      if (name === 'crossmint') answers.push(await askMalformed(contract));
      // A place without the vendor's page holds the answers to our own document.
      const errors = answers.map((answer) =>
        findResponseErrors(document ?? published, document === null ? contract.template : path, answer),
      );
      expect([answers.map(({ status }) => status), errors]).toEqual([
        [200, contract.statuses['no credential'], 400].slice(0, answers.length),
        answers.map(() => []),
      ]);
    });
  });

  it('the request history shows both requests, oldest first, and nothing of what was secret in them', async () => {
    const { body } = await askContract(world, contractNamed('comet'));
    expect((body as { requests: { path: string; status: number }[] }).requests.map(({ path, status }) => [path, status])).toEqual([
      ['/v2/reports/', 200],
      ['/v2/reports/r1', 422],
    ]);
    expect(JSON.stringify(body)).not.toContain(CANARY.slice(0, 16));
  });

  it('counts the wallets of the project once each', async () => {
    const { body } = await askContract(world, contractNamed('crossmint'));
    const usage = { month: world.at.toISOString().slice(0, 7), activeWallets: 2 };
    expect(body).toEqual({ data: { dimension: 'monthly_active_wallets', usage } });
  });

  describe('6.6 errors speak the contract', () => {
    const refusals: Readonly<
      Record<Refusal, (contract: Contract, headers: Record<string, string>) => Promise<{ status: number; body: unknown }>>
    > = {
      'no credential': (contract) => ask(world, contract.url(world)),
      'an unknown path': ({ unknownPath }, headers) => ask(world, unknownPath, { headers }),
      'a wrong method': (contract, headers) => ask(world, contract.url(world), { method: 'DELETE', headers }),
      'a body too large': (contract, headers) => askWithLargeBody(world, contract.url(world), { headers, bytes: TOO_LARGE_BYTES }),
    };
    const cases = CONTRACTS.flatMap((contract) =>
      (Object.keys(refusals) as Refusal[]).map((refusal) => [contract.name, refusal, contract] as const),
    );

    it.each(cases)('%s: %s', async (name, refusal, contract) => {
      const headers = presentKey(contract.scheme, world.keys[name], world.gnipUser);
      const { status, body } = await refusals[refusal](contract, headers);
      expect([status, shapeOf(body)]).toEqual([contract.statuses[refusal], contract.errorShape(status)]);
    });
  });
});
