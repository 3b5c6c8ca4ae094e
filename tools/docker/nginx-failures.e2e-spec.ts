import { randomInt } from 'node:crypto';
import { Agent } from 'node:http';
import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { renderFailure } from '../stack/gateway/render-failure.js';
import { SERVICE_NAMES, type ServiceName } from '../stack/gateway/routes.js';
import { choosePort } from '../stack/ports.js';
import { type EchoService, type SeenRequest, startEchoService } from './echo-service.js';
import { type Nginx, startNginx } from './nginx.js';
import { type RawAnswer, sendRaw } from './send-raw.js';

const REQUEST_ID = 'request-1234';
const LIMIT_BYTES = 6_000_000;
/** One path for each way of speaking of errors, and the service that is asked there. */
const PLACES: readonly [name: string, target: string, service: ServiceName][] = [
  ['the platform API', '/platform/v1/meters', 'usage-api'],
  ['event ingestion', '/platform/v1/events', 'ingest'],
  ['the OpenMeter dialect', '/api/v1/events', 'ingest'],
  ['the OpenMeter dialect, with a slash too many', '/api/v1/events/', 'usage-api'],
  ['the Lago event dialect', '/api/v1/events/batch', 'ingest'],
  ['the Lago event dialect, where nothing is', '/api/v1/events/other?x=1', 'usage-api'],
  ['no contract', '/nowhere', 'usage-api'],
  ["the path of a page of nginx's own", '/docs', 'usage-api'],
  ['the billing usage contract', '/api/billing/usage', 'usage-api'],
  ['the Comet contract', '/v1/usage', 'usage-api'],
  ['the Comet contract, short', '/usage?limit=1', 'usage-api'],
  ['the Comet contract, long', '/rest/v1/usage', 'usage-api'],
  ['the Crossmint contract', '/api/v1-alpha1/projects/default/usage', 'usage-api'],
  ['the Crossmint contract, dated', '/api/2022-06-09/v1-alpha1/projects/default/usage', 'usage-api'],
  ['the Gnip contract', '/metrics/usage/accounts/acme.json', 'usage-api'],
  ['the Lago contract', '/api/v1/analytics/usage', 'usage-api'],
];

describe('nginx, when something fails', () => {
  let nginx: Nginx;
  let ports: readonly number[];

  beforeAll(async () => {
    ports = await Promise.all([0, 1, 2, 3].map((slot) => choosePort(randomInt(20_000, 32_000) + slot)));
    const upstreams = Object.fromEntries(SERVICE_NAMES.map((name, index) => [name, `http://127.0.0.1:${ports[index]}`]));
    nginx = await startNginx({ port: ports[3]!, upstreams: upstreams as Record<ServiceName, string> });
  });
  afterAll(() => nginx?.stop());

  const post = (target: string, body?: string | readonly string[]): Promise<RawAnswer> =>
    sendRaw(nginx.url, { method: 'POST', target, headers: { 'x-request-id': REQUEST_ID }, ...(body === undefined ? {} : { body }) });

  /** What the gateway of the local stack says in the same case. */
  function expectSame(answer: RawAnswer, target: string, failure: { status: number; message: string }): void {
    const sent = (JSON.parse(answer.body) as { error?: { sent?: string } }).error?.sent;
    const expected = renderFailure(failure, { path: target.split('?')[0]!, id: REQUEST_ID, now: new Date(sent ?? 0) });
    expect(answer.status).toBe(expected.status);
    expect(JSON.parse(answer.body)).toEqual(expected.body);
    expect(answer.headers).toMatchObject({ ...expected.headers, 'x-request-id': REQUEST_ID, 'x-content-type-options': 'nosniff' });
  }

  it.each(PLACES)('an absent service is told to %s in its own words', async (_name, target, service) => {
    expectSame(await post(target), target, { status: 503, message: `${service} does not answer; expected to be back in a moment` });
  });

  it.each(PLACES)('a body over the limit is told to %s in its own words', async (_name, target) => {
    const answer = await post(target, 'x'.repeat(LIMIT_BYTES + 1));
    expectSame(answer, target, { status: 413, message: `the body has ${LIMIT_BYTES + 1} bytes; expected ${LIMIT_BYTES} at most` });
  });

  it('a body over the limit without a length is refused', async () => {
    const answer = await post(
      '/platform/v1/events',
      Array.from({ length: 7 }, () => 'x'.repeat(1_000_000)),
    );
    expectSame(answer, '/platform/v1/events', {
      status: 413,
      message: `the body is over ${LIMIT_BYTES} bytes; expected ${LIMIT_BYTES} at most`,
    });
  });

  it.each([
    ['a path with a broken escape', 'GET /% HTTP/1.1\r\nHost: a\r\n\r\n', 400, 'invalid_request'],
    ['a path above the root', 'GET /../../etc/passwd HTTP/1.1\r\nHost: a\r\n\r\n', 400, 'invalid_request'],
    ['no HTTP at all', 'hello\r\n\r\n', 400, 'invalid_request'],
    ['two lengths', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx', 400, 'invalid_request'],
    [
      'a length and chunks',
      'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
      'invalid_request',
    ],
    ['TRACE', 'TRACE / HTTP/1.1\r\nHost: a\r\n\r\n', 405, 'method_not_allowed'],
    ['an endless path', `GET /${'x'.repeat(9_000)} HTTP/1.1\r\nHost: a\r\n\r\n`, 414, 'invalid_request'],
    ['an endless header', `GET / HTTP/1.1\r\nHost: a\r\nX-Long: ${'x'.repeat(9_000)}\r\n\r\n`, 431, 'invalid_request'],
  ])('%s is refused as a problem', async (_name, bytes, status, code) => {
    const [head = '', body = ''] = (await exchange(nginx.url, bytes)).split('\r\n\r\n');
    expect(head).toContain(`HTTP/1.1 ${status} `);
    expect(head).toMatch(/^content-type: application\/problem\+json$/im);
    expect(JSON.parse(body)).toMatchObject({ status, code, instance: expect.stringMatching(/^urn:request:\w+$/), errors: [] });
  });

  describe('behind a service', () => {
    let service: EchoService;
    let seen: SeenRequest[];
    /** What it answers, one after the other; 0 breaks the connection. */
    let statuses: number[];

    beforeEach(async () => {
      seen = [];
      service = await startEchoService(
        'ingest',
        (request) => seen.push(request),
        (response) => {
          const status = statuses.shift() ?? 500;
          if (status === 0) response.socket!.destroy();
          else
            response
              .writeHead(status, { 'content-type': 'text/plain', 'retry-after': '7', 'x-content-type-options': 'nosniff' })
              .end('theirs');
        },
        ports[0]!,
      );
    });
    afterEach(() => service.stop());

    it.each([503, 502, 500, 413, 404, 405, 401, 400])('its own %i passes unchanged, and headers are not doubled', async (given) => {
      statuses = [given];
      const answer = await post('/platform/v1/events', '{}');
      expect([answer.status, answer.body]).toEqual([given, 'theirs']);
      expect(answer.headers).toMatchObject({ 'retry-after': '7', 'content-type': 'text/plain', 'x-content-type-options': 'nosniff' });
      expect(seen).toHaveLength(1);
    });

    it.each([
      ['POST', [200, 0], 2],
      ['GET', [200, 0, 200], 3],
    ])('%s whose fate is unknown: answers %j are asked for %i times', async (method, given, times) => {
      // On one connection to one worker, which keeps one to the service: nginx is readiest to ask again when a kept connection breaks.
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      const target = method === 'POST' ? '/platform/v1/events' : '/docs/ingest/';
      statuses = [...given];
      const send = (): Promise<RawAnswer> => sendRaw(nginx.url, { method, target, agent, ...(method === 'POST' ? { body: '{}' } : {}) });
      const answers = [await send(), await send()];
      agent.destroy();
      const last = given.at(-1) === 0 ? [503, '1'] : [200, '7'];
      expect(answers.map(({ status, headers }) => [status, headers['retry-after']])).toEqual([[200, '7'], last]);
      expect(seen).toHaveLength(times);
    });

    it.each([1, LIMIT_BYTES])('a body of %i bytes arrives whole', async (bytes) => {
      statuses = [200];
      expect((await post('/platform/v1/events', 'x'.repeat(bytes))).status).toBe(200);
      expect(seen[0]!.body).toHaveLength(bytes);
    });
  });
});

/** Sends bytes as they are, and reads until the other side closes. */
async function exchange(url: string, bytes: string): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((settle, fail) => {
    let answer = '';
    const socket = connect(Number(port), hostname, () => socket.end(bytes));
    socket.on('data', (chunk) => (answer += chunk.toString()));
    socket.on('error', fail);
    socket.on('close', () => settle(answer));
  });
}
