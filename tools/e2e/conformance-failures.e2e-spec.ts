import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type TestDatabase, startTestDatabase } from '@tallymark/testing';
import { ask, CONTRACTS, presentKey, shapeOf } from './conformance-contracts.js';
import { findResponseErrors, readVendorOpenApi } from './conformance-openapi.js';
import { type ConformanceWorld, createConformanceWorld } from './conformance-world.js';
import { type Platform, startPlatform } from './platform.js';

const MEGABYTE = 1_000_000;

/** What the gateway and the services answer when they will not, or can not, in the words of each contract. */
describe('failures under the prefixes of the five contracts, through the gateway', () => {
  let database: TestDatabase;
  let platform: Platform;
  let world: ConformanceWorld;

  beforeAll(async () => {
    database = await startTestDatabase();
    platform = await startPlatform({ database });
    world = await createConformanceWorld(platform);
  }, 180_000);
  afterAll(async () => {
    await platform?.stop();
    await database?.stop();
  }, 60_000);

  it('429: the third request of a minute for one account is told to come back', async () => {
    const url = `/metrics/usage/accounts/${world.account}.json`;
    const headers = presentKey('basic', world.keys.gnip, world.gnipUser);
    const answers: Response[] = [];
    for (let count = 0; count < 3; count += 1) answers.push(await fetch(`${platform.baseUrl}${url}`, { headers }));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 429]);
    expect(Number(answers[2]!.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(shapeOf(await answers[2]!.json())).toEqual({ 'error.message': 'string', 'error.sent': 'string' });
  });

  it.each([
    ['gnip', '/metrics/usage/accounts/.json', 404],
    // The contract has no 404.
    ['crossmint', '/api/v1-alpha1/projects//usage', 403],
  ] as const)('404: %s, where the path lacks the name of whose usage it is', async (name, url, expected) => {
    const contract = CONTRACTS.find((candidate) => candidate.name === name)!;
    const { status, body } = await ask(world, url, { headers: presentKey(contract.scheme, world.keys[name], world.gnipUser) });
    expect([status, shapeOf(body)]).toEqual([expected, contract.errorShape(expected)]);
  });

  describe('413: a client that sends all of its body before it reads gets to read why', () => {
    // The gateway takes 6 MB; usage-api 1 MiB, ingest 5 MB.
    const cases = CONTRACTS.flatMap((contract) => [2, 7].map((megabytes) => [contract.name, megabytes, contract] as const));

    it.each(cases)('%s, %i MB', async (name, megabytes, contract) => {
      const headers = presentKey(contract.scheme, world.keys[name], world.gnipUser);
      const { status, body } = await sendAllThenRead(platform.baseUrl, { url: contract.url(world), headers, bytes: megabytes * MEGABYTE });
      expect([status, shapeOf(body)]).toEqual([contract.statuses['a body too large'], contract.errorShape(status)]);
    });

    it.each([
      ['/platform/v1/events', 5.5, { code: 'payload_too_large', status: 413 }],
      ['/platform/v1/events', 7, { code: 'payload_too_large', status: 413 }],
      ['/api/v1/events', 5.5, { type: 'about:blank', title: 'Content Too Large' }],
      ['/api/v1/events', 7, { type: 'about:blank', title: 'Content Too Large' }],
      ['/api/v1/events/batch', 5.5, { error: 'Payload Too Large', code: 'payload_too_large' }],
      ['/api/v1/events/batch', 7, { error: 'Payload Too Large', code: 'payload_too_large' }],
    ])('events to %s, %f MB', async (url, megabytes, expected) => {
      const headers = presentKey('bearer', world.keys.lago, '');
      const answer = await sendAllThenRead(platform.baseUrl, { url, headers, bytes: megabytes * MEGABYTE });
      expect(answer).toEqual({ status: 413, body: expect.objectContaining(expected) });
    });
  });

  it('503: usage-api is stopped behind the gateway, and comes back', async () => {
    const published = (await ask(world, '/openapi/usage-api.json')).body as object;
    const vendors = readVendorOpenApi('000');
    await platform.terminate('usage-api');
    try {
      for (const contract of CONTRACTS) {
        const response = await fetch(`${platform.baseUrl}${contract.url(world)}`, {
          headers: presentKey(contract.scheme, world.keys[contract.name], world.gnipUser),
        });
        const answer = { status: response.status, body: (await response.json()) as unknown };
        expect([contract.name, answer.status, response.headers.get('retry-after'), shapeOf(answer.body)]).toEqual([
          contract.name,
          503,
          '1',
          contract.errorShape(503),
        ]);
        expect(findResponseErrors(published, contract.template, answer)).toEqual([]);
        if (contract.name === 'crossmint' && vendors !== null)
          expect(findResponseErrors(vendors, '/v1-alpha1/projects/{projectId}/usage', answer)).toEqual([]);
      }
    } finally {
      await platform.restart('usage-api');
    }
    const { status } = await ask(world, '/v1/usage', { headers: presentKey('bearer', world.keys.comet, '') });
    expect(status).toBe(200);
  });

  it('503: ingest is stopped behind the gateway, and each dialect of events hears so in its own words', async () => {
    await platform.terminate('ingest');
    try {
      const send = (url: string): Promise<{ status: number; body: unknown }> =>
        ask(world, url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' });
      expect(await send('/platform/v1/events')).toMatchObject({ status: 503, body: { code: 'unavailable' } });
      expect(await send('/api/v1/events')).toMatchObject({ status: 503, body: { type: 'about:blank', title: 'Service Unavailable' } });
      expect(await send('/api/v1/events/batch')).toMatchObject({ status: 503, body: { status: 503, error: 'Service Unavailable' } });
    } finally {
      await platform.restart('ingest');
    }
  });
});

/** Over a socket of its own: sends every byte of the body, and only then reads. */
async function sendAllThenRead(
  baseUrl: string,
  { url, headers, bytes }: { readonly url: string; readonly headers: Readonly<Record<string, string>>; readonly bytes: number },
): Promise<{ status: number; body: unknown }> {
  const { hostname, port } = new URL(baseUrl);
  const socket = connect(Number(port), hostname).pause();
  const failed = new Promise<never>((_, reject) => socket.once('error', reject));
  const lines = { host: hostname, 'content-type': 'application/json', 'content-length': bytes, ...headers };
  const head = Object.entries(lines).map(([name, value]) => `${name}: ${value}\r\n`);
  const message = Buffer.concat([Buffer.from(`POST ${url} HTTP/1.1\r\n${head.join('')}\r\n`), Buffer.alloc(bytes, ' ')]);
  const last = 'GET /livez HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n';
  await Promise.race([new Promise<void>((resolve) => socket.write(message, () => resolve())), failed]);
  // The answer tells where it ends; this one has the connection closed behind it, which shows that it could go on.
  socket.write(last);
  const received = await Promise.race([text(socket), failed]);
  const answer = /^HTTP\/1\.1 (\d+) [^]*?\r\n\r\n([^]*)HTTP\/1\.1 200 /.exec(received);
  if (answer === null) throw new Error(`POST ${url} was answered by ${JSON.stringify(received.slice(0, 400))}; expected two answers`);
  return { status: Number(answer[1]), body: JSON.parse(answer[2]!) };
}
