import { once } from 'node:events';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DomainError } from '@tallymark/domain';
import { type Fixture, NOW, createFixture } from '../../test/fixture-service.js';
import { CREDENTIAL_CACHE_MS } from '../auth/credential-cache.js';
import { BodyRoom } from './body-room.js';

const PATH = '/platform/v1/things';
const ROOM = 1_000;
const OF_ROOM = /^HTTP\/1\.1 503 [^]*\r\nretry-after: 1\r\n[^]*fill the \d+ bytes[^]*"code":"unavailable"/i;

/** JSON of so many bytes that the ordinary way takes too. */
function bodyOf(bytes: number): string {
  return JSON.stringify({ name: 'b', parts: [] }).padEnd(bytes);
}

describe('BodyRoom', () => {
  it('holds what there is room for, and nothing of what there is not', () => {
    const room = new BodyRoom(10);
    expect([room.hold(6), room.hold(5), room.heldBytes, room.hold(4), room.hasRoomFor(1)]).toEqual([true, false, 6, true, false]);
    room.release(6);
    expect([room.heldBytes, room.hasRoomFor(6), room.hasRoomFor(7)]).toEqual([4, true, false]);
  });

  it('is held in the whole that it is a part of, by the bounds of both', () => {
    const whole = new BodyRoom(10);
    const part = new BodyRoom(5, whole);
    expect([part.hold(4), part.hold(2), whole.heldBytes]).toEqual([true, false, 4]);
    expect([whole.hold(6), part.hold(1), part.heldBytes]).toEqual([true, false, 4]);
    part.release(4);
    expect([whole.heldBytes, part.hold(4)]).toEqual([6, true]);
  });
});

describe('a service with room for few bodies', () => {
  let fixture: Fixture;
  let key: string;
  let gate: Promise<void>;
  let isFull: boolean;
  const sockets: Socket[] = [];

  beforeEach(async () => {
    gate = Promise.resolve();
    isFull = false;
    fixture = await createFixture({
      bodyRoomBytes: ROOM,
      fastRoutes: () => [
        {
          path: PATH,
          scopes: ['catalogue:read'],
          contentTypes: new Set(['application/json']),
          expectRoom: () => {
            if (isFull) throw new DomainError('unavailable', 'the queue is full', { retryAfterSeconds: 1 });
          },
          answer: async (_principal, { body: { length } }) => {
            await gate;
            return JSON.stringify({ bytes: length });
          },
        },
      ],
    });
    key = fixture.credentials.issue();
    await fixture.app.listen(0, '127.0.0.1');
    // A key is known to the fast lane once the ordinary way has looked it up.
    await fixture.app.inject({ method: 'GET', url: PATH, headers: { authorization: `Bearer ${key}` } });
  });
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    await fixture.app.close();
  });

  const open = async (): Promise<Socket> => {
    const socket = connect((fixture.app.getHttpServer().address() as AddressInfo).port, '127.0.0.1');
    await once(socket, 'connect');
    sockets.push(socket);
    return socket;
  };
  const head = (length: number, more = `authorization: Bearer ${key}\r\n`): string =>
    `POST ${PATH} HTTP/1.1\r\nhost: h\r\n${more}content-type: application/json\r\ncontent-length: ${length}\r\n\r\n`;
  /** Changes nothing, and is no matter of the fast lane. */
  const ordinary = (length: number): string => head(length, `authorization: Bearer ${key}\r\ncontent-encoding: identity\r\n`);
  const answerOf = async (socket: Socket): Promise<string> => {
    const [bytes] = (await once(socket, 'data')) as [Buffer];
    return bytes.toString('utf8');
  };
  /** Sends the beginning of a request, and gives the service the time to read it. */
  const begin = async (text: string): Promise<Socket> => {
    const socket = await open();
    socket.write(text);
    await delay(30);
    return socket;
  };
  const ask = async (socket: Socket, text: string): Promise<string> => {
    const answer = answerOf(socket);
    socket.write(text);
    return answer;
  };

  it('refuses by its head a request that nothing could be done with, passes its body over, and serves the next on the connection', async () => {
    isFull = true;
    const socket = await open();
    const refused = await ask(socket, head(900));
    expect(refused).toMatch(/^HTTP\/1\.1 503 [^]*\r\nretry-after: 1\r\n[^]*"detail":"the queue is full"/i);
    expect(refused).not.toMatch(/\r\nconnection: close/i);
    isFull = false;
    expect(await ask(socket, bodyOf(900) + head(800) + bodyOf(800))).toContain('{"bytes":800}');
  });

  it('refuses by its head a body that finds no room, until what is read has come', async () => {
    const first = await begin(head(700) + bodyOf(700).slice(0, 600));
    const second = await open();
    expect(await ask(second, head(401))).toMatch(OF_ROOM);
    expect(await ask(first, bodyOf(700).slice(600))).toContain('{"bytes":700}');
    expect(await ask(second, bodyOf(401) + head(1_000) + bodyOf(1_000))).toContain('{"bytes":1000}');
  });

  it('refuses a body that outgrows the room while it comes, and lets its sender send all of it', async () => {
    const first = await begin(head(700));
    const second = await begin(head(700));
    first.write(bodyOf(700).slice(0, 600));
    await delay(30);
    expect(await ask(second, bodyOf(700).slice(0, 600))).toMatch(OF_ROOM);
    expect(await ask(first, bodyOf(700).slice(600))).toContain('{"bytes":700}');
    expect(await ask(second, bodyOf(700).slice(600) + head(50) + bodyOf(50))).toMatch(/\{"bytes":50\}$/);
  });

  it('has the room again of a sender that goes away', async () => {
    const first = await begin(head(900) + bodyOf(900).slice(0, 800));
    const second = await open();
    expect(await ask(second, head(900))).toMatch(OF_ROOM);
    first.destroy();
    await delay(30);
    expect(await ask(second, bodyOf(900) + head(900) + bodyOf(900))).toContain('{"bytes":900}');
  });

  it('holds no body of a request that waits for its answer', async () => {
    let goOn = (): void => undefined;
    gate = new Promise((resolve) => (goOn = resolve));
    const waiting = [await begin(head(900) + bodyOf(900)), await begin(head(900) + bodyOf(900))];
    const answers = waiting.map(answerOf);
    goOn();
    expect((await Promise.all(answers)).every((answer) => answer.endsWith('{"bytes":900}'))).toBe(true);
  });

  it('holds bodies of the ordinary way to half of it, and tells a stranger of nothing but the credential', async () => {
    const first = await begin(ordinary(450) + bodyOf(450).slice(0, 400));
    const known = await open();
    const refused = await ask(known, ordinary(200) + bodyOf(200).slice(0, 150));
    expect(refused).toMatch(OF_ROOM);
    expect(refused).not.toMatch(/\r\nconnection: close/i);
    const stranger = await open();
    expect(await ask(stranger, head(200, '') + bodyOf(200).slice(0, 150))).toMatch(/^HTTP\/1\.1 401 [^]*\r\nwww-authenticate: Bearer/i);
    expect(await ask(await open(), head(500) + bodyOf(500))).toContain('{"bytes":500}');
    expect(await ask(first, bodyOf(450).slice(400))).toMatch(/^HTTP\/1\.1 201 /);
    expect(await ask(known, bodyOf(200).slice(150) + ordinary(450) + bodyOf(450))).toMatch(/^HTTP\/1\.1 201 /);
  });

  it.each([
    ['in one piece', 300],
    // In two readings of 64 KiB, of which the second waits for what becomes of the first.
    ['in two', 100_000],
  ])('keeps the connection of a refused sender whose body was there before its key was looked up, %s', async (_name, bytes) => {
    const first = await begin(ordinary(450) + bodyOf(450).slice(0, 400));
    fixture.setNow(new Date(NOW.getTime() + CREDENTIAL_CACHE_MS));
    const lookUp = fixture.credentials.findByHash.bind(fixture.credentials);
    fixture.credentials.findByHash = async (hash) => {
      await delay(50);
      return lookUp(hash);
    };
    const second = await open();
    const refused = await ask(second, ordinary(bytes) + bodyOf(bytes));
    expect(refused).toMatch(OF_ROOM);
    expect(refused).not.toMatch(/\r\nconnection: close/i);
    first.destroy();
    await delay(30);
    expect(await ask(second, ordinary(300) + bodyOf(300))).toMatch(/^HTTP\/1\.1 201 /);
  });
});
