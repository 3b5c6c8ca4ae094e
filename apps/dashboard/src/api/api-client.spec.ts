import { describe, expect, it } from '@jest/globals';
import * as z from 'zod/mini';
import { createApiClient } from './api-client.js';
import { isForbidden, isUnauthenticated } from './api-error.js';

const schema = z.object({ used: z.string() });
const WALL_MS = Date.parse('2026-11-21T12:00:00Z');

/** A client whose server gives these answers one after the other. */
function clientOf(...answers: (Response | Error)[]) {
  const sent: { path: string; headers: Headers }[] = [];
  let elapsedMs = 0;
  const client = createApiClient({
    token: 'secret',
    fetch: async (input, init) => {
      sent.push({ path: String(input), headers: new Headers(init?.headers) });
      const answer = answers.shift();
      if (answer instanceof Response) return answer;
      throw answer ?? new Error('no answer left');
    },
    monotonicMs: () => elapsedMs,
    wallClockMs: () => WALL_MS,
  });
  return { client, sent, pass: (ms: number) => void (elapsedMs += ms) };
}

const json = (body: unknown, init: ResponseInit = {}) => Response.json(body, init);

describe('the client', () => {
  it('asks with the ETag it knows, and gives the same document when there is no newer one', async () => {
    const { client, sent } = clientOf(
      json({ used: '1' }, { headers: { etag: '"a"', 'tallymark-as-of': '2026-11-21T12:00:01Z' } }),
      new Response(null, { status: 304, headers: { 'tallymark-as-of': '2026-11-21T12:00:03Z' } }),
      json({ used: '2' }, { headers: { etag: '"b"' } }),
    );
    const first = await client.get('/x', schema);
    const second = await client.get('/x', schema);
    const third = await client.get('/x', schema);
    expect(sent.map(({ headers }) => [headers.get('authorization'), headers.get('if-none-match')])).toEqual([
      ['Bearer secret', null],
      ['Bearer secret', '"a"'],
      ['Bearer secret', '"a"'],
    ]);
    expect(second.body).toBe(first.body);
    expect([first.asOf, second.asOf, third.asOf].map((at) => at?.toISOString())).toEqual([
      '2026-11-21T12:00:01.000Z',
      '2026-11-21T12:00:03.000Z',
      undefined,
    ]);
    expect(third.body).toEqual({ used: '2' });
  });

  it('tells the time by the server, and by the reader’s machine until it has answered', async () => {
    const { client, pass } = clientOf(json({ used: '1' }, { headers: { date: 'Sat, 21 Nov 2026 15:00:00 GMT' } }));
    expect(client.serverTime().getTime()).toBe(WALL_MS);
    await client.get('/x', schema);
    pass(4_000);
    expect(client.serverTime().toISOString()).toBe('2026-11-21T15:00:04.000Z');
  });

  it.each([
    [
      'problem details',
      json({ title: 'Unavailable', detail: 'the database is away', instance: 'urn:request:r-1' }, { status: 503 }),
      { status: 503, message: 'the database is away', requestId: 'r-1' },
    ],
    [
      'an error of a contract',
      json({ success: false, error: { code: 'FORBIDDEN', message: 'not yours' } }, { status: 403, headers: { 'x-request-id': 'r-2' } }),
      { status: 403, message: 'not yours', requestId: 'r-2' },
    ],
    [
      'no words at all',
      new Response('<h1>Bad gateway</h1>', { status: 502 }),
      { status: 502, message: 'The server answered with status 502.', requestId: null },
    ],
    ['a network that is away', new TypeError('failed'), { status: null, message: 'The server could not be reached.', requestId: null }],
    [
      'another document',
      json({ used: 1 }, { headers: { 'x-request-id': 'r-3' } }),
      { status: null, message: '/x answered something else than this page can read, at used.', requestId: 'r-3' },
    ],
    [
      'no document',
      new Response('hello'),
      { status: null, message: '/x answered something else than this page can read.', requestId: null },
    ],
    [
      'a 304 that nobody asked for',
      new Response(null, { status: 304 }),
      { status: 304, message: 'The server answered with status 304.', requestId: null },
    ],
  ])('%s is an error', async (_, answer, expected) => {
    await expect(clientOf(answer).client.get('/x?token=1', schema)).rejects.toMatchObject(expected);
  });

  it('tells which errors only another token helps against', async () => {
    const errorOf = (status: number): Promise<unknown> =>
      clientOf(new Response(null, { status }))
        .client.get('/x', schema)
        .catch((error: unknown) => error);
    expect([isUnauthenticated(await errorOf(401)), isUnauthenticated(await errorOf(403)), isForbidden(await errorOf(403))]).toEqual([
      true,
      false,
      true,
    ]);
  });
});
