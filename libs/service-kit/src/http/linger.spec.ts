import { type Server, createServer, request as requestOver } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type Fixture, createFixture } from '../../test/fixture-service.js';
import { type LingerLimits, lingerOverBody } from './linger.js';

const MEGABYTE = 'x'.repeat(1_000_000);

/** Sends the whole request before it reads a byte, on one connection, and resolves with all that came back until the other side closed. */
async function sendThenRead(port: number, parts: readonly string[]): Promise<string> {
  const socket = connect(port, '127.0.0.1').pause();
  const failed = new Promise<never>((_, reject) => socket.once('error', reject));
  const sendAll = async (): Promise<void> => {
    for (const part of parts) await new Promise<void>((resolve) => socket.write(part, () => resolve()));
  };
  await Promise.race([sendAll(), failed]);
  return Promise.race([text(socket), failed]);
}

describe('a service that refuses a body', () => {
  let fixture: Fixture;
  let port: number;
  beforeAll(async () => {
    fixture = await createFixture({ bodyLimitBytes: 200 });
    await fixture.app.listen(0, '127.0.0.1');
    port = (fixture.app.getHttpServer().address() as AddressInfo).port;
  });
  afterAll(() => fixture.app.close());

  it.each([
    ['with a length', `content-length: ${8 * MEGABYTE.length}`, Array.from({ length: 8 }, () => MEGABYTE)],
    [
      'without a length',
      'transfer-encoding: chunked',
      [...Array.from({ length: 8 }, () => `${MEGABYTE.length.toString(16)}\r\n${MEGABYTE}\r\n`), '0\r\n\r\n'],
    ],
  ])('%s lets its sender send all of it, read why, and ask again on the same connection', async (_name, length, body) => {
    const head = `POST /platform/v1/things HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n${length}\r\n\r\n`;
    const next = 'GET /platform/v1/things/view HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n';
    const answers = await sendThenRead(port, [head, ...body, next]);
    expect(answers.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 413', 'HTTP/1.1 200']);
    expect(answers).toContain('"code":"payload_too_large"');
  });
});

describe('lingerOverBody', () => {
  let server: Server;
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  /** Answers at once, and lingers. Resolves with the answer and, later, the way the connection ended. */
  async function refuse(
    limits: LingerLimits,
    headers: Record<string, string> = {},
  ): Promise<{ lingers: boolean; ended: Promise<void>; send: (part: string) => void }> {
    let lingers = false;
    server = createServer((request, response) => {
      lingers = lingerOverBody(request, limits);
      response.writeHead(413).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const sent = requestOver({ port: (server.address() as AddressInfo).port, method: 'POST', headers });
    const ended = new Promise<void>((resolve) => sent.once('close', resolve));
    sent.on('error', () => undefined);
    await new Promise<void>((resolve) => {
      sent.once('response', (response) => {
        response.resume();
        resolve();
      });
      sent.write('x');
    });
    return { lingers, ended, send: (part) => void sent.write(part) };
  }

  it('cuts a sender that does not end in time', async () => {
    const { lingers, ended } = await refuse({ bytes: 1_000_000, milliseconds: 50 });
    expect(lingers).toBe(true);
    await ended;
  });

  it('cuts a sender that goes past what is read', async () => {
    const { ended, send } = await refuse({ bytes: 500_000, milliseconds: 60_000 });
    send(MEGABYTE);
    await ended;
  });

  it('reads nothing of a body that is announced to be longer', async () => {
    const { lingers } = await refuse({ bytes: 500_000, milliseconds: 60_000 }, { 'content-length': '500001' });
    expect(lingers).toBe(false);
  });
});
