import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { type TestDatabase, UsageWorld, addApiKey, startTestDatabase } from '@tallymark/testing';
import { START_TIMEOUT_MS } from './support/catalogue-app.js';
import { limitLockWaits, startContractApp, whileLocked } from './support/contract-app.js';
import { describedRead, readVendorOpenApi, responseSchemaPath, schemaErrors } from './support/published-openapi.js';

const NOW = new Date('2026-03-12T09:00:00Z');
const PROJECT = '7d2f4c1e-58a3-4b6f-9f0e-3a1c5b8d2e64';
const OTHER_PROJECT = '1f0e9d8c-7b6a-4543-8210-fedcba987654';
const PATH = '/api/v1-alpha1/projects/{projectId}/usage';
const VENDOR = readVendorOpenApi('000_');

interface Body {
  data: { dimension: string; usage: { month: string; activeWallets: number } | { month: string; activeWallets: number }[] };
}

describe('GET /api/v1-alpha1/projects/{projectId}/usage', () => {
  let database: TestDatabase;
  let world: UsageWorld;
  let app: NestFastifyApplication;
  let customerId: string;
  let key: string;
  let organizationKey: string;
  let document: object;

  const wallet = (walletId: unknown, time: string, subject = PROJECT) => ({ type: 'wallet.active', subject, time, data: { walletId } });

  beforeAll(async () => {
    database = await startTestDatabase({ now: NOW });
    await limitLockWaits(database);
    world = await UsageWorld.create(database, NOW);
    await world.addMeter('monthly_active_wallets', {
      eventType: 'wallet.active',
      aggregation: 'unique_count',
      valueProperty: '$.walletId',
    });
    customerId = await world.addCustomer(PROJECT);
    await world.addCustomer(OTHER_PROJECT);
    await world.use([
      wallet('a', '2025-11-15T12:00:00Z'),
      // The first and the last instant of December belong to it.
      wallet('a', '2025-12-01T00:00:00Z'),
      wallet('b', '2025-12-31T23:59:59.999999Z'),
      wallet('b', '2025-12-10T00:00:00Z'),
      wallet('a', '2026-01-01T00:00:00Z'),
      // A wallet is active once a month, however often, and again the next month.
      ...Array.from({ length: 7 }, (_, day) => wallet('a', `2026-03-0${day + 1}T10:00:00Z`)),
      wallet('b', '2026-03-12T08:59:00Z'),
      wallet('c', '2026-03-12T08:59:30Z'),
      { type: 'wallet.active', subject: PROJECT, time: '2026-03-05T00:00:00Z', data: {} },
      wallet('x', '2026-03-05T00:00:00Z', OTHER_PROJECT),
    ]);
    key = await addApiKey(world.owner, world.organizationId, { customerId, scopes: ['projects:usage.read'] });
    organizationKey = await addApiKey(world.owner, world.organizationId, { scopes: ['projects:usage.read'] });
    app = await startContractApp(database, () => NOW);
    document = (await app.inject('/openapi.json')).json();
  }, START_TIMEOUT_MS);
  afterAll(async () => {
    await app.close();
    await database.stop();
  });

  const query = (dates: string): string => `?dimension=monthly_active_wallets${dates}`;
  const get = (
    dates: string,
    { project = PROJECT, apiKey = key, path = PATH }: { project?: string; apiKey?: string; path?: string } = {},
  ) => app.inject({ method: 'GET', url: `${path.replace('{projectId}', project)}${dates}`, headers: { 'X-API-KEY': apiKey } });
  const usage = async (dates: string, project?: string): Promise<Body['data']['usage']> => {
    const response = await get(query(dates), { ...(project === undefined ? {} : { project }) });
    expect([response.statusCode, response.json<Body>().data?.dimension]).toEqual([200, 'monthly_active_wallets']);
    expect(schemaErrors(document, responseSchemaPath(PATH, 200), response.json())).toEqual([]);
    return response.json<Body>().data.usage;
  };

  it('counts the distinct wallets of one month, as one object', async () => {
    const response = await get(query('&startDate=2026-03'));
    expect([response.statusCode, response.body]).toEqual([
      200,
      '{"data":{"dimension":"monthly_active_wallets","usage":{"month":"2026-03","activeWallets":3}}}',
    ]);
    expect(response.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(response.headers['tallymark-as-of']).toBe(NOW.toISOString());
  });

  it('6.2.1 counts each of several months, as a list of the same objects, ascending and zero-filled', async () => {
    expect(await usage('&startDate=2025-11&endDate=2026-03')).toEqual([
      { month: '2025-11', activeWallets: 1 },
      { month: '2025-12', activeWallets: 2 },
      { month: '2026-01', activeWallets: 1 },
      { month: '2026-02', activeWallets: 0 },
      { month: '2026-03', activeWallets: 3 },
    ]);
  });

  it('6.2.2 takes the startDate for an absent or empty endDate', async () => {
    const december = { month: '2025-12', activeWallets: 2 };
    expect(await usage('&startDate=2025-12')).toEqual(december);
    expect(await usage('&startDate=2025-12&endDate=')).toEqual(december);
    expect(await usage('&startDate=2025-12&endDate=2025-12')).toEqual(december);
  });

  it('6.2.4, 6.2.8 answers at every alias, for the UUID in either case and for default', async () => {
    const paths = ['/api/v1-alpha1', '/v1-alpha1', '/api/2022-06-09/v1-alpha1', '/api/2024-01-01/v1-alpha1'];
    for (const prefix of paths) {
      for (const project of [PROJECT, PROJECT.toUpperCase(), 'default']) {
        const response = await get(query('&startDate=2026-03'), { project, path: `${prefix}/projects/{projectId}/usage` });
        expect([prefix, project, response.statusCode, response.json<Body>().data?.usage]).toEqual([
          prefix,
          project,
          200,
          { month: '2026-03', activeWallets: 3 },
        ]);
      }
    }
  });

  it('6.2.10 counts months in UTC, to the microsecond', async () => {
    expect(await usage('&startDate=2025-12&endDate=2026-01')).toEqual([
      { month: '2025-12', activeWallets: 2 },
      { month: '2026-01', activeWallets: 1 },
    ]);
  });

  it('6.2.11 has zeros, and no 404, for months before the project existed', async () => {
    expect(await usage('&startDate=2020-01&endDate=2020-02')).toEqual([
      { month: '2020-01', activeWallets: 0 },
      { month: '2020-02', activeWallets: 0 },
    ]);
  });

  it('has zeros where the organization counts no wallets, and where a meter of that name counts something else', async () => {
    const bare = await UsageWorld.create(database, NOW);
    const bareKey = await addApiKey(bare.owner, bare.organizationId, { customerId: await bare.addCustomer(PROJECT) });
    const zero = { data: { dimension: 'monthly_active_wallets', usage: { month: '2026-03', activeWallets: 0 } } };
    expect((await get(query('&startDate=2026-03'), { apiKey: bareKey })).json()).toEqual(zero);
    await bare.addMeter('monthly_active_wallets', { eventType: 'wallet.active', aggregation: 'sum', valueProperty: '$.walletId' });
    await bare.use([wallet(1.5, '2026-03-01T00:00:00Z')]);
    expect((await get(query('&startDate=2026-03'), { apiKey: bareKey })).json()).toEqual(zero);
  });

  it.each<[string, string, unknown]>([
    ['array', '&startDate=2026-03', [{ month: '2026-03', activeWallets: 3 }]],
    ['array', '&startDate=2026-02', [{ month: '2026-02', activeWallets: 0 }, { month: '2026-03', activeWallets: 3 }]], // prettier-ignore
    ['object', '&startDate=2026-03', { month: '2026-03', activeWallets: 3 }],
    ['auto', '&startDate=2026-03', { month: '2026-03', activeWallets: 3 }],
  ])('6.2.1 answers an organization that chose %s to %s in its shape', async (shape, dates, expected) => {
    await setShape(shape);
    expect(await usage(dates)).toEqual(expected);
    await setShape(null);
  });

  it('6.2.1 refuses several months where the organization chose one object', async () => {
    await setShape('object');
    expect((await get(query('&startDate=2026-02&endDate=2026-03'))).statusCode).toBe(400);
    await setShape(null);
  });

  const setShape = (shape: string | null): Promise<unknown> =>
    world.owner.query('UPDATE organization SET settings = $1 WHERE id = $2', [
      JSON.stringify(shape === null ? {} : { crossmint_usage_shape: shape }),
      world.organizationId,
    ]);

  it('lets a key of the organization read any of its projects', async () => {
    for (const [project, activeWallets] of [
      [PROJECT, 3],
      [PROJECT.toUpperCase(), 3],
      [OTHER_PROJECT, 1],
    ] as const) {
      const response = await get(query('&startDate=2026-03'), { project, apiKey: organizationKey });
      expect(response.json()).toMatchObject({ data: { usage: { month: '2026-03', activeWallets } } });
    }
  });

  it('shows an event once it is folded, and says up to when events are counted', async () => {
    await world.send([wallet('new', '2026-03-12T08:00:00Z', OTHER_PROJECT)]);
    const before = await get(query('&startDate=2026-03'), { project: OTHER_PROJECT, apiKey: organizationKey });
    expect([before.json<Body>().data.usage, before.headers['tallymark-as-of']]).toEqual([
      { month: '2026-03', activeWallets: 1 },
      NOW.toISOString(),
    ]);
    await world.settle();
    const after = await get(query('&startDate=2026-03'), { project: OTHER_PROJECT, apiKey: organizationKey });
    expect(after.json<Body>().data.usage).toEqual({ month: '2026-03', activeWallets: 2 });
  });

  it(`6.2.3, 6.2.5 answers by the vendor's OpenAPI (which is ${VENDOR === null ? 'absent' : 'present'})`, async () => {
    const path = '/v1-alpha1/projects/{projectId}/usage';
    const stuck = await whileLocked(world, 'usage_unique', () => get(query('&startDate=2026-03')));
    for (const response of [
      await get(query('&startDate=2026-03')),
      await get(query('&startDate=2026-13')),
      await get(query('&startDate=2026-03'), { apiKey: '' }),
      stuck,
    ]) {
      const schema = responseSchemaPath(path, response.statusCode);
      expect(VENDOR === null ? [] : schemaErrors(VENDOR, schema, response.json())).toEqual([]);
    }
    // The published schema can't express a range: each entry of the list is its one object.
    const months = (await usage('&startDate=2026-01&endDate=2026-03')) as object[];
    const errors = months.map((month) =>
      VENDOR === null
        ? []
        : schemaErrors(VENDOR, responseSchemaPath(path, 200), { data: { dimension: 'monthly_active_wallets', usage: month } }),
    );
    expect(errors).toEqual([[], [], []]);
  });

  it('describes itself: the scheme, the parameters, the answers and examples of each', () => {
    const { security, schemes, tags, parameters, responses } = describedRead(document, PATH);
    expect(security).toEqual([{ apiKey: ['projects:usage.read'] }]);
    expect(schemes['apiKey']).toMatchObject({ type: 'apiKey', in: 'header', name: 'X-API-Key' });
    expect(parameters.map(({ name, schema }) => [name, schema.example])).toEqual([
      ['projectId', PROJECT],
      ['dimension', undefined],
      ['startDate', '2026-08'],
      ['endDate', '2026-10'],
    ]);
    expect(tags).toEqual(['Contracts']);
    expect(Object.keys(responses)).toEqual(['200', '400', '403', '503']);
    expect(JSON.stringify(responses['200'])).toContain('"oneMonth":{"value":{"data":');
  });
});
