import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Fixture, NOW, createFixture } from '../../test/fixture-service.js';
import { CREDENTIAL_CACHE_MS } from '../auth/credential-cache.js';
import { Lifecycle } from '../operations/lifecycle.js';

const PATH = '/platform/v1/things';
const BODY = '{"name":"b"}';

describe('the fast lane', () => {
  let fixture: Fixture;
  let key: string;
  let hash: string;
  let answered: string[];
  /** What an answer waits for. */
  let gate: Promise<void>;

  beforeEach(async () => {
    answered = [];
    gate = Promise.resolve();
    fixture = await createFixture({
      fastRoutes: () => [
        {
          path: PATH,
          scopes: ['catalogue:read'],
          contentTypes: new Set(['application/json']),
          answer: async ({ credentialId }, { body }) => {
            await gate;
            answered.push(body.toString('utf8'));
            return JSON.stringify({ by: credentialId });
          },
        },
      ],
    });
    ({ key, hash } = fixture.credentials.issueStored({ expiresAt: at(60_000) }));
    await fixture.app.listen(0, '127.0.0.1');
    await remember();
  });
  afterEach(() => fixture.app.close());

  /** A key is known to the lane once the ordinary way has looked it up. */
  const remember = async (): Promise<void> => {
    await fixture.app.inject({ method: 'GET', url: PATH, headers: { authorization: `Bearer ${key}` } });
  };
  const open = async (): Promise<Socket> => {
    const socket = connect((fixture.app.getHttpServer().address() as AddressInfo).port, '127.0.0.1');
    await once(socket, 'connect');
    return socket;
  };
  const head = (length: number, authorization = `Bearer ${key}`): string =>
    `POST ${PATH} HTTP/1.1\r\nhost: h\r\nauthorization: ${authorization}\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n\r\n`;
  const answerOf = async (socket: Socket): Promise<string> => {
    const [bytes] = (await once(socket, 'data')) as [Buffer];
    return bytes.toString('utf8');
  };
  /** Whether a request of its own connection took the lane. Others are answered by the controller. */
  const takes = async (request = head(BODY.length) + BODY): Promise<boolean> => {
    const before = answered.length;
    const socket = await open();
    socket.write(request);
    await answerOf(socket);
    socket.destroy();
    return answered.length > before;
  };

  it('answers in one piece, and keeps the connection', async () => {
    const socket = await open();
    for (const _round of [1, 2]) {
      socket.write(head(BODY.length) + BODY);
      expect(await answerOf(socket)).toMatch(
        /^HTTP\/1\.1 200 OK\r\nx-request-id: [^]*\r\ncontent-length: 14\r\n[^]*\r\n\r\n\{"by":"key-1"\}$/,
      );
    }
    socket.destroy();
  });

  it('reads a body that comes in pieces, and the next request behind it', async () => {
    const socket = await open();
    const request = Buffer.from(head(Buffer.byteLength('{"name":"ü"}')) + '{"name":"ü"}');
    socket.write(request.subarray(0, request.length - 4));
    await new Promise((settle) => setTimeout(settle, 20));
    // Between the two bytes of a letter.
    socket.write(Buffer.concat([request.subarray(request.length - 4), Buffer.from(head(BODY.length) + BODY)]));
    let answers = '';
    while (answers.split('{"by"').length < 3) answers += await answerOf(socket);
    expect(answered).toEqual(['{"name":"ü"}', BODY]);
    socket.destroy();
  });

  it('sends long answers whole', async () => {
    const long = 'ü'.repeat(100_000);
    ({ key, hash } = fixture.credentials.issueStored({ id: long }));
    await remember();
    const socket = await open();
    socket.write(head(BODY.length, `Bearer ${key}`) + BODY);
    let answer = '';
    while (!answer.endsWith('"}')) answer += (await once(socket, 'data')).toString();
    expect(Buffer.from(answer.slice(answer.indexOf('\r\n\r\n') + 4)).length).toBeGreaterThan(100_000);
    expect(answer).toContain('content-length: 200009');
    socket.destroy();
  });

  it('refuses a revoked key after the time for which keys are remembered', async () => {
    const stored = fixture.credentials.byHash.get(hash)!;
    fixture.credentials.byHash.set(hash, { ...stored, revokedAt: at(1) });
    fixture.setNow(at(CREDENTIAL_CACHE_MS - 1));
    expect(await takes()).toBe(true);
    fixture.setNow(at(CREDENTIAL_CACHE_MS));
    expect(await takes()).toBe(false);
    expect(await takes()).toBe(false);
  });

  it('refuses a key that is revoked while its body comes', async () => {
    const socket = await open();
    const request = head(BODY.length) + BODY;
    socket.write(request.slice(0, -4));
    await until(() => running(fixture.app.get(Lifecycle)) === 1);
    await new Promise((settle) => setTimeout(settle, 20));
    fixture.credentials.byHash.set(hash, { ...fixture.credentials.byHash.get(hash)!, revokedAt: at(1) });
    fixture.setNow(at(CREDENTIAL_CACHE_MS));
    socket.write(request.slice(-4));
    expect(await answerOf(socket)).toMatch(
      /^HTTP\/1\.1 401 [^]*\r\nwww-authenticate: Bearer realm="tallymark", error="invalid_token"\r\n/i,
    );
    expect(answered).toEqual([]);
    socket.destroy();
  });

  it('forgets requests that wait behind another on a connection that is cut', async () => {
    const lifecycle = fixture.app.get(Lifecycle);
    let goOn = (): void => undefined;
    gate = new Promise((resolve) => (goOn = resolve));
    const socket = await open();
    const request = head(BODY.length) + BODY;
    socket.write(request + request + `GET ${PATH} HTTP/1.1\r\nhost: h\r\nauthorization: Bearer ${key}\r\n\r\n` + request.slice(0, -4));
    await until(() => running(lifecycle) === 4);
    expect(running(lifecycle)).toBe(4);
    socket.destroy();
    await until(() => running(lifecycle) === 0);
    expect(running(lifecycle)).toBe(0);
    goOn();
  });

  it('refuses a key from the instant of its expiry', async () => {
    fixture.setNow(at(57_000));
    await remember();
    fixture.setNow(at(59_999));
    expect(await takes()).toBe(true);
    fixture.setNow(at(60_000));
    expect(await takes()).toBe(false);
  });

  it('takes no key without the scopes of the route, and none that it does not know', async () => {
    const other = fixture.credentials.issue({ scopes: ['usage:read'] });
    const unknown = fixture.credentials.issue();
    await fixture.app.inject({ method: 'GET', url: PATH, headers: { authorization: `Bearer ${other}` } });
    expect(await takes(head(BODY.length, `Bearer ${other}`) + BODY)).toBe(false);
    expect(await takes(head(BODY.length, `Bearer ${unknown}`) + BODY)).toBe(false);
    expect(await takes(head(BODY.length, `Basic ${key}`) + BODY)).toBe(false);
  });

  it('is counted among what runs, until it is answered or its caller is gone', async () => {
    const lifecycle = fixture.app.get(Lifecycle);
    let goOn = (): void => undefined;
    gate = new Promise((resolve) => (goOn = resolve));
    const [patient, impatient] = [await open(), await open()];
    for (const socket of [patient, impatient]) socket.write(head(BODY.length) + BODY);
    await until(() => running(lifecycle) === 2);
    impatient.destroy();
    await until(() => running(lifecycle) === 1);
    lifecycle.drain();
    // What comes now goes the ordinary way, and is refused there.
    expect(await takes()).toBe(false);
    const answer = answerOf(patient);
    goOn();
    expect(await answer).toContain('{"by":"key-1"}');
    await lifecycle.idle();
    patient.destroy();
  });

  it('logs what it answered, and nothing of a caller that left', async () => {
    const isTold = (): boolean => fixture.lines.some((line) => line.includes('"method":"POST"'));
    const socket = await open();
    socket.write(head(BODY.length) + BODY.slice(1));
    await until(() => running(fixture.app.get(Lifecycle)) === 1);
    socket.destroy();
    await until(() => running(fixture.app.get(Lifecycle)) === 0);
    expect(isTold()).toBe(false);
    await takes();
    await until(isTold);
    expect(isTold()).toBe(true);
  });
});

function at(milliseconds: number): Date {
  return new Date(NOW.getTime() + milliseconds);
}

function running(lifecycle: Lifecycle): number {
  return (lifecycle as unknown as { running: Set<object> }).running.size;
}

async function until(isSo: () => boolean): Promise<void> {
  for (let attempt = 0; attempt < 400 && !isSo(); attempt++) await new Promise((settle) => setTimeout(settle, 5));
}
