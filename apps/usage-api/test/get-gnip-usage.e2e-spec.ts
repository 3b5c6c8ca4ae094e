import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { type TestDatabase, UsageWorld, addApiKey, startTestDatabase } from '@tallymark/testing';
import { START_TIMEOUT_MS } from './support/catalogue-app.js';
import { startContractApp } from './support/contract-app.js';
import { GNIP_ACCOUNT, GNIP_ANSWER, GNIP_EVENTS, GNIP_NOW, activity, addGnipMeters } from './support/gnip-fixture.js';
import { responseSchemaPath, schemaErrors } from './support/published-openapi.js';

const USER = 'zoë@acme.example';
const DATE_SENTENCE =
  "Invalid date format for query parameter 'fromDate'. Expected format is 'yyyyMMddHHmm'. For example, '201701012315' for January 1st, 11:15 pm 2017 UTC.\n\n";

interface Bucket {
  timePeriod: string;
  activities: number;
}
interface Level {
  type: string;
  used: Bucket[];
  projected?: Bucket;
}
interface Body {
  account: { name: string };
  publishers: (Level & { products: (Level & { endpoints?: Level[] })[] })[];
  bucket: string;
  fromDate: string;
  toDate: string;
}

describe('GET /metrics/usage/accounts/{account}.json', () => {
  let database: TestDatabase;
  let world: UsageWorld;
  let app: NestFastifyApplication;
  let customerId: string;
  let key: string;
  let document: object;
  let now = GNIP_NOW;

  beforeAll(async () => {
    database = await startTestDatabase({ now: GNIP_NOW });
    world = await UsageWorld.create(database, GNIP_NOW);
    await addGnipMeters(world);
    customerId = await world.addCustomer(GNIP_ACCOUNT);
    await world.addCustomer('another-account');
    await world.use(GNIP_EVENTS);
    key = await addApiKey(world.owner, world.organizationId, { customerId, scopes: ['usage:read'], name: USER });
    app = await startContractApp(database, () => now, { GNIP_REQUESTS_PER_MINUTE: '1000000' });
    document = (await app.inject('/openapi.json')).json();
  }, START_TIMEOUT_MS);
  afterAll(async () => {
    await app.close();
    await database.stop();
  });

  const basic = (user: string, password: string): string => `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  const get = (query = '', account = GNIP_ACCOUNT, authorization = basic(USER, key)) =>
    app.inject({ method: 'GET', url: `/metrics/usage/accounts/${account}.json${query}`, headers: { authorization } });
  const read = async (query = ''): Promise<Body> => {
    const response = await get(query);
    expect([query, response.statusCode, response.statusCode === 200 ? '' : response.body]).toEqual([query, 200, '']);
    expect(schemaErrors(document, responseSchemaPath('/metrics/usage/accounts/{account}.json', 200), response.json())).toEqual([]);
    return response.json<Body>();
  };
  const refusal = async (query: string, account?: string, authorization?: string): Promise<[number, string]> => {
    const response = await get(query, account, authorization);
    expect(response.headers['content-type']).toBe('application/json; charset=utf-8');
    return [response.statusCode, response.json<{ error: { message: string } }>().error.message];
  };
  /** Activities of the publisher `twitter`, by bucket. */
  const activities = async (query: string): Promise<[string, number][]> =>
    (await read(query)).publishers.find(({ type }) => type === 'twitter')!.used.map((bucket) => [bucket.timePeriod, bucket.activities]);

  it('6.1.10, 6.1.11 answers the current month and the two before it, each level by its own count, byte for byte', async () => {
    const response = await get();
    expect([response.statusCode, response.json()]).toEqual([200, GNIP_ANSWER]);
    expect(response.body).toBe(JSON.stringify(GNIP_ANSWER));
    expect(response.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(response.headers['tallymark-as-of']).toBe(GNIP_NOW.toISOString());
    await read();
  });

  it('6.1.11 counts a post once a day and level: fewer than the levels below, and more than once in a month', async () => {
    const { publishers } = await read('?bucket=day&fromDate=202601050000&toDate=202601070000');
    const [twitter] = publishers;
    expect(twitter!.used.map((bucket) => bucket.activities)).toEqual([3, 1]);
    const products = twitter!.products.map(({ type, used, endpoints }) => ({
      type,
      used: used.map((bucket) => bucket.activities),
      endpoints: endpoints!.map((endpoint) => endpoint.used.map((bucket) => bucket.activities)),
    }));
    expect(products).toEqual([
      { type: 'PowerTrack', used: [2, 1], endpoints: [[2, 1], [1, 0]] }, // prettier-ignore
      { type: 'Search API (Full-Archive)', used: [2, 0], endpoints: [[2, 0]] },
    ]);
  });

  it('answers days of the current month, today so far included and without a projection', async () => {
    const { bucket, fromDate, toDate, publishers } = await read('?bucket=day');
    expect([bucket, fromDate, toDate]).toEqual(['day', '202603010000', '202603130000']);
    for (const { used, projected, products } of publishers) {
      expect([used.length, used[0]!.timePeriod, used.at(-1)!.timePeriod, projected]).toEqual([
        12,
        '202603010000',
        '202603120000',
        undefined,
      ]);
      expect(products.every((product) => !('projected' in product))).toBe(true);
    }
    expect((await activities('?bucket=day')).filter(([, count]) => count > 0)).toEqual([
      ['202603010000', 1],
      ['202603050000', 1],
      ['202603120000', 2],
    ]);
  });

  it('6.1.1 takes parameter names in any case, and refuses one that came in two values', async () => {
    const expected = await read('?bucket=day&fromDate=202603010000&toDate=202603030000');
    expect(await read('?Bucket=day&fromdate=202603010000&todate=202603030000')).toEqual(expected);
    expect(await read('?BUCKET=day&FROMDATE=202603010000&toDate=202603030000&fromDate=202603010000')).toEqual(expected);
    expect(await refusal('?fromDate=202603010000&fromdate=202603020000')).toEqual([400, expect.stringContaining('fromDate came twice')]);
    expect(await refusal('?bucket=day&bucket=month')).toEqual([400, expect.stringContaining('bucket came twice')]);
  });

  it.each<[string, string]>([
    ['6.1.2 the documentation’s own sample', '?bucket=month&fromdate=201403010000&toDate=201403150000'],
    ['6.1.3, 6.1.4 a day before the current month and 13 before it', '?fromDate=202501310000&toDate=202502020000'],
    ['6.1.7 another case', '?bucket=Month'],
    ['6.1.7 another bucket', '?bucket=week'],
    ['more than three months', '?fromDate=202511010000&toDate=202602020000'],
    ['an empty window', '?fromDate=202603010000&toDate=202603010000'],
    ['a future window', '?fromDate=202603130000'],
    ['a key in the URL', '?api_key=x'],
  ])('refuses %s', async (_name, query) => {
    expect(await refusal(query)).toEqual([400, expect.any(String)]);
  });

  it('6.1.3, 6.1.4 goes back to the first of the 13th month before the current one, and never before May 2018', async () => {
    expect((await read('?fromDate=202502010000&toDate=202502020000')).fromDate).toBe('202502010000');
    now = new Date('2018-12-10T00:00:00Z');
    expect((await refusal('?fromDate=201804300000&toDate=201806010000'))[0]).toBe(400);
    expect((await read('?fromDate=201805010000&toDate=201806010000')).publishers).toEqual([]);
    now = GNIP_NOW;
  });

  it.each(['20260301', '20260301000000', '202602310000', '2026-03-01', '202603012400'])(
    '6.1.5 refuses the date %s in the family’s words',
    async (date) => {
      const [status, message] = await refusal(`?fromDate=${date}`);
      expect([status, message]).toEqual([400, DATE_SENTENCE]);
    },
  );

  it('6.1.5 cuts hours and minutes off', async () => {
    const cut = await read('?bucket=day&fromDate=202601052359&toDate=202601070001');
    expect(cut).toEqual(await read('?bucket=day&fromDate=202601050000&toDate=202601070000'));
    expect([cut.fromDate, cut.toDate]).toEqual(['202601050000', '202601070000']);
  });

  it.each<[string, string, string, [string, number][]]>([
    ['6.1.6 today left out, and the date echoed', '?fromDate=202603010000&toDate=202604010000', '202604010000', [['202603010000', 2]]],
    ['6.1.6 today included by default', '?fromDate=202603010000', '202604010000', [['202603010000', 4]]],
    [
      'a month that the window cuts, labelled by its first',
      '?fromDate=202601060000&toDate=202602010000',
      '202602010000',
      [['202601010000', 1]],
    ],
    ['toDate alone: its month and two before', '?toDate=202603010000', '202603010000', [['202512010000', 0], ['202601010000', 4], ['202602010000', 3]]], // prettier-ignore
    ['6.1.7 an empty bucket, which is absent', '?bucket=&fromDate=202601010000&toDate=202602010000', '202602010000', [['202601010000', 4]]],
  ])('counts %s', async (_name, query, toDate, expected) => {
    expect(await activities(query)).toEqual(expected);
    expect((await read(query)).toDate).toBe(toDate);
  });

  it('projects from what was counted: an explicit toDate leaves out today in both', async () => {
    // 2 until the end of the 11th: floor(2 × 31 ÷ 11).
    const { publishers } = await read('?fromDate=202603010000&toDate=202604010000');
    expect(publishers.at(-1)!.projected).toMatchObject({ timePeriod: '202603010000', activities: 5 });
    expect((await read('?toDate=202603010000')).publishers[0]).not.toHaveProperty('projected');
  });

  it('lists the levels that occurred in the window, and none where nothing did', async () => {
    expect(
      (await read('?fromDate=202602010000&toDate=202602150000')).publishers.map(({ type, products }) => [
        type,
        products.map((product) => product.type),
      ]),
    ).toEqual([['twitter', ['Historical PowerTrack Subscription']]]);
    expect((await read('?fromDate=202511010000&toDate=202512010000')).publishers).toEqual([]);
    expect((await read('?fromDate=202603120000&toDate=202603130000')).publishers).toEqual([]);
  });

  it.each(['acme.analytics-2_x', 'Ünïcode 100% a/b', 'a%62', 'x.json'])(
    '6.1.9 finds the account %s by its percent-encoded name, decoded once',
    async (name) => {
      const password = await addApiKey(world.owner, world.organizationId, { customerId: await world.addCustomer(name), name: USER });
      const response = await get('', encodeURIComponent(name), basic(USER, password));
      expect([response.statusCode, response.json<Body>().account]).toEqual([200, { name }]);
    },
  );

  it('has no usage for an organization whose meters are not of the contract, and takes whole numbers from those that are', async () => {
    const other = await UsageWorld.create(database, GNIP_NOW);
    const [user, id] = ['k', await other.addCustomer(GNIP_ACCOUNT)];
    const password = await addApiKey(other.owner, other.organizationId, { customerId: id, name: user });
    const place = { publisher: 'twitter', product: 'Historical PowerTrack 2.0' };
    await other.addMeter('historical_days', { eventType: 'historical.job', aggregation: 'max', valueProperty: '$.days', groupBy: { publisher: '$.publisher', product: '$.product' } }); // prettier-ignore
    await other.use([{ subject: GNIP_ACCOUNT, type: 'historical.job', data: { ...place, days: 1.5 } }]);
    expect((await get('', GNIP_ACCOUNT, basic(user, password))).json<Body>().publishers).toEqual([]);
    await other.owner.query('UPDATE meter SET deleted_at = now() WHERE organization_id = $1', [other.organizationId]);
    await other.addMeter('historical_days', { eventType: 'historical.job', aggregation: 'sum', valueProperty: '$.days', groupBy: { publisher: '$.publisher', product: '$.product' } }); // prettier-ignore
    await other.settle();
    const [twitter] = (await get('', GNIP_ACCOUNT, basic(user, password))).json<Body>().publishers;
    expect(twitter!.products[0]!.used.at(-1)).toEqual({ timePeriod: '202603010000', activities: 0, days: 2, jobs: 0 });
  });

  it('6.1.11 counts a post once a day and level where it came over more endpoints than are told apart at once, of a meter that groups by more', async () => {
    const other = await UsageWorld.create(database, GNIP_NOW);
    const password = await addApiKey(other.owner, other.organizationId, { customerId: await other.addCustomer('wide'), name: 'wide' });
    const groupBy = { publisher: '$.publisher', product: '$.product', endpoint: '$.endpoint', label: '$.label', user: '$.user' };
    const unique = { eventType: 'stream.activity', aggregation: 'unique_count', valueProperty: '$.activityId' };
    await other.addMeter('activities_by_user', { ...unique, groupBy });
    const seen = (activityId: string, endpoint: string, user: string) => ({
      ...{ type: 'stream.activity', subject: 'wide', time: '2026-03-01T00:00:00Z' },
      data: { activityId, publisher: 'p', product: 'q', endpoint, label: 'prod', user },
    });
    const counts = async (): Promise<unknown[]> => {
      const [p] = (await get('', 'wide', basic('wide', password))).json<Body>().publishers;
      const ofMarch = ({ used }: Level): number => used.at(-1)!.activities;
      const [q] = p!.products;
      return [ofMarch(p!), ofMarch(q!), q!.endpoints!.map((endpoint) => ofMarch(endpoint))];
    };
    await other.use([seen('a', 'e0', 'ann'), seen('a', 'e1', 'bob'), seen('a', 'e1', 'cid'), seen('b', 'e0', 'ann')]);
    expect(await counts()).toEqual([2, 2, [2, 1]]);
    await other.use(Array.from({ length: 17 }, (_, n) => seen('a', `e${n}`, 'ann')));
    expect(await counts()).toEqual([2, 2, [2, ...Array<number>(16).fill(1)]]);
  });

  it('shows an event once it is folded', async () => {
    const place = { publisher: 'twitter', product: 'PowerTrack', endpoint: 'PowerTrack 2.0', label: 'prod' };
    const december = '?bucket=day&fromDate=202512010000&toDate=202512020000';
    await world.send([activity('late', '2025-12-01T00:00:00Z', place)]);
    expect((await read(december)).publishers).toEqual([]);
    await world.settle();
    expect(await activities(december)).toEqual([['202512010000', 1]]);
  });
});
