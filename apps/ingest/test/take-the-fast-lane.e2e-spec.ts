import { Agent, type IncomingMessage, request as startRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { addApiKey, addOrganization } from '@tallymark/testing';
import { type IngestApp, startIngestApp } from './support/ingest-app.js';

const NOW = new Date('2026-11-21T12:00:00Z');
const PATH = '/platform/v1/events';
/** An encoding that changes nothing, and that the fast lane leaves to the ordinary one. */
const ORDINARY = { 'content-encoding': 'identity' };
const QUEUE_EVENTS = 1_000;

interface Answer {
  readonly status: number;
  /** Names and values as they stand in the answer, in order. */
  readonly headers: readonly string[];
  readonly body: string;
}

interface Sent {
  readonly body: string;
  /** An empty value takes a header away. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly path?: string;
  readonly method?: string;
}

type Expected = readonly [status: number, lane: 'fast' | 'ordinary'];

describe('The fast lane of POST /platform/v1/events', () => {
  let ingest: IngestApp;
  let keys: Record<'good' | 'customer' | 'unscoped' | 'revoked' | 'expired', string>;
  const lines: string[] = [];
  const agent = new Agent({ keepAlive: true });

  beforeAll(async () => {
    const settings = { INGEST_QUEUE_EVENTS: String(QUEUE_EVENTS), LOG_LEVEL: 'info' };
    ingest = await startIngestApp(NOW, settings, { logDestination: { write: (line) => void lines.push(line) } });
    await ingest.app.listen(0, '127.0.0.1');
    const { owner, organizationId } = ingest;
    const customerId = '01900000-0000-7000-8000-000000000001';
    await owner.query(
      `INSERT INTO customer (id, organization_id, external_id, name, type, country, currency, time_zone) VALUES ($1, $2, 'c', 'C', 'team', 'DE', 'EUR', 'UTC')`,
      [customerId, organizationId],
    );
    keys = {
      good: ingest.key,
      customer: await addApiKey(owner, organizationId, { customerId, scopes: ['events:write'] }),
      unscoped: await addApiKey(owner, organizationId, { scopes: ['usage:read'] }),
      revoked: await addApiKey(owner, organizationId, { revokedAt: NOW }),
      expired: await addApiKey(owner, organizationId, { expiresAt: NOW }),
    };
    // A key is taken by the fast lane as soon as it is remembered. The clock stands, so it stays so.
    for (const key of Object.values(keys)) await send({ body: event('first'), headers: { authorization: `Bearer ${key}` } });
  });
  afterAll(async () => {
    agent.destroy();
    await ingest.stop();
  });

  const send = ({ body, headers = {}, path = PATH, method = 'POST' }: Sent): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const { port } = ingest.app.getHttpServer().address() as AddressInfo;
      const all = { 'content-type': 'application/json', authorization: `Bearer ${ingest.key}`, ...headers };
      const length = 'transfer-encoding' in headers ? {} : { 'content-length': Buffer.byteLength(body) };
      const given = Object.fromEntries(Object.entries({ ...length, ...all }).filter(([, value]) => value !== ''));
      const sent = startRequest({ agent, port, path, method, headers: given }, (answer) => read(answer).then(resolve, reject));
      sent.on('error', reject);
      sent.end(body);
    });
  const metric = async (name: string): Promise<number> => {
    const { body } = await ingest.app.inject({ method: 'GET', url: '/metrics' });
    return Number(
      body
        .split('\n')
        .find((line) => line.startsWith(`${name} `))
        ?.split(' ')
        .at(-1) ?? 0,
    );
  };

  /** Sends the same through both lanes, with ids of their own, and compares all that is told of it. */
  const compare = async (make: (id: string) => Sent, [status, lane]: Expected): Promise<void> => {
    const before = await metric('http_fast_lane_requests_total');
    const first = lines.length;
    const fast = await send(make('lane-a'));
    const ordinary = await send(withHeaders(make('lane-b'), ORDINARY));
    expect(comparable(fast, 'lane-a')).toEqual(comparable(ordinary, 'lane-b'));
    expect([fast.status, (await metric('http_fast_lane_requests_total')) - before]).toEqual([status, lane === 'fast' ? 1 : 0]);
    // A request is logged when its answer is out, which its caller may hear of first.
    await until(
      () => requestLines(lines.slice(first)).filter((told) => told.length > 0 && JSON.stringify(told).includes('completed')).length >= 2,
    );
    const [told = [], again = []] = requestLines(lines.slice(first));
    expect(told).toEqual(again);
    expect(told).toContainEqual(expect.objectContaining({ msg: 'request completed', status }));
  };

  const many = JSON.stringify(Array.from({ length: 1_001 }, (_, n) => n));
  it.each<[string, (id: string) => Sent, Expected]>([
    ['an event', (id) => ({ body: event(`${id}-plain`) }), [200, 'fast']],
    ['an event that is kept already', () => ({ body: event('first') }), [200, 'fast']],
    ['an event that is kept with other content', () => ({ body: event('first', { data: { n: 2 } }) }), [200, 'fast']],
    ['a batch', (id) => ({ body: `[${event(`${id}-1`)},${event(`${id}-2`)},${event(`${id}-1`)}]` }), [200, 'fast']],
    ['a batch with a bad event', (id) => ({ body: `[${event(`${id}-3`)},${event(`${id}-4`, { subject: '' })}]` }), [200, 'fast']],
    [
      'an event of a structured client',
      (id) => ({ body: event(`${id}-ce`), headers: { 'content-type': 'application/cloudevents+json' } }),
      [200, 'fast'],
    ],
    [
      'a batch of a structured client',
      (id) => ({ body: `[${event(`${id}-b`)}]`, headers: { 'content-type': 'application/cloudevents-batch+json; charset=utf-8' } }),
      [200, 'fast'],
    ],
    [
      'an event in binary mode',
      (id) => ({
        body: '{"n":1}',
        headers: { 'ce-specversion': '1.0', 'ce-id': `${id}-bin`, 'ce-source': '/t', 'ce-type': 'call', 'ce-subject': 'acme' },
      }),
      [200, 'fast'],
    ],
    ['an event whose data are redacted', (id) => ({ body: event(`${id}-x`, { type: 'api.request' }) }), [200, 'fast']],
    ['numbers that a double can not hold', (id) => ({ body: event(`${id}-n`).replace('"n":1', '"n":9007199254740993') }), [200, 'fast']],
    ['text beyond ASCII', (id) => ({ body: event(`${id}-ü`, { subject: 'Zoë 🎉' }) }), [200, 'fast']],
    [
      'a trace and an id of the caller',
      (id) => ({
        body: event(`${id}-t`),
        headers: { 'x-request-id': 'caller-given-1', traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' },
      }),
      [200, 'fast'],
    ],
    ['an id that is not repeated', (id) => ({ body: event(`${id}-r`), headers: { 'x-request-id': 'bad id' } }), [200, 'fast']],
    [
      'a caller behind a proxy',
      (id) => ({ body: event(`${id}-p`), headers: { 'x-forwarded-for': '203.0.113.9, 127.0.0.1' } }),
      [200, 'fast'],
    ],
    ['a caller that keeps no connection', (id) => ({ body: event(`${id}-c`), headers: { connection: 'close' } }), [200, 'fast']],
    ['an invalid event', (id) => ({ body: event(id, { specversion: '0.3', time: 'then' }) }), [400, 'fast']],
    ['nothing but invalid events', (id) => ({ body: `[${event(id, { subject: 1 })},7]` }), [400, 'fast']],
    ['no JSON', () => ({ body: '{"id":' }), [400, 'fast']],
    ['an empty array', () => ({ body: '[]' }), [400, 'fast']],
    ['blanks', () => ({ body: '  ' }), [400, 'fast']],
    ['bytes that are no UTF-8', () => ({ body: '\ud800' }), [400, 'fast']],
    [
      'one event as a batch',
      (id) => ({ body: event(id), headers: { 'content-type': 'application/cloudevents-batch+json' } }),
      [400, 'fast'],
    ],
    [
      'a batch as one event',
      (id) => ({ body: `[${event(id)}]`, headers: { 'content-type': 'application/cloudevents+json' } }),
      [400, 'fast'],
    ],
    ['more than 1,000 events', () => ({ body: many }), [413, 'fast']],
    ['a key of a customer', (id) => ({ body: event(id), headers: { authorization: `Bearer ${keys.customer}` } }), [403, 'fast']],
    ['a key without the scope', (id) => ({ body: event(id), headers: { authorization: `Bearer ${keys.unscoped}` } }), [403, 'ordinary']],
    ['no key', (id) => ({ body: event(id), headers: { authorization: '' } }), [401, 'ordinary']],
    ['a key that is none', (id) => ({ body: event(id), headers: { authorization: 'Bearer tm_live_nope' } }), [401, 'ordinary']],
    ['a revoked key', (id) => ({ body: event(id), headers: { authorization: `Bearer ${keys.revoked}` } }), [401, 'ordinary']],
    ['an expired key', (id) => ({ body: event(id), headers: { authorization: `Bearer ${keys.expired}` } }), [401, 'ordinary']],
    ['a key in another scheme', (id) => ({ body: event(id), headers: { authorization: '', 'x-api-key': keys.good } }), [401, 'ordinary']],
    [
      'another scheme’s letters',
      (id) => ({ body: event(`${id}-s`), headers: { authorization: `bearer  ${keys.good} ` } }),
      [200, 'ordinary'],
    ],
    ['no content type', (id) => ({ body: event(id), headers: { 'content-type': '' } }), [415, 'ordinary']],
    ['another content type', (id) => ({ body: event(id), headers: { 'content-type': 'text/plain' } }), [415, 'ordinary']],
    [
      'a content type in other letters',
      (id) => ({ body: event(`${id}-l`), headers: { 'content-type': 'Application/JSON' } }),
      [200, 'ordinary'],
    ],
    ['a body in chunks', (id) => ({ body: event(`${id}-k`), headers: { 'transfer-encoding': 'chunked' } }), [200, 'ordinary']],
    ['no body', () => ({ body: '' }), [400, 'ordinary']],
    ['a body over the limit', () => ({ body: ' '.repeat(5_000_001) }), [413, 'ordinary']],
    ['a query', (id) => ({ body: event(`${id}-q`), path: `${PATH}?a=1` }), [200, 'ordinary']],
    ['another method', (id) => ({ body: event(id), method: 'PUT' }), [405, 'ordinary']],
  ])('tells %s the same as the ordinary one', (_name, make, expected) => compare(make, expected));

  it('measures its requests with the others', async () => {
    const name = 'http_request_duration_seconds_count{method="POST",route="/platform/v1/events",status="200"}';
    const before = await metric(name);
    await send({ body: event('measured') });
    await send({ body: event('measured'), headers: ORDINARY });
    await until(async () => (await metric(name)) - before >= 2);
    expect((await metric(name)) - before).toBe(2);
  });

  it('refuses in the same words when too many events wait', async () => {
    const runner = ingest.owner.createQueryRunner();
    await runner.startTransaction();
    await runner.query('LOCK TABLE event_identity IN ACCESS EXCLUSIVE MODE');
    const batch = `[${Array.from({ length: QUEUE_EVENTS }, (_, n) => event(`waiting-${n}`)).join(',')}]`;
    const waiting = send({ body: batch });
    await until(async () => (await metric('ingest_queued_events')) >= QUEUE_EVENTS);
    await compare((id) => ({ body: event(id) }), [503, 'fast']);
    await runner.rollbackTransaction();
    await runner.release();
    expect((await waiting).status).toBe(200);
  });

  it('tells a fault of ours the same, in the answer and in the log', async () => {
    await ingest.owner.query(
      'REVOKE INSERT ON event_identity FROM tallymark_ingest; REVOKE EXECUTE ON FUNCTION append_events FROM tallymark_ingest',
    );
    await compare((id) => ({ body: event(`${id}-fault`) }), [500, 'fast']);
    await ingest.owner.query(
      'GRANT INSERT ON event_identity TO tallymark_ingest; GRANT EXECUTE ON FUNCTION append_events TO tallymark_ingest',
    );
  });

  it('keeps what one organization sends apart from another’s', async () => {
    const other = await addApiKey(ingest.owner, await addOrganization(ingest.owner), { scopes: ['events:write'] });
    for (const verdict of ['stored', 'duplicate']) {
      const { body } = await send({ body: event('first'), headers: { authorization: `Bearer ${other}` } });
      expect(body).toContain(`"verdict":"${verdict}"`);
    }
  });
});

function event(id: string, more: object = {}): string {
  return JSON.stringify({ specversion: '1.0', id, source: '/t', type: 'call', subject: 'acme', data: { n: 1 }, ...more });
}

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 1_000 && !(await isSo()); attempt++) await new Promise((settle) => setTimeout(settle, 5));
}

function withHeaders(sent: Sent, headers: Readonly<Record<string, string>>): Sent {
  return { ...sent, headers: { ...sent.headers, ...headers } };
}

async function read(answer: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk as Buffer);
  return { status: answer.statusCode ?? 0, headers: answer.rawHeaders, body: Buffer.concat(chunks).toString('utf8') };
}

/** An answer without what must differ: the id of the request, the date, and the id of the event that was sent. */
function comparable({ status, headers, body }: Answer, id: string): Answer {
  const requestId = headers[headers.indexOf('x-request-id') + 1]!;
  const kept = headers.map((text, index) =>
    text === requestId && text !== 'caller-given-1' ? 'an id' : headers[index - 1] === 'Date' ? 'a date' : text,
  );
  return { status, headers: kept, body: body.replaceAll(requestId, 'an id').replaceAll(id, 'lane') };
}

/** The lines of each request, in order, without what must differ; entries, so that the order of members counts. */
function requestLines(lines: readonly string[]): object[][] {
  const byRequest = new Map<string, object[]>();
  let last = '';
  for (const line of lines) {
    const parsed = JSON.parse(line) as Record<string, unknown>;
    if (parsed['path'] === '/metrics') continue;
    const span = String(parsed['span_id']);
    if (span !== last) byRequest.set(span, []);
    last = span;
    const { time: _time, request_id: id, trace_id: trace, span_id: _span, duration_ms: duration, err, ...told } = parsed;
    const given = { id: id === 'caller-given-1' ? id : typeof id, trace: told['parent_span_id'] === undefined ? typeof trace : trace };
    byRequest
      .get(span)!
      .push({ members: Object.keys(parsed), ...given, duration: typeof duration, err: (err as Error | undefined)?.message, ...told });
  }
  return [...byRequest.values()];
}
