import { once } from 'node:events';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DomainError } from '@tallymark/domain';
import { type Fixture, NOW, createFixture } from '../../test/fixture-service.js';
import { CREDENTIAL_CACHE_MS } from '../auth/credential-cache.js';
import { BodyRoom, BodyRooms } from './body-room.js';

const PATH = '/platform/v1/things';
/** For one organization: half of all. */
const ROOM = 1_000;
const OTHER_ORGANIZATION_ID = '22222222-2222-4222-8222-222222222222';
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

describe('BodyRooms', () => {
  it('has a share for each organization, which counts on whoever asks for it, and all of them together in the whole', () => {
    const rooms = new BodyRooms(16);
    expect([rooms.of('a').hold(8), rooms.of('a').hold(1), rooms.of('b').hold(7)]).toEqual([true, false, true]);
    expect([rooms.ofStrangers.hold(2), rooms.ofStrangers.hold(1), rooms.of('b').hold(1)]).toEqual([false, true, false]);
    rooms.of('a').release(8);
    expect(rooms.of('b').hold(1)).toBe(true);
  });

  it('forgets shares that hold nothing once there are many', () => {
    const rooms = new BodyRooms(1_000);
    rooms.of('holds').hold(1);
    for (let n = 0; n < 10_000; n++) rooms.of(`organization ${n}`);
    expect(rooms.of('holds').heldBytes).toBe(1);
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
      bodyRoomBytes: 2 * ROOM,
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

  it('holds bodies of the ordinary way too', async () => {
    const first = await begin(ordinary(900) + bodyOf(900).slice(0, 800));
    const second = await open();
    const refused = await ask(second, ordinary(300) + bodyOf(300).slice(0, 250));
    expect(refused).toMatch(OF_ROOM);
    expect(refused).not.toMatch(/\r\nconnection: close/i);
    expect(await ask(await open(), head(201))).toMatch(OF_ROOM);
    expect(await ask(first, bodyOf(900).slice(800))).toMatch(/^HTTP\/1\.1 201 /);
    expect(await ask(second, bodyOf(300).slice(250) + ordinary(900) + bodyOf(900))).toMatch(/^HTTP\/1\.1 201 /);
  });

  it('leaves room for others, whatever one organization sends', async () => {
    const theirs = fixture.credentials.issue({ organizationId: OTHER_ORGANIZATION_ID });
    await begin(head(900) + bodyOf(900).slice(0, 800));
    await begin(ordinary(200) + bodyOf(200).slice(0, 150));
    expect(await ask(await open(), head(100))).toMatch(OF_ROOM);
    for (const encoding of ['content-encoding: identity\r\n', ''])
      expect(await ask(await open(), head(900, `authorization: Bearer ${theirs}\r\n${encoding}`) + bodyOf(900))).toMatch(
        /^HTTP\/1\.1 20[01] /,
      );
  });

  it('holds the bodies of strangers to an eighth of it, and tells them of nothing but the credential', async () => {
    await begin(head(900, '') + bodyOf(900).slice(0, 200));
    const refused = await ask(await open(), head(200, '') + bodyOf(200).slice(0, 150));
    expect(refused).toMatch(/^HTTP\/1\.1 401 [^]*\r\nwww-authenticate: Bearer/i);
    expect(await ask(await open(), ordinary(900) + bodyOf(900))).toMatch(/^HTTP\/1\.1 201 /);
  });

  it('holds nothing of a sender that went away while its key was looked up', async () => {
    fixture.setNow(new Date(NOW.getTime() + CREDENTIAL_CACHE_MS));
    const lookUp = fixture.credentials.findByHash.bind(fixture.credentials);
    let goOn = (): void => undefined;
    const looked = new Promise<void>((resolve) => (goOn = resolve));
    fixture.credentials.findByHash = async (hash) => {
      await looked;
      return lookUp(hash);
    };
    const gone = await begin(ordinary(900) + bodyOf(900));
    gone.destroy();
    await delay(30);
    goOn();
    await delay(30);
    expect(await ask(await open(), ordinary(900) + bodyOf(900))).toMatch(/^HTTP\/1\.1 201 /);
  });

  it.each([
    ['in one piece', 300],
    // In two readings of 64 KiB, of which the second waits for what becomes of the first.
    ['in two', 100_000],
  ])('keeps the connection of a refused sender whose body was there before its key was looked up, %s', async (_name, bytes) => {
    const first = await begin(ordinary(900) + bodyOf(900).slice(0, 800));
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
