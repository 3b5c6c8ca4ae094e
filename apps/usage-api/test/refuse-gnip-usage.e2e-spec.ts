import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { type TestDatabase, UsageWorld, addApiKey, startTestDatabase } from '@tallymark/testing';
import { START_TIMEOUT_MS } from './support/catalogue-app.js';
import { limitLockWaits, startContractApp, whileLocked, whileMissing } from './support/contract-app.js';
import { GNIP_ACCOUNT, GNIP_NOW, addGnipMeters } from './support/gnip-fixture.js';
import { describedRead, responseSchemaPath, schemaErrors } from './support/published-openapi.js';

const PATH = '/metrics/usage/accounts/{account}.json';
const USER = 'ops@acme.example';
const NOT_FOUND = expect.stringContaining('No such resource for these credentials');

describe('refusals of GET /metrics/usage/accounts/{account}.json', () => {
  let database: TestDatabase;
  let world: UsageWorld;
  let app: NestFastifyApplication;
  let customerId: string;
  let key: string;
  let otherKey: string;
  let organizationKey: string;
  let document: object;
  let nowMs = GNIP_NOW.getTime();

  beforeAll(async () => {
    database = await startTestDatabase({ now: GNIP_NOW });
    await limitLockWaits(database);
    world = await UsageWorld.create(database, GNIP_NOW);
    await addGnipMeters(world);
    customerId = await world.addCustomer(GNIP_ACCOUNT);
    const keyOf = (id?: string): Promise<string> =>
      addApiKey(world.owner, world.organizationId, { name: USER, scopes: ['usage:read'], ...(id === undefined ? {} : { customerId: id }) });
    [key, otherKey, organizationKey] = [await keyOf(customerId), await keyOf(await world.addCustomer('another-account')), await keyOf()];
    app = await startContractApp(database, () => new Date(nowMs));
    document = (await app.inject('/openapi.json')).json();
  }, START_TIMEOUT_MS);
  afterAll(async () => {
    await app.close();
    await database.stop();
  });
  /** So long after the test before that its calls no longer count. */
  beforeEach(() => {
    nowMs += 3_600_000;
  });

  const basic = (user: string, password: string): string => `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  const own = (): string => basic(USER, key);
  const get = (authorization = own(), url = `/metrics/usage/accounts/${GNIP_ACCOUNT}.json`) =>
    app.inject({ method: 'GET', url, headers: authorization === '' ? {} : { authorization } });
  type Answer = Awaited<ReturnType<typeof get>>;
  const errorBody = (message: unknown): object => ({ error: { message, sent: `${new Date(nowMs).toISOString().slice(0, 19)}+00:00` } });
  /** Holds that an answer is an error of the contract. */
  const expectError = (response: Answer, status: number, message: unknown = expect.any(String)): void => {
    expect([response.statusCode, response.json()]).toEqual([status, errorBody(message)]);
    expect(response.headers['content-type']).toBe('application/json; charset=utf-8');
  };

  it.each<[string, () => string]>([
    ['no credentials', () => ''],
    ['a bearer token', () => `Bearer ${key}`],
    ['an unknown password', () => basic(USER, 'secret')],
    ['the name of no key', () => basic('somebody@acme.example', key)],
    ['the name in another case', () => basic(USER.toUpperCase(), key)],
    ['6.1.8 a password with more after a colon', () => basic(USER, `${key}:x`)],
    ['6.1.8 a name with a colon', () => basic(`${USER}:x`, key)],
    ['what is no Basic credential', () => 'Basic !'],
  ])('answers %s with 401 and asks for Basic', async (_name, authorization) => {
    const response = await get(authorization());
    expectError(response, 401);
    expect(response.headers['www-authenticate']).toMatch(/^Basic realm="/);
    expect(schemaErrors(document, responseSchemaPath(PATH, 401), response.json())).toEqual([]);
  });

  it.each<[string, string, () => string | Promise<string>]>([
    ['somebody else’s account', 'another-account', own],
    ['an unknown account', 'nobody', own],
    ['6.1.9 the account in another case', GNIP_ACCOUNT.toUpperCase(), own],
    ['the account with its name encoded twice', encodeURIComponent(encodeURIComponent('acme-analytics ')), own],
    ['an account by our id of the customer', 'customer id', own],
    ['the account, for somebody else’s key', GNIP_ACCOUNT, () => basic(USER, otherKey)],
    ['the account, for a key of the whole organization', GNIP_ACCOUNT, () => basic(USER, organizationKey)],
    ['the account, for a key without the scope', GNIP_ACCOUNT, async () => basic('test', await addApiKey(world.owner, world.organizationId, { customerId, scopes: ['projects:usage.read'] }))], // prettier-ignore
    ['the account of that name of another organization', GNIP_ACCOUNT, foreignKey],
  ])('answers %s with the same 404', async (_name, account, authorization) => {
    const name = account === 'customer id' ? customerId : account;
    expectError(await get(await authorization(), `/metrics/usage/accounts/${name}.json`), 404, NOT_FOUND);
  });

  async function foreignKey(): Promise<string> {
    const other = await UsageWorld.create(database, GNIP_NOW);
    return basic('test', await addApiKey(other.owner, other.organizationId, { customerId: await other.addCustomer('theirs') }));
  }

  it.each([
    `/metrics/usage/accounts/${GNIP_ACCOUNT}`,
    `/metrics/usage/accounts/${GNIP_ACCOUNT}.xml`,
    `/metrics/usage/accounts/${GNIP_ACCOUNT}.json/`,
    '/metrics/usage/accounts',
    '/metrics/usage',
  ])('6.1.9 answers %s with 404', async (url) => {
    expectError(await get(own(), url), 404, NOT_FOUND);
  });

  it('answers a path whose percent-encoding is broken in the contract’s words', async () => {
    expectError(await get(own(), '/metrics/usage/accounts/%zz.json'), 400);
  });

  it.each(['POST', 'PUT', 'DELETE'] as const)('answers %s with 405 and the methods that there are', async (method) => {
    const response = await app.inject({ method, url: `/metrics/usage/accounts/${GNIP_ACCOUNT}.json`, headers: { authorization: own() } });
    expectError(response, 405, expect.stringContaining(method));
    expect(response.headers.allow).toContain('GET');
  });

  it('6.1.12 lets two requests a minute through, and says when the next one may come', async () => {
    const statuses = [(await get()).statusCode];
    nowMs += 20_000;
    statuses.push((await get()).statusCode);
    nowMs += 9_500;
    const third = await get();
    expect(statuses).toEqual([200, 200]);
    expectError(third, 429, expect.stringContaining('2 requests in 60 seconds'));
    expect(third.headers['retry-after']).toBe('31');
    expect(schemaErrors(document, responseSchemaPath(PATH, 429), third.json())).toEqual([]);
    nowMs += 30_499;
    expect((await get()).statusCode).toBe(429);
    // A minute after the first; the refused ones were not counted.
    nowMs += 1;
    expect((await get()).statusCode).toBe(200);
    expect((await get()).headers['retry-after']).toBe('20');
  });

  it('6.1.12 counts by account: requests with any of its keys, malformed ones too, and no others', async () => {
    const second = basic(
      'second',
      await addApiKey(world.owner, world.organizationId, { customerId, name: 'second', scopes: ['usage:read'] }),
    );
    for (const attempt of [basic(USER, 'wrong'), '', basic('second', key)]) expect((await get(attempt)).statusCode).toBe(401);
    expect((await get(own(), '/metrics/usage/accounts/another-account.json')).statusCode).toBe(404);
    expect((await get(own(), `/metrics/usage/accounts/${GNIP_ACCOUNT}.json?bucket=week`)).statusCode).toBe(400);
    expect((await get(second)).statusCode).toBe(200);
    expect((await get()).statusCode).toBe(429);
    expect((await get(basic(USER, otherKey), '/metrics/usage/accounts/another-account.json')).statusCode).toBe(200);
  });

  it('answers 503 while the database is stuck, and 500 when it is broken', async () => {
    const stuck = await whileLocked(world, 'usage_unique', () => get());
    expectError(stuck, 503);
    expect(stuck.headers['retry-after']).toBe('1');
    const broken = await whileMissing(world, 'usage_unique', () => get());
    expectError(broken, 500);
    expect(broken.body).not.toContain('usage_unique');
  });

  it('describes itself: the scheme, the parameters, the answers and an example', () => {
    const { security, schemes, tags, parameters, responses } = describedRead(document, PATH);
    expect(security).toEqual([{ basic: ['usage:read'] }]);
    expect(schemes['basic']).toMatchObject({ type: 'http', scheme: 'basic' });
    expect(parameters.map(({ name, schema }) => [name, schema.example])).toEqual([
      ['account', 'acme-analytics'],
      ['bucket', undefined],
      ['fromDate', undefined],
      ['toDate', undefined],
    ]);
    expect(tags).toEqual(['Contracts']);
    expect(Object.keys(responses)).toEqual(['200', '400', '401', '404', '429', '503']);
    expect(JSON.stringify(responses['200'])).toContain('"months":{"value":{"account":');
  });
});
