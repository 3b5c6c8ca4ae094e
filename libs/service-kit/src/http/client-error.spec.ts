import { once } from 'node:events';
import { type AddressInfo, type Server, type Socket, connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Fixture, createFixture, gate } from '../../test/fixture-service.js';

const SLOW = 'GET /platform/v1/things/slow HTTP/1.1\r\nhost: h\r\n\r\n';
const VIEW = 'GET /platform/v1/things/view HTTP/1.1\r\nhost: h\r\n\r\n';
const GARBAGE = 'NO SUCH PROTOCOL\r\n\r\n';

describe('what is not HTTP', () => {
  let fixture: Fixture;
  let socket: Socket;
  let received: string;
  /** Those of the service. */
  const connections = new Set<Socket>();

  beforeEach(async () => {
    fixture = await createFixture();
    await fixture.app.listen(0, '127.0.0.1');
    connections.clear();
    (fixture.app.getHttpServer() as Server).on('connection', (connection) => connections.add(connection));
    socket = connect((fixture.app.getHttpServer().address() as AddressInfo).port, '127.0.0.1');
    received = '';
    socket.on('data', (bytes: Buffer) => (received += bytes.toString('utf8')));
    await once(socket, 'connect');
  });
  afterEach(async () => {
    socket.destroy();
    await fixture.app.close();
  });

  const statuses = (): (string | undefined)[] => [...received.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map((match) => match[1]);
  const closed = (): Promise<unknown> => once(socket, 'close');
  /** Sends, and lets the slow request go on once all that was sent has been read. */
  async function sendBehindSlow(text: string, more?: string): Promise<void> {
    let goOn = (): void => undefined;
    gate.opened = new Promise((resolve) => (goOn = resolve));
    const entered = new Promise<void>((resolve) => (gate.entered = resolve));
    socket.write(text);
    await entered;
    await pause();
    if (more !== undefined) socket.write(more);
    await pause();
    expect(received).toBe('');
    goOn();
  }
  const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 30));

  it('is refused, and ends the connection', async () => {
    socket.write(GARBAGE);
    await closed();
    expect(statuses()).toEqual(['400']);
    expect(received).toContain('content-type: application/problem+json');
  });

  it('is refused after the requests before it are answered, once', async () => {
    const end = closed();
    await sendBehindSlow(SLOW + VIEW + GARBAGE, GARBAGE);
    await end;
    expect(statuses()).toEqual(['200', '200', '400']);
    expect(received).toMatch(/\{"done":true\}[^]*\{"name":"shown"\}[^]*what was received is not HTTP/);
  });

  it('is refused at once in the body of a request that only then could be answered', async () => {
    socket.write(
      'POST /platform/v1/things HTTP/1.1\r\nhost: h\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n',
    );
    await closed();
    expect(statuses()).toEqual(['400']);
  });

  it('keeps nothing that its sender, who has gone, waits for', async () => {
    const entered = new Promise<void>((resolve) => (gate.entered = resolve));
    gate.opened = new Promise(() => undefined);
    socket.write(SLOW + GARBAGE);
    await entered;
    await pause();
    const end = once([...connections][0]!, 'close');
    socket.end();
    await end;
    expect(statuses()).toEqual([]);
  });

  it('is refused when a body ends too soon', async () => {
    socket.end('POST /platform/v1/things HTTP/1.1\r\nhost: h\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{');
    await closed();
    expect(statuses()).toEqual(['400']);
  });

  it('is refused in a body behind a request that is answered first', async () => {
    const end = closed();
    await sendBehindSlow(
      `${SLOW}POST /platform/v1/things HTTP/1.1\r\nhost: h\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n`,
    );
    await end;
    expect(statuses()).toEqual(['200', '400']);
  });
});
