import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type TestDatabase, startTestDatabase } from '@tallymark/testing';
import { ask, askContract, CONTRACTS, type Contract, presentKey, SCHEMES, shapeOf } from './conformance-contracts.js';
import { type ConformanceWorld, createConformanceWorld } from './conformance-world.js';
import { type Platform, startPlatform } from './platform.js';

const contractNamed = (name: Contract['name']): Contract => CONTRACTS.find((contract) => contract.name === name)!;

/** Who reads what: across schemes, across customers, across organizations. */
describe('6.6 credentials of the five contracts, through the gateway', () => {
  let database: TestDatabase;
  let platform: Platform;
  let world: ConformanceWorld;
  /** Another organization: its customers have the same names, subjects, projects and accounts, and have used nothing. */
  let twin: ConformanceWorld;

  beforeAll(async () => {
    database = await startTestDatabase();
    platform = await startPlatform({ database, environment: { GNIP_REQUESTS_PER_MINUTE: '1000' } });
    world = await createConformanceWorld(platform);
    twin = await createConformanceWorld(platform, { organization: 'twin', isUsed: false });
  }, 180_000);
  afterAll(async () => {
    await platform?.stop();
    await database?.stop();
  }, 60_000);

  const crossings = CONTRACTS.flatMap((contract) =>
    SCHEMES.filter((scheme) => scheme !== contract.scheme).map((scheme) => [contract.name, scheme, contract] as const),
  );
  it.each(crossings)('%s takes no key as %s', async (name, scheme, contract) => {
    const { status, body } = await ask(world, contract.url(world), { headers: presentKey(scheme, world.keys[name], world.gnipUser) });
    expect([status, shapeOf(body)]).toEqual([contract.statuses['no credential'], contract.errorShape(status)]);
  });

  it.each<[Contract['name'], Contract['name'], number]>([
    ['crossmint', 'billing', 403],
    ['crossmint', 'gnip', 403],
    ['lago', 'billing', 403],
    ['lago', 'crossmint', 403],
    ['gnip', 'comet', 404],
    ['gnip', 'lago', 404],
  ])('%s hides a customer from the key of another (%s)', async (name, other, expected) => {
    const contract = contractNamed(name);
    const user = other === 'gnip' ? world.gnipUser : other;
    const { status, body } = await ask(world, contract.url(world), { headers: presentKey(contract.scheme, world.keys[other], user) });
    expect([status, shapeOf(body)]).toEqual([expected, contract.errorShape(expected)]);
  });

  it('what names no customer shows the key’s own: another has no history, and no subscription to tell of', async () => {
    const headers = presentKey('bearer', world.keys.gnip, '');
    expect(await ask(world, '/v1/usage', { headers })).toEqual({ status: 200, body: { requests: [] } });
    expect(await ask(world, '/api/billing/usage', { headers })).toMatchObject({
      status: 404,
      body: { success: false, error: { code: 'NOT_FOUND' } },
    });
  });

  it('an organization whose customers bear the same names sees none of this one’s usage', async () => {
    const answers = await Promise.all(CONTRACTS.map(async (contract) => [contract.name, await askContract(twin, contract)] as const));
    expect(answers.map(([name, { status }]) => [name, status])).toEqual(CONTRACTS.map(({ name }) => [name, 200]));
    const bodies = Object.fromEntries(answers.map(([name, { body }]) => [name, body])) as Record<Contract['name'], unknown>;
    expect(bodies).toMatchObject({
      comet: { requests: [] },
      lago: { usages: [] },
      gnip: { publishers: [] },
      crossmint: { data: { usage: { activeWallets: 0 } } },
      billing: { data: { metrics: { apiCalls: { used: 0 }, bandwidth: { used: 0 } }, estimatedCost: { overage: 0 } } },
    });
  });

  it('several credentials at once: a contract heeds its own scheme alone', async () => {
    // The other organization's in the scheme that is not the contract's.
    const { keys, gnipUser } = world;
    const both = { ...presentKey('bearer', twin.keys.comet, ''), ...presentKey('x-api-key', keys.crossmint, gnipUser) };
    const { body } = await ask(world, contractNamed('crossmint').url(world), { headers: both });
    expect(body).toMatchObject({ data: { usage: { activeWallets: 2 } } });
    const history = await ask(world, '/v1/usage', { headers: both });
    expect(history).toEqual({ status: 200, body: { requests: [] } });
  });

  it.each(['?api_key=', '?access_token=', '?token=', '?x-api-key='])('a key in the query opens nothing: %s', async (query) => {
    const { status, body } = await ask(world, `/v1/usage${query}${world.keys.comet}`);
    // What is named like a credential is refused as such, before anybody looks for one.
    expect([status, shapeOf(body)]).toEqual([query === '?token=' ? 401 : 400, { message: 'string' }]);
  });

  it.each(CONTRACTS.map((contract) => [contract.name, contract] as const))(
    '%s shows the session token of a customer its own, or nothing',
    async (name, contract) => {
      const { status, body } = await ask(world, contract.url(world), { headers: presentKey('bearer', world.sessionToken, '') });
      // The token is web-co's: its own billing usage and history are its own to read.
      const expected = { billing: 200, comet: 200, crossmint: 403, lago: 403, gnip: 401 }[name];
      expect(status).toBe(expected);
      if (status !== 200) expect(shapeOf(body)).toEqual(contract.errorShape(status));
      if (name === 'comet') expect(JSON.stringify(body)).not.toContain('/v2/reports');
    },
  );
});
