import { once } from 'node:events';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type IngestApp, startIngestApp } from './support/ingest-app.js';

const NOW = new Date('2026-11-21T12:00:00Z');
const QUEUE_EVENTS = 1_000;
const LARGE = 4_900_000;

describe('ingest, of requests that it has no room for', () => {
  let ingest: IngestApp;
  const sockets: Socket[] = [];

  beforeAll(async () => {
    ingest = await startIngestApp(NOW, { INGEST_QUEUE_EVENTS: String(QUEUE_EVENTS) });
    await ingest.app.listen(0, '127.0.0.1');
    // A key is taken by the fast lane as soon as it is remembered. The clock stands, so it stays so.
    await ask(await open(), head('/platform/v1/events', eventOf('first').length) + eventOf('first'));
  });
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.destroy();
  });
  afterAll(() => ingest.stop());

  const open = async (): Promise<Socket> => {
    const socket = connect((ingest.app.getHttpServer().address() as AddressInfo).port, '127.0.0.1');
    await once(socket, 'connect');
    sockets.push(socket);
    return socket;
  };
  const head = (path: string, length: number, authorization = `Bearer ${ingest.key}`): string =>
    `POST ${path} HTTP/1.1\r\nhost: h\r\nauthorization: ${authorization}\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n\r\n`;
  const ask = async (socket: Socket, text: string): Promise<string> => {
    const answer = once(socket, 'data') as Promise<[Buffer]>;
    socket.write(text);
    return (await answer)[0].toString('utf8');
  };

  it('refuses them by their heads while too many events wait, and keeps what they send once there is room', async () => {
    const runner = ingest.owner.createQueryRunner();
    await runner.startTransaction();
    await runner.query('LOCK TABLE event, event_identity IN ACCESS EXCLUSIVE MODE');
    const batch = `[${Array.from({ length: QUEUE_EVENTS }, (_, n) => eventOf(`waiting-${n}`)).join(',')}]`;
    const waiting = ask(await open(), head('/platform/v1/events', batch.length) + batch);
    await until(async () =>
      (await ingest.app.inject({ method: 'GET', url: '/metrics' })).body.includes(`ingest_queued_events ${QUEUE_EVENTS}\n`),
    );

    const body = eventOf('refused');
    const socket = await open();
    const refused = await ask(socket, head('/platform/v1/events', body.length));
    expect(refused).toMatch(
      /^HTTP\/1\.1 503 [^]*\r\nretry-after: 1\r\n[^]*1000 events of \d+ bytes are waiting to be written; expected at most 1000/i,
    );
    const stranger = await ask(await open(), head('/platform/v1/events', body.length, 'Bearer tm_live_nope') + body);
    expect(stranger).toMatch(/^HTTP\/1\.1 401 /);

    await runner.rollbackTransaction();
    await runner.release();
    expect(await waiting).toMatch(/^HTTP\/1\.1 200 [^]*\{"accepted":1000,/);
    expect(await ask(socket, body + head('/platform/v1/events', body.length) + body)).toMatch(/^HTTP\/1\.1 200 [^]*"verdict":"stored"/);
    const rows: unknown[] = await ingest.owner.query(`SELECT 1 FROM event WHERE event_id = 'refused'`);
    expect(rows).toHaveLength(1);
  });

  it.each([
    ['Lago', '{"event":{"transaction_id":"', /"status":503,"error":"/],
    ['OpenMeter', '{"specversion":"1.0","data":{"text":"', /"type":"[^"]*","title":"[^"]*","status":503/],
  ])('tells the %s client in its words that too large bodies are being read', async (_client, beginning, words) => {
    // Neither comes to its end, and there is no room for both: which one is refused is a matter of which is read sooner.
    const begun = head('/api/v1/events', LARGE + 1) + beginning.padEnd(LARGE, 'x');
    const refused = await Promise.race([ask(await open(), begun), ask(await open(), begun)]);
    expect(refused).toMatch(/^HTTP\/1\.1 503 [^]*\r\nretry-after: 1\r\n/i);
    expect(refused).toMatch(words);
  });
});

function eventOf(id: string): string {
  return JSON.stringify({ specversion: '1.0', id, source: '/t', type: 'call', subject: 'acme' });
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 1_000 && !(await isSo()); attempt++) await new Promise((settle) => setTimeout(settle, 5));
}
