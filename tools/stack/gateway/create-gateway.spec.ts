import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { FastifyInstance } from 'fastify';
import { createGateway } from './create-gateway.js';

/** Sends a request and the next one before it reads a byte, and resolves with all that came back until the other side closed. */
async function sendThenRead(address: string, { path, body }: { readonly path: string; readonly body: string }): Promise<string> {
  const { hostname, port } = new URL(address);
  const socket = connect(Number(port), hostname).pause();
  const failed = new Promise<never>((_, reject) => socket.once('error', reject));
  const head = `POST ${path} HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`;
  const next = 'GET /next HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n';
  const sent = new Promise<void>((resolve) => socket.write(head + body + next, () => resolve()));
  await Promise.race([sent, failed]);
  return Promise.race([text(socket), failed]);
}

interface Seen {
  readonly service: string;
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

describe('the gateway', () => {
  const servers: Server[] = [];
  let seen: Seen[];
  let gateway: FastifyInstance;
  let address: string;
  let answer: (seen: Seen, response: ServerResponse) => void;

  beforeEach(async () => {
    seen = [];
    answer = ({ service }, response) => response.setHeader('content-type', 'text/plain').end(service);
    gateway = await createGateway({
      upstreams: { ingest: await serve('ingest'), 'usage-api': await serve('usage-api'), 'billing-calc': await serve('billing-calc') },
    });
    address = await gateway.listen({ host: '127.0.0.1', port: 0 });
  });

  afterEach(async () => {
    await stopServices();
    servers.length = 0;
    await gateway.close();
  });

  async function serve(service: string): Promise<string> {
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const entry = { service, method: request.method!, url: request.url!, headers: request.headers, body: Buffer.concat(chunks) };
        seen.push(entry);
        answer(entry, response);
      });
    });
    servers.push(server);
    await new Promise<void>((settle) => server.listen(0, '127.0.0.1', settle));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  async function stopServices(): Promise<void> {
    for (const server of servers) {
      server.closeAllConnections();
      await new Promise((settle) => server.close(settle));
    }
  }

  it('passes the path and query on as they came', async () => {
    const target = '/metrics/usage/accounts/a%2Fb.json?fromDate=202601010000&x=a%20b&x=c+d';
    expect(await (await fetch(`${address}${target}`)).text()).toBe('usage-api');
    expect(seen[0]?.url).toBe(target);
  });

  it('passes compressed bodies and answers on unchanged', async () => {
    const sent = gzipSync('{"specversion":"1.0"}');
    answer = (_seen, response) =>
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' }).end(gzipSync('{"accepted":1}'));
    const response = await fetch(`${address}/platform/v1/events`, {
      method: 'POST',
      body: new Uint8Array(sent),
      headers: { 'content-type': 'application/cloudevents+json; charset=utf-8', 'content-encoding': 'gzip' },
    });
    expect(await response.text()).toBe('{"accepted":1}');
    expect(response.headers.get('content-encoding')).toBe('gzip');
    expect(gunzipSync(seen[0]!.body).toString()).toBe('{"specversion":"1.0"}');
    expect(seen[0]).toMatchObject({
      service: 'ingest',
      headers: { 'content-type': 'application/cloudevents+json; charset=utf-8', 'content-encoding': 'gzip' },
    });
  });

  it('tells the service who asks, and believes no caller about it', async () => {
    await fetch(`${address}/v1/usage`, {
      headers: {
        'x-forwarded-for': '6.6.6.6',
        'x-tenant-id': 'other',
        'x-user-id': 'root',
        forwarded: 'for=6.6.6.6',
        'x-request-id': 'request-1234',
        authorization: 'Bearer key',
      },
    });
    const { headers } = seen[0]!;
    expect(headers).toMatchObject({
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'http',
      'x-request-id': 'request-1234',
      authorization: 'Bearer key',
    });
    expect(headers['x-forwarded-host']).toBe(new URL(address).host);
    expect(Object.keys(headers)).not.toEqual(expect.arrayContaining(['x-tenant-id']));
    expect([headers['x-tenant-id'], headers['x-user-id'], headers['forwarded']]).toEqual([undefined, undefined, undefined]);
  });

  it.each([
    ['content-type on a GET without a body', { 'content-type': 'application/json' }],
    ['Expect: 100-continue, which curl sends with large bodies', { expect: '100-continue' }],
  ])('takes %s', async (_name, headers) => {
    const response = await gateway.inject({ method: 'GET', url: '/usage', headers });
    expect([response.statusCode, response.body]).toEqual([200, 'usage-api']);
  });

  it.each([503, 500, 404, 401])('passes an answer %i on, and asks once', async (status) => {
    answer = (_seen, response) => response.writeHead(status, { 'retry-after': '7' }).end('theirs');
    const response = await fetch(`${address}/platform/v1/meters`);
    expect([response.status, await response.text(), response.headers.get('retry-after')]).toEqual([status, 'theirs', '7']);
    expect(seen).toHaveLength(1);
  });

  it.each([
    ['/platform/v1/meters', 'application/problem+json', { code: 'unavailable', status: 503 }],
    ['/api/billing/usage', 'application/json; charset=utf-8', { success: false }],
    ['/metrics/usage/accounts/acme.json', 'application/json; charset=utf-8', { error: { message: expect.any(String) } }],
    ['/api/v1-alpha1/projects/default/usage', 'application/json; charset=utf-8', { error: 'Service Unavailable' }],
    ['/api/v1/analytics/usage', 'application/json; charset=utf-8', { status: 503 }],
    ['/v1/usage', 'application/json; charset=utf-8', { message: expect.any(String) }],
  ])('answers for an absent service on %s in the shape that is read there', async (path, contentType, body) => {
    await stopServices();
    const response = await fetch(`${address}${path}`, { headers: { 'x-request-id': 'request-1234' } });
    expect(response.status).toBe(503);
    expect(response.headers.get('content-type')).toBe(contentType);
    expect(response.headers.get('retry-after')).toBe('1');
    expect(response.headers.get('x-request-id')).toBe('request-1234');
    expect(await response.json()).toMatchObject(body);
  });

  it('answers 503 to a POST whose service is away', async () => {
    await stopServices();
    const response = await fetch(`${address}/platform/v1/events`, {
      method: 'POST',
      body: '{}',
      headers: { 'content-type': 'application/json' },
    });
    expect([response.status, response.headers.get('content-type')]).toEqual([503, 'application/problem+json']);
  });

  it.each([
    ['with a length', new Uint8Array(6_000_001)],
    [
      'without a length',
      new ReadableStream<Uint8Array>({
        pull: (controller) => controller.enqueue(new Uint8Array(1_000_000)),
      }),
    ],
  ])('refuses a body over 6 MB %s', async (_name, body) => {
    const response = await fetch(`${address}/platform/v1/events`, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json' },
      duplex: 'half',
    } as RequestInit);
    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject({ code: 'payload_too_large' });
  });

  describe('refuses a body, and its sender sends all of it before it reads', () => {
    const megabytes = (count: number): string => 'x'.repeat(count * 1_000_000);

    it.each(['/platform/v1/events', '/api/v1/events/batch', '/api/billing/usage', '/v1/usage', '/api/v1/analytics/usage'])(
      '%s: the gateway itself, for 7 MB',
      async (path) => {
        const answers = await sendThenRead(address, { path, body: megabytes(7) });
        expect(answers.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 413', 'HTTP/1.1 200']);
        expect(seen.map(({ url }) => url)).toEqual(['/next']);
      },
    );

    it('a service that closes its connection on 5 MB, of which it reads nothing', async () => {
      const refusing = createServer((request, response) => {
        if (request.url === '/next') response.end();
        else response.writeHead(413, { connection: 'close' }).end('theirs');
      });
      servers.push(refusing);
      await new Promise<void>((settle) => refusing.listen(0, '127.0.0.1', settle));
      const upstream = `http://127.0.0.1:${(refusing.address() as AddressInfo).port}`;
      const other = await createGateway({ upstreams: { ingest: upstream, 'usage-api': upstream, 'billing-calc': upstream } });
      try {
        const answers = await sendThenRead(await other.listen({ host: '127.0.0.1', port: 0 }), { path: '/v1/usage', body: megabytes(5) });
        expect(answers.match(/HTTP\/1\.1 \d+/g)?.at(-1)).toBe('HTTP/1.1 200');
        expect(answers).toMatch(/^HTTP\/1\.1 (?:413|503)/);
      } finally {
        await other.close();
      }
    });
  });

  it.each(['/%', '/a/../../etc/passwd%2e', '/%2e%2e/%2e%2e/etc'])('survives the path %s', async (path) => {
    const response = await gateway.inject({ method: 'GET', url: path });
    expect([200, 400]).toContain(response.statusCode);
  });

  it('is ready when all services are', async () => {
    answer = ({ service, url }, response) => response.writeHead(url === '/readyz' && service === 'billing-calc' ? 503 : 200).end('{}');
    const response = await gateway.inject({ url: '/readyz' });
    expect([response.statusCode, response.json()]).toEqual([
      503,
      { status: 'unavailable', checks: { ingest: 'ok', 'usage-api': 'ok', 'billing-calc': 'failed' } },
    ]);
    answer = (_seen, response) => response.end('{}');
    expect((await gateway.inject({ url: '/readyz' })).json()).toEqual({
      status: 'ok',
      checks: { ingest: 'ok', 'usage-api': 'ok', 'billing-calc': 'ok' },
    });
  });

  it('has one page that leads to all documents', async () => {
    const { body, headers } = await gateway.inject({ url: '/docs' });
    expect(headers['content-type']).toBe('text/html; charset=utf-8');
    for (const name of ['ingest', 'usage-api', 'billing-calc']) expect(body).toContain(`href="/docs/${name}/"`);
    expect((await gateway.inject({ url: '/docs/ingest' })).headers.location).toBe('/docs/ingest/');
  });
});
