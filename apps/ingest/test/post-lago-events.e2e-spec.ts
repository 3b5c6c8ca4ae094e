import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { DataSource } from '@tallymark/persistence';
import { addApiKey } from '@tallymark/testing';
import { type IngestApp, startIngestApp } from './support/ingest-app.js';

const NOW = new Date('2026-11-21T12:00:00Z');
const TIMESTAMP = NOW.getTime() / 1_000 - 60;
const ONE = '/api/v1/events';
const BATCH = '/api/v1/events/batch';

describe('events in Lago’s dialect', () => {
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
    transaction_id: id,
    external_subscription_id: 'sub-1',
    code: 'tokens',
    timestamp: TIMESTAMP,
    properties: { tokens: '12' },
    ...more,
  });
  const send = async (
    url: string,
    payload: unknown,
    headers: Record<string, string> = {},
  ): Promise<{ status: number; type: unknown; body: unknown }> => {
    const response = await app.inject({
      method: 'POST',
      url,
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers },
      payload: typeof payload === 'string' || Buffer.isBuffer(payload) ? payload : JSON.stringify(payload),
    });
    return { status: response.statusCode, type: response.headers['content-type'], body: response.body === '' ? '' : response.json() };
  };
  const stored = async (id: string): Promise<unknown[]> =>
    owner.query('SELECT subject, source, type, data FROM event WHERE event_id = $1 AND organization_id = $2 ORDER BY subject', [
      id,
      organizationId,
    ]);

  it('keeps one event: the code is its type, the subscription its subject', async () => {
    const { status, body } = await send(ONE, { event: event('one') });
    expect(status).toBe(200);
    expect(body).toEqual({
      event: {
        lago_id: null,
        transaction_id: 'one',
        lago_customer_id: null,
        code: 'tokens',
        timestamp: '2026-11-21T11:59:00.000Z',
        precise_total_amount_cents: null,
        properties: { tokens: '12' },
        lago_subscription_id: null,
        external_subscription_id: 'sub-1',
        created_at: '2026-11-21T12:00:00.000Z',
      },
    });
    expect(await stored('one')).toEqual([{ subject: 'sub-1', source: 'lago', type: 'tokens', data: { tokens: '12' } }]);
  });

  it.each([
    ['the same again', {}],
    ['the same transaction with other content', { code: 'other' }],
  ])('refuses %s as Lago on PostgreSQL does', async (name, more) => {
    await send(ONE, { event: event(name) });
    expect(await send(ONE, { event: event(name, more) })).toMatchObject({
      status: 422,
      body: {
        status: 422,
        error: 'Unprocessable Entity',
        code: 'validation_errors',
        error_details: { transaction_id: ['value_already_exist'] },
      },
    });
    expect(await stored(name)).toHaveLength(1);
  });

  it('takes one transaction id of another subscription for another event', async () => {
    await send(ONE, { event: event('shared') });
    expect((await send(ONE, { event: event('shared', { external_subscription_id: 'sub-2' }) })).status).toBe(200);
    expect(await stored('shared')).toHaveLength(2);
  });

  it('keeps a batch and answers it in order', async () => {
    const { status, body } = await send(BATCH, { events: [event('b1'), event('b2')] });
    expect([status, (body as { events: { transaction_id: string }[] }).events.map((one) => one.transaction_id)]).toEqual([
      200,
      ['b1', 'b2'],
    ]);
    expect([await stored('b1'), await stored('b2')].flat()).toHaveLength(2);
  });

  it.each<[string, () => unknown, object]>([
    ['an invalid event', () => [event('bad-1'), event('bad-2', { code: '' })], { '1': { code: ['value_is_mandatory'] } }],
    ['an event twice', () => [event('bad-1'), event('bad-1')], { '1': { transaction_id: ['value_already_exist'] } }],
    ['no events', () => [], { events: ['no_events'] }],
    ['101 events', () => Array.from({ length: 101 }, (_, n) => event(`bad-${n}`)), { events: ['too_many_events'] }],
    ['something else than events', () => undefined, { events: ['no_events'] }],
  ])('keeps nothing of a batch of %s', async (_name, events, errorDetails) => {
    const answer = await send(BATCH, { events: events() });
    expect(answer).toMatchObject({ status: 422, body: { status: 422, code: 'validation_errors', error_details: errorDetails } });
    expect(await stored('bad-1')).toEqual([]);
  });

  it('names the events of a batch that were kept before; the others are kept', async () => {
    await send(ONE, { event: event('known') });
    expect(await send(BATCH, { events: [event('fresh'), event('known')] })).toMatchObject({
      status: 422,
      body: { error_details: { '1': { transaction_id: ['value_already_exist'] } } },
    });
    expect(await stored('fresh')).toHaveLength(1);
  });

  it('keeps numbers to the last digit, and reads gzip', async () => {
    const text = JSON.stringify({ event: event('digits') }).replace('"12"', '9007199254740993');
    expect((await send(ONE, gzipSync(text), { 'content-encoding': 'gzip' })).status).toBe(200);
    const rows: unknown[] = await owner.query(`SELECT data ->> 'tokens' AS tokens FROM event WHERE event_id = 'digits'`);
    expect(rows).toEqual([{ tokens: '9007199254740993' }]);
  });

  it('masks the secrets of recorded requests before they are kept or answered', async () => {
    const canary = 'canary-77d0c1';
    const { status, body } = await send(ONE, {
      event: event('secret', { code: 'api.request', properties: { request: { body: { password: canary } } } }),
    });
    expect([status, JSON.stringify(body).includes(canary)]).toEqual([200, false]);
    expect(JSON.stringify(await stored('secret'))).not.toContain(canary);
  });

  it('is documented, by references that lead somewhere', async () => {
    const document: object = (await app.inject({ method: 'GET', url: '/openapi.json' })).json();
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, path = '']) => path.split('/'));
    const target = (path: readonly string[]): unknown =>
      path.reduce<unknown>((found, name) => (found as Record<string, unknown> | undefined)?.[name], document);
    expect(references.filter((path) => target(path) === undefined)).toEqual([]);
    expect(target(['paths', BATCH, 'post', 'responses', '200'])).toBeDefined();
  });

  describe('errors speak the dialect of the body', () => {
    const lago = (status: number, error: string, code?: string): object => ({ status, error, ...(code === undefined ? {} : { code }) });
    const bearer = async (scopes: readonly ('usage:read' | 'events:write')[], customerId?: string): Promise<Record<string, string>> => ({
      authorization: `Bearer ${await addApiKey(owner, organizationId, { scopes: [...scopes], ...(customerId === undefined ? {} : { customerId }) })}`,
    });

    it.each([ONE, BATCH])('%s: credentials', async (url) => {
      const payload = url === ONE ? { event: event('refused') } : { events: [event('refused')] };
      const forbidden = { ...lago(403, 'Forbidden', 'write_action_not_allowed_for_event') };
      expect(await send(url, payload, { authorization: '' })).toMatchObject({ status: 401, body: lago(401, 'Unauthorized') });
      expect(await send(url, payload, { authorization: 'Bearer nope' })).toMatchObject({ status: 401, body: lago(401, 'Unauthorized') });
      expect(await send(url, payload, await bearer(['usage:read']))).toMatchObject({ status: 403, body: forbidden });
      expect(await stored('refused')).toEqual([]);
    });

    it.each<[string, string, string, Record<string, string>, object]>([
      ['no JSON', ONE, '{"event":{', {}, lago(400, 'Bad Request', 'invalid_parameters')],
      ['no JSON in a batch', BATCH, '{', {}, lago(400, 'Bad Request', 'invalid_parameters')],
      ['an ISO 8601 time', ONE, '{"event":{"transaction_id":"t","external_subscription_id":"s","code":"c","timestamp":"2026-11-21T11:00:00Z"}}', {}, { error_details: { timestamp: ['invalid_format'] } }], // prettier-ignore
      [
        'another content type',
        BATCH,
        '{}',
        { 'content-type': 'text/plain' },
        lago(415, 'Unsupported Media Type', 'unsupported_media_type'),
      ],
      ['a body too large', BATCH, ' '.repeat(5_000_001), {}, lago(413, 'Payload Too Large', 'payload_too_large')],
    ])('%s', async (_name, url, payload, headers, expected) => {
      const answer = await send(url, payload, headers);
      expect([answer.type, answer.body]).toEqual(['application/json; charset=utf-8', expect.objectContaining(expected)]);
    });

    it.each([
      ['a CloudEvent with an extension of that name', { event: 'x', specversion: '1.0' }],
      ['a batch of CloudEvents', [{ id: '' }]],
    ])('%s is OpenMeter’s', async (_name, payload) => {
      for (const headers of [{}, { authorization: '' }] as Record<string, string>[]) {
        expect((await send(ONE, payload, headers)).type).toBe('application/problem+json');
      }
    });
  });
});
