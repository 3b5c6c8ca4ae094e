import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FRAMEWORKS, type TestServer } from '../test/servers.js';
import { type SentEvent, type Sink, startSink } from '../test/sink.js';

const NOW = new Date('2026-11-21T10:00:00.250Z');
const SECRET = 'IncYP3edd3blm2ypLGFFOYwQsC5vff3n';

describe.each(Object.entries(FRAMEWORKS))('requests to %s', (_framework, start) => {
  let sink: Sink;
  let server: TestServer;
  const errors: Error[] = [];

  beforeEach(async () => {
    errors.length = 0;
    sink = await startSink();
    server = await start({
      ingestUrl: sink.url,
      apiKey: 'key',
      source: '/reports',
      flushIntervalMs: 10,
      clock: () => NOW,
      onError: (error) => errors.push(error),
    });
  });
  afterEach(async () => {
    await server.stop();
    await sink.stop();
    expect(errors).toEqual([]);
  });

  const call = async (path: string, init: RequestInit = {}): Promise<Response> => {
    const response = await fetch(`${server.url}${path}`, { ...init, headers: { 'x-customer': 'acme', ...init.headers } });
    await response.clone().arrayBuffer();
    return response;
  };
  const recorded = async (path: string, init?: RequestInit): Promise<SentEvent> => {
    await call(path, init);
    await sink.taken(1);
    return sink.events[0]!;
  };

  it('are recorded whole, with their secrets masked before they leave the process', async () => {
    const { source, subject, time, data } = await recorded(`/v1/report/r1?a=1&a=2&access_token=${SECRET}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${SECRET}`, cookie: `sid=${SECRET}` },
      body: JSON.stringify({ title: 'October', user: { password: SECRET } }),
    });
    const { headers, ...request } = (data as { request: { headers: unknown } }).request;
    expect([source, subject, time]).toEqual(['/reports', 'acme', '2026-11-21T10:00:00.250000Z']);
    expect(headers).toMatchObject({
      'x-customer': 'acme',
      authorization: 'Bearer ****f3n',
      cookie: '****',
      'content-type': 'application/json',
    });
    expect({ ...data, request }).toEqual({
      path: '/v1/report/r1',
      method: 'POST',
      request: {
        body: { title: 'October', user: { password: '****' } },
        query: { a: ['1', '2'], access_token: '****f3n' },
        params: { reportId: 'r1' },
      },
      response: { id: 'r1', received: 'October' },
      status: 200,
      bytes: 32,
    });
    expect(sink.bodies.join('')).not.toContain('IncYP3');
    expect(sink.authorizations).toEqual(['Bearer key']);
  });

  it.each<[string, number, unknown]>([
    ['/v1/text', 200, 'plain text'],
    ['/v1/binary', 200, '[binary: 4 bytes]'],
    ['/v1/long', 200, '[not captured: 100011 bytes]'],
    ['/v1/fails', 500, { message: 'failed' }],
  ])('tell of the answer of %s: %d', async (path, status, response) => {
    expect((await recorded(path)).data).toMatchObject({ path, status, response, request: { body: {}, query: {}, params: {} } });
  });

  it('tell of what no route answers, and of an empty answer', async () => {
    expect((await recorded('/v1/nowhere')).data).toMatchObject({ path: '/v1/nowhere', status: 404 });
    await call('/v1/report/r2', { method: 'DELETE' });
    await sink.taken(2);
    expect(sink.events[1]!.data).toMatchObject({
      method: 'DELETE',
      status: 204,
      response: {},
      request: { params: { reportId: 'r2' } },
    });
  });

  it('are answered as if nobody watched', async () => {
    const response = await call('/v1/long');
    expect([response.status, ((await response.json()) as { text: string }).text.length]).toEqual([200, 100_000]);
    expect(await (await call('/v1/text')).text()).toBe('plain text');
    expect(Buffer.from(await (await call('/v1/binary')).arrayBuffer()).length).toBe(4);
    expect((await call('/v1/report/r1', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{' })).status).toBe(400);
  });

  it('are left out where they belong to nobody', async () => {
    await fetch(`${server.url}/v1/text`);
    await recorded('/v1/text');
    expect(sink.events).toHaveLength(1);
  });

  it('are sent when the server shuts down, all of them', async () => {
    await Promise.all(Array.from({ length: 50 }, () => call('/v1/text')));
    await server.stop();
    expect(sink.events).toHaveLength(50);
    expect(new Set(sink.events.map(({ id }) => id)).size).toBe(50);
  });
});
