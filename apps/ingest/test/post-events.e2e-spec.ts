import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { addApiKey, addOrganization } from '@tallymark/testing';
import type { DataSource } from '@tallymark/persistence';
import { CloudEvent, HTTP } from 'cloudevents';
import { type IngestApp, startIngestApp } from './support/ingest-app.js';

const NOW = new Date('2026-11-21T12:00:00Z');

describe('POST /platform/v1/events', () => {
  let ingest: IngestApp;
  let owner: DataSource;
  let app: NestFastifyApplication;
  let key: string;
  let organizationId: string;

  beforeAll(async () => {
    ingest = await startIngestApp(NOW);
    ({ owner, app, key, organizationId } = ingest);
  });
  afterAll(async () => ingest.stop());

  const event = (id: string, more: object = {}): Record<string, unknown> => ({
    specversion: '1.0',
    id,
    source: '/t',
    type: 'api.request',
    subject: 'acme',
    data: { n: 1 },
    ...more,
  });
  const send = (payload: unknown, headers: Record<string, string> = {}, url = '/platform/v1/events') =>
    app.inject({
      method: 'POST',
      url,
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers },
      payload: typeof payload === 'string' || Buffer.isBuffer(payload) ? payload : JSON.stringify(payload),
    });
  const verdicts = async (payload: unknown, headers?: Record<string, string>): Promise<string[]> => {
    const response = await send(payload, headers);
    expect(response.statusCode).toBe(200);
    return response.json<{ results: { verdict: string }[] }>().results.map((result) => result.verdict);
  };
  const stored = async (id: string): Promise<{ data: unknown; subject: string }[]> =>
    owner.query('SELECT data, subject FROM event WHERE event_id = $1', [id]);

  it.each([
    ['application/json', false],
    ['application/json; charset=utf-8', true],
    ['application/cloudevents+json', false],
    ['application/cloudevents+json;charset=UTF-8', false],
    ['application/cloudevents-batch+json', true],
    ['Application/CloudEvents-Batch+JSON; x=y', true],
  ])('takes %s (batch: %s)', async (contentType, batch) => {
    const one = event(`type-${contentType}-${batch}`);
    expect(await verdicts(batch ? [one, one] : one, { 'content-type': contentType })).toEqual(batch ? ['stored', 'duplicate'] : ['stored']);
  });

  it('takes what the CloudEvents SDK sends, structured and binary', async () => {
    const sdkEvent = new CloudEvent({
      id: 'sdk',
      source: '/sdk',
      type: 'api.request',
      subject: 'acme',
      time: '2026-11-21T11:00:00.000Z',
      data: { n: 2 },
    });
    for (const [mode, verdict] of [
      ['structured', 'stored'],
      ['binary', 'duplicate'],
    ] as const) {
      const { headers, body } = HTTP[mode](sdkEvent);
      expect(await verdicts(String(body), headers as Record<string, string>)).toEqual([verdict]);
    }
  });

  it('reads gzip, and no other encoding', async () => {
    expect(await verdicts(gzipSync(JSON.stringify([event('zipped')])), { 'content-encoding': 'gzip' })).toEqual(['stored']);
    expect((await send('x', { 'content-encoding': 'br' })).statusCode).toBe(415);
    expect((await send('not gzip', { 'content-encoding': 'gzip' })).statusCode).toBe(400);
  });

  it('refuses a small body that unpacks to a huge one', async () => {
    const bomb = gzipSync(JSON.stringify(event('bomb', { data: { text: ' '.repeat(6_000_000) } })));
    expect(bomb.length).toBeLessThan(10_000);
    expect((await send(bomb, { 'content-encoding': 'gzip' })).statusCode).toBe(413);
  });

  it('tells the verdict of each event, and lets a bad one hurt none of its neighbours', async () => {
    await send(event('known'));
    const response = await send([
      event('new'),
      event('known'),
      event('known', { data: { n: 2 } }),
      event('future', { time: '2026-11-21T12:06:00Z' }),
      { ...event('x'), subject: '' },
      event('new-too'),
    ]);
    const { accepted, results } = response.json<{ accepted: number; results: Record<string, unknown>[] }>();
    expect([accepted, results.map((result) => result['verdict'])]).toEqual([
      3,
      ['stored', 'duplicate', 'conflict', 'rejected', 'rejected', 'stored'],
    ]);
    expect(results[2]).toMatchObject({ index: 2, id: 'known', differs: ['data'], code: 'conflict' });
    expect(results[3]).toMatchObject({ code: 'event_time_in_future', errors: [{ pointer: '/time' }] });
    expect(results[4]).toMatchObject({ code: 'invalid_event', errors: [{ pointer: '/subject' }] });
    expect(await stored('new-too')).toHaveLength(1);
  });

  it('answers a request of nothing but bad events with 400 and a pointer to each fault', async () => {
    const response = await send([
      { ...event('a'), id: 7 },
      { ...event('b'), specversion: '0.3' },
    ]);
    expect(response.statusCode).toBe(400);
    expect(response.headers['content-type']).toBe('application/problem+json');
    expect(response.json()).toMatchObject({ code: 'invalid_event', errors: [{ pointer: '/0/id' }, { pointer: '/1/specversion' }] });
  });

  it.each<[string, string, number]>([
    ['an empty body', '', 400],
    ['no JSON', '{"id":', 400],
    ['an empty array', '[]', 400],
    ['a string', '"x"', 400],
    ['more than 1,000 events', JSON.stringify(Array.from({ length: 1_001 }, (_, n) => n)), 413],
    ['more than 5 MB', JSON.stringify({ text: 'x'.repeat(5_000_001) }), 413],
  ])('refuses %s', async (_name, body, status) => {
    const response = await send(body);
    expect(response.statusCode).toBe(status);
    expect(response.headers['content-type']).toBe('application/problem+json');
  });

  it.each(['text/plain', 'application/xml', 'application/json; charset=latin1', 'application/cloudevents+xml'])(
    'refuses the content type %s',
    async (contentType) => {
      const response = await send(event('typed'), { 'content-type': contentType });
      expect([response.statusCode, response.json<{ detail: string }>().detail]).toEqual([
        415,
        expect.stringContaining(JSON.stringify(contentType)),
      ]);
    },
  );

  it('keeps numbers to the last digit', async () => {
    await send(
      '{"specversion":"1.0","id":"big","source":"/t","type":"t","subject":"acme","data":{"n":9007199254740993,"m":0.12345678901234567890,"e":1e40}}',
    );
    const rows: { n: string; m: string; e: string }[] = await owner.query(
      `SELECT data ->> 'n' AS n, data ->> 'm' AS m, data ->> 'e' AS e FROM event WHERE event_id = 'big'`,
    );
    expect(rows).toEqual([{ n: '9007199254740993', m: '0.12345678901234567890', e: '10000000000000000000000000000000000000000' }]);
  });

  it('counts an event once that comes a thousand times at once', async () => {
    const responses = await Promise.all(Array.from({ length: 1_000 }, () => send(event('flood'))));
    const counts = responses.flatMap((response) =>
      response.json<{ results: { verdict: string }[] }>().results.map((result) => result.verdict),
    );
    expect(counts.filter((verdict) => verdict === 'stored')).toHaveLength(1);
    expect(counts.filter((verdict) => verdict === 'duplicate')).toHaveLength(999);
    expect(await stored('flood')).toHaveLength(1);
  });

  it('keeps the identity of one organization apart from another’s', async () => {
    const other = await addApiKey(owner, await addOrganization(owner));
    await send(event('shared'));
    expect(await verdicts(event('shared'), { authorization: `Bearer ${other}` })).toEqual(['stored']);
  });

  it.each<[string, () => Promise<string> | string, number]>([
    ['no key', () => '', 401],
    ['a key that is malformed', () => 'Bearer tm_live_nope', 401],
    ['an unknown key', async () => `Bearer ${await addApiKey(owner, organizationId, { revokedAt: NOW })}`, 401],
    ['a key without the scope', async () => `Bearer ${await addApiKey(owner, organizationId, { scopes: ['usage:read'] })}`, 403],
  ])('refuses %s', async (_name, authorization, status) => {
    expect((await send(event('unauthorized'), { authorization: await authorization() })).statusCode).toBe(status);
    expect(await stored('unauthorized')).toEqual([]);
  });

  it('records what it rejected, with the reason, for the sender to find', async () => {
    const rows: unknown[] = await owner.query(
      `SELECT verdict, code, details -> 0 ->> 'pointer' AS pointer FROM event_refusal WHERE event_id = 'future'`,
    );
    expect(rows).toEqual([{ verdict: 'rejected', code: 'event_time_in_future', pointer: '/time' }]);
  });

  it('counts events by verdict and shows its pool on /metrics', async () => {
    await send([event('metered'), event('metered'), event('metered', { type: 'x' }), event('')]);
    const { body } = await app.inject({ method: 'GET', url: '/metrics' });
    for (const verdict of ['stored', 'duplicate', 'conflict', 'rejected'])
      expect(body).toMatch(new RegExp(`ingest_events_total\\{verdict="${verdict}"\\} [1-9]`));
    expect(body).toMatch(/database_pool_connections\{state="idle"\} [1-9]/);
  });

  describe('POST /api/v1/events', () => {
    const openMeter = (payload: unknown) => send(payload, { 'content-type': 'application/cloudevents-batch+json' }, '/api/v1/events');

    it('answers 204 with no body, also to duplicates', async () => {
      const { specversion: _, ...withoutVersion } = event('om');
      for (const _round of [1, 2]) {
        const response = await openMeter([withoutVersion]);
        expect([response.statusCode, response.body]).toEqual([204, '']);
      }
      expect(await stored('om')).toHaveLength(1);
    });

    it('keeps nothing of a request that holds an invalid event', async () => {
      const response = await openMeter([event('om-good'), { ...event('om-bad'), data: 'text' }]);
      expect(response.statusCode).toBe(400);
      expect(response.headers['content-type']).toBe('application/problem+json');
      expect(response.json()).toMatchObject({
        type: 'about:blank',
        title: 'Bad Request',
        status: 400,
        extensions: { validationErrors: [{ field: '/1/data' }] },
      });
      expect(await stored('om-good')).toEqual([]);
    });
  });
});
