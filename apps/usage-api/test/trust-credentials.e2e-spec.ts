import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createDataSource } from '@tallymark/persistence';
import { type TestDatabase, UsageWorld, addApiKey, startTestDatabase } from '@tallymark/testing';
import { START_TIMEOUT_MS } from './support/catalogue-app.js';
import { limitLockWaits, startContractApp, whileLocked } from './support/contract-app.js';

const NOW = new Date('2026-03-12T09:00:00Z');
const PROJECT = '7d2f4c1e-58a3-4b6f-9f0e-3a1c5b8d2e64';
const KEY_NAME = 'reader';
/** Matches no answer, and is of no interest to the fast lane. */
const ORDINARY = { 'if-none-match': '"another"' };

const CONTRACTS = ['billing', 'crossmint', 'comet', 'gnip'] as const;
type Contract = (typeof CONTRACTS)[number];
const WAYS = ['fast lane', 'ordinary way'] as const;
type Way = (typeof WAYS)[number];
const READS = CONTRACTS.flatMap((contract) => WAYS.map((way) => [contract, way] as const));

/** The service's clock is moved by hand; seconds are counted from the beginning of each test. */
describe('a key of a customer that is read with', () => {
  let database: TestDatabase;
  let world: UsageWorld;
  let app: NestFastifyApplication;
  let origin: string;
  let customerId: string;
  let clockMs = NOW.getTime();
  let beganMs = clockMs;
  let key: string;

  beforeAll(async () => {
    database = await startTestDatabase({ now: NOW });
    await limitLockWaits(database);
    world = await UsageWorld.create(database, NOW);
    await world.addMeter('api_calls');
    await world.addMeter('monthly_active_wallets', { aggregation: 'unique_count', valueProperty: '$.walletId' });
    customerId = await world.addCustomer(PROJECT);
    await world.subscribe({ customerId, charges: [{ metric: 'api_calls' }], startedAt: '2026-02-01T00:00:00Z' });
    await world.settle();
    app = await startContractApp(database, () => new Date(clockMs), { GNIP_REQUESTS_PER_MINUTE: '1000' });
    await app.listen(0, '127.0.0.1');
    origin = `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}`;
  }, START_TIMEOUT_MS);
  afterAll(async () => {
    await app.close();
    await database.stop();
  });
  beforeEach(async () => {
    clockMs += 60_000;
    beganMs = clockMs;
    key = await addKey(customerId);
  });

  const addKey = (ofCustomerId?: string): Promise<string> =>
    addApiKey(world.owner, world.organizationId, {
      scopes: ['usage:read', 'projects:usage.read', 'analytic:read'],
      name: KEY_NAME,
      ...(ofCustomerId === undefined ? {} : { customerId: ofCustomerId }),
    });
  const sql = (text: string, ...values: unknown[]): Promise<unknown> => world.owner.query(text, values);
  const lastFour = (): string => key.slice(-4);
  const revoke = (): Promise<unknown> => sql('UPDATE api_key SET revoked_at = $1 WHERE last_four = $2', new Date(clockMs), lastFour());
  const get = async (path: string, headers: Readonly<Record<string, string>>): Promise<number> => {
    const answer = await fetch(`${origin}${path}`, { headers });
    await answer.text();
    return answer.status;
  };
  const bearer = (): Readonly<Record<string, string>> => ({ authorization: `Bearer ${key}` });
  const requestOf: Readonly<Record<Contract, () => { readonly path: string; readonly headers: Readonly<Record<string, string>> }>> = {
    billing: () => ({ path: '/api/billing/usage', headers: bearer() }),
    crossmint: () => ({
      path: '/api/v1-alpha1/projects/default/usage?dimension=monthly_active_wallets&startDate=2026-03',
      headers: { 'x-api-key': key },
    }),
    comet: () => ({ path: '/v1/usage', headers: bearer() }),
    gnip: () => ({
      path: `/metrics/usage/accounts/${PROJECT}.json`,
      headers: { authorization: `Basic ${Buffer.from(`${KEY_NAME}:${key}`).toString('base64')}` },
    }),
  };
  const readAt = async (seconds: number, contract: Contract = 'billing', way: Way = 'fast lane'): Promise<number> => {
    clockMs = beganMs + seconds * 1_000;
    const { path, headers } = requestOf[contract]();
    return get(path, way === 'fast lane' ? headers : { ...headers, ...ORDINARY });
  };
  /** A look-up would wait for the lock until it fails. */
  const withoutLookUp = <T>(work: () => Promise<T>): Promise<T> => whileLocked(world, 'api_key', work);

  it.each(READS)('%s, %s: is looked up once', async (contract, way) => {
    expect(await readAt(0, contract, way)).toBe(200);
    await withoutLookUp(async () => {
      for (const seconds of [4.9, 9.8, 14.7]) expect([seconds, await readAt(seconds, contract, way)]).toEqual([seconds, 200]);
      // Five seconds after the last read nothing tells any more.
      expect(await readAt(19.7, contract, way)).toBeGreaterThanOrEqual(500);
    });
    expect(await readAt(19.7, contract, way)).toBe(200);
  });

  it.each(READS)('%s, %s: works for less than five seconds once it is revoked, however often it is read with', async (contract, way) => {
    expect([await readAt(0, contract, way), await readAt(4, contract, way)]).toEqual([200, 200]);
    await revoke();
    for (const seconds of [4.001, 4.999, 6, 8, 8.999]) expect([200, 401, 403]).toContain(await readAt(seconds, contract, way));
    // Crossmint's contract knows no 401.
    expect(await readAt(9, contract, way)).toBe(contract === 'crossmint' ? 403 : 401);
  });

  it.each(READS)('%s, %s: works for less than five seconds once it is revoked, though nothing is read meanwhile', async (contract, way) => {
    expect([await readAt(0, contract, way), await readAt(4, contract, way)]).toEqual([200, 200]);
    await revoke();
    expect(await readAt(9, contract, way)).toBe(contract === 'crossmint' ? 403 : 401);
  });

  it('is not taken for what it was before its customer was read', async () => {
    // Refused before the customer is read, so that the key alone is remembered.
    expect(await get('/v1/usage?limit=0', bearer())).toBe(400);
    await sql(`UPDATE customer SET name = 'never read before' WHERE id = $1`, customerId);
    await revoke();
    expect([await readAt(1), await readAt(4.9)]).toEqual([200, 200]);
    expect(await readAt(5)).toBe(401);
  });

  const changes: readonly [name: string, status: number, change: () => Promise<unknown>][] = [
    ['is removed', 401, () => sql('DELETE FROM api_key WHERE last_four = $1', lastFour())],
    ['loses its scopes', 403, () => sql(`UPDATE api_key SET scopes = '{events:read}' WHERE last_four = $1`, lastFour())],
    ['is made one of the organization', 403, () => sql('UPDATE api_key SET customer_id = NULL WHERE last_four = $1', lastFour())],
    ['has expired', 401, () => sql('UPDATE api_key SET expires_at = $1 WHERE last_four = $2', NOW, lastFour())],
    ['belongs to a customer that has changed', 200, () => sql(`UPDATE customer SET name = 'changed' WHERE id = $1`, customerId)],
    [
      'is revoked where another server’s changes are played back',
      401,
      async () => {
        const superuser = await createDataSource({
          url: database.adminUrl,
          poolSize: 1,
          applicationName: 'test',
          statementTimeoutMs: 0,
        }).initialize();
        await superuser.query('SET session_replication_role = replica');
        await superuser.query('UPDATE api_key SET revoked_at = $1 WHERE last_four = $2', [new Date(clockMs), lastFour()]);
        await superuser.destroy();
      },
    ],
    [
      'is removed with its customer',
      401,
      async () => {
        const otherId = await world.addCustomer(`customer of ${lastFour()}`);
        await sql('UPDATE api_key SET customer_id = $1 WHERE last_four = $2', otherId, lastFour());
        await sql('DELETE FROM api_key WHERE last_four = $1', lastFour());
        await sql('DELETE FROM customer_subject WHERE customer_id = $1', otherId);
        await sql('DELETE FROM customer WHERE id = $1', otherId);
      },
    ],
  ];
  it.each(changes)('that %s is answered by what it is five seconds later', async (_name, status, change) => {
    expect([await readAt(0), await readAt(4)]).toEqual([200, 200]);
    await change();
    expect([await readAt(6), await readAt(8.999)]).toEqual([200, 200]);
    expect(await readAt(9)).toBe(status);
  });

  it('tells nothing of a key of the organization', async () => {
    const customersKey = key;
    key = await addKey();
    const lago = `/api/v1/analytics/usage?time_granularity=monthly&external_customer_id=${PROJECT}`;
    expect(await get(lago, bearer())).toBe(200);
    clockMs += 5_000;
    expect(await withoutLookUp(() => get(lago, bearer()))).toBeGreaterThanOrEqual(500);
    key = customersKey;
  });

  it('tells of all keys of its customer', async () => {
    const first = key;
    const second = await addKey(customerId);
    for (const one of [first, second]) {
      key = one;
      expect(await readAt(0)).toBe(200);
    }
    key = first;
    expect(await readAt(4)).toBe(200);
    key = second;
    expect(await withoutLookUp(() => readAt(8))).toBe(200);
  });
});
