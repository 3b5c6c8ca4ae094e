import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { EventLoad, LoadResult } from './load-plan.js';
import { renderLoad } from './render-load.js';
import { openConnections, runLoad } from './run-load.js';

interface Scripted {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

const ACCEPTED: Scripted = { status: 200, body: '{"accepted":4,"results":[]}' };
const REFUSED: Scripted = { status: 503, headers: { 'Retry-After': '1' }, body: '{}' };

describe('runLoad', () => {
  let server: Server;
  let url: string;
  let answers: Scripted[];

  beforeEach(async () => {
    server = createServer((request, response) => {
      request.resume().once('end', () => {
        const { status, headers = {}, body } = answers.shift()!;
        response.writeHead(status, { ...headers, 'content-length': String(Buffer.byteLength(body)) }).end(body);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  async function run(load: Partial<EventLoad>): Promise<LoadResult> {
    const plan = { seed: 'a', events: 12, until: new Date('2026-11-21T10:00:00Z') };
    const whole: EventLoad = { kind: 'events', url, path: '/', apiKey: 'key', connections: 1, eventsPerRequest: 4, plan, ...load };
    const connections = await openConnections(whole);
    try {
      return await runLoad(whole, renderLoad(whole), connections);
    } finally {
      for (const connection of connections) connection.close();
    }
  }

  it('counts what was acknowledged, and what was refused as it may be', async () => {
    answers = [ACCEPTED, REFUSED, ACCEPTED];
    expect(await run({ mayBeRefused: true })).toMatchObject({ done: 8, refused: 1, latenciesMs: { length: 3 } });
  });

  it.each([
    ['a refusal that may not be', {}, REFUSED, 'answered 503, retry-after 1'],
    ['a refusal without Retry-After', { mayBeRefused: true }, { ...REFUSED, headers: {} }, 'answered 503, retry-after not said'],
    ['another status', { mayBeRefused: true }, { ...REFUSED, status: 500 }, 'answered 500'],
    [
      'fewer events than were sent',
      {},
      { ...ACCEPTED, body: '{"accepted":3,"results":[]}' },
      'answered 200, retry-after not said: {"accepted":3,',
    ],
  ])('stops at %s', async (_name, load, answer, message) => {
    answers = [ACCEPTED, answer];
    await expect(run(load)).rejects.toThrow(message);
  });
});
