import { Writable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { DataSource } from '@tallymark/persistence';
import { parseConfig } from '@tallymark/service-kit';
import { type TestDatabase, addApiKey, addOrganization, startTestDatabase } from '@tallymark/testing';
import { ingestConfig } from '../src/config.js';
import { createApp } from '../src/create-app.js';

const NOW = new Date('2026-11-21T12:00:00Z');
/** In every canary, so that one search finds any of them, whatever became of the rest. */
const BIRD = 'c4n4ry';
const TABLES = ['event', 'event_identity', 'event_refusal', 'ingest_commit', 'usage_bucket', 'usage_unique'];

const canary = (n: number): string => `${BIRD}${String(n).padStart(4, '0')}xQ`;
const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** What a recorder that redacts nothing would send. */
const DATA = {
  path: `/v1/reset?token=${canary(1)}&next=${encodeURIComponent(`https://x.example/?access_token=${canary(2)}`)}`,
  method: 'POST',
  request: {
    headers: {
      Authorization: `Bearer ${canary(3)}`,
      cookie: `sid=${canary(4)}`,
      'X-API-KEY': canary(5),
      'x-forwarded-authorization': [canary(6)],
    },
    query: { api_key: canary(7), 'api%5Fkey': canary(8) },
    params: { resetToken: canary(9) },
    body: {
      user: { password: canary(10), nested: [{ deeper: { client_secret: [canary(11), { any: canary(12) }] } }] },
      json: JSON.stringify({ refresh_token: canary(13), inner: JSON.stringify({ password: canary(14) }) }),
      form: `grant_type=password&password=${canary(15)}`,
      encoded: base64(JSON.stringify({ password: canary(16) })),
      pairs: [{ name: 'authorization', value: `Digest ${canary(17)}` }],
      list: ['cookie', `a=${canary(18)}`],
      key: `sk_live_${canary(19)}`,
      [`sk_live_${canary(20)}`]: 1,
      text: `curl -H "Authorization: Bearer ${canary(21)}" https://ann:${canary(22)}@x.example/`,
      card: '4111 1111 1111 1111',
    },
  },
  response: { session: { sessionId: canary(23) }, 'Set-Cookie': [`sid=${canary(24)}`] },
  status: 200,
  bytes: 512,
};
const LEAK = new RegExp(`${BIRD}|${BIRD.replace('4', '%34')}|4111 1111`, 'i');

describe('secrets in events', () => {
  let database: TestDatabase;
  let owner: DataSource;
  let app: NestFastifyApplication;
  let key: string;
  const lines: string[] = [];
  const answers: string[] = [];

  beforeAll(async () => {
    database = await startTestDatabase({ now: NOW });
    owner = await database.connect('owner');
    key = await addApiKey(owner, await addOrganization(owner), { scopes: ['events:write'] });
    const environment = { PORT: '0', DATABASE_URL: database.ingestUrl, TOKEN_SECRET: 'x'.repeat(32), LOG_LEVEL: 'trace' };
    const logDestination = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        lines.push(chunk.toString());
        done();
      },
    });
    app = await createApp(parseConfig(ingestConfig, environment), { clock: () => NOW, logDestination });
  });
  afterAll(async () => {
    await app.close();
    await database.stop();
  });

  const event = (id: string, more: object = {}): object => ({
    specversion: '1.0',
    id,
    source: '/t',
    type: 'api.request',
    subject: 'acme',
    data: DATA,
    ...more,
  });
  const send = async (payload: unknown, headers: Record<string, string> = {}, url = '/platform/v1/events') => {
    const response = await app.inject({
      method: 'POST',
      url,
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers },
      payload: typeof payload === 'string' || Buffer.isBuffer(payload) ? payload : JSON.stringify(payload),
    });
    answers.push(`${JSON.stringify(response.headers)} ${response.payload}`);
    return response;
  };
  const kept = async (): Promise<string> => {
    const rows = await Promise.all(TABLES.map(async (table): Promise<unknown> => owner.query(`SELECT t::text FROM ${table} t`)));
    return JSON.stringify(rows);
  };

  it('never reach the database, the logs or an answer, in whichever way an accepted event comes', async () => {
    expect((await send(event('one'))).statusCode).toBe(200);
    expect((await send([event('two'), event('three', { data: { ...DATA, n: 9_007_199_254_740_991 } })])).statusCode).toBe(200);
    expect((await send(gzipSync(JSON.stringify(event('zipped'))), { 'content-encoding': 'gzip' })).statusCode).toBe(200);
    const binary = { 'ce-specversion': '1.0', 'ce-id': 'binary', 'ce-source': '/t', 'ce-type': 'api.request', 'ce-subject': 'acme' };
    expect((await send(DATA, binary)).statusCode).toBe(200);
    expect((await send(event('openmeter'), { 'content-type': 'application/cloudevents+json' }, '/api/v1/events')).statusCode).toBe(204);
    expect(
      (
        await send(
          `{"specversion":"1.0","id":"long","source":"/t","type":"api.request","subject":"acme","data":{"bytes":9007199254740993,"request":{"headers":{"authorization":"Bearer ${canary(30)}"}}}}`,
        )
      ).statusCode,
    ).toBe(200);
    const [{ count }]: [{ count: string }] = await owner.query('SELECT count(*) FROM event');
    expect(count).toBe('7');
    expect(await kept()).not.toMatch(LEAK);
    expect(lines.join('')).not.toMatch(LEAK);
    expect(answers.join('')).not.toMatch(LEAK);
  });

  it('leave everything else as it was', async () => {
    const rows: { data: typeof DATA }[] = await owner.query(`SELECT data FROM event WHERE event_id = 'one'`);
    expect(rows[0]!.data).toMatchObject({
      method: 'POST',
      status: 200,
      bytes: 512,
      request: { headers: { Authorization: 'Bearer ****' }, query: { api_key: '****' } },
    });
    const long: unknown[] = await owner.query(`SELECT data ->> 'bytes' AS bytes FROM event WHERE event_id = 'long'`);
    expect(long).toEqual([{ bytes: '9007199254740993' }]);
  });

  it('make no other event of one that is sent again', async () => {
    const response = await send([event('one'), event('one', { data: { ...DATA, status: 500 } })]);
    expect(response.json<{ results: { verdict: string }[] }>().results.map(({ verdict }) => verdict)).toEqual(['duplicate', 'conflict']);
  });

  it.each<[string, unknown]>([
    ['data that are text', event('r1', { data: JSON.stringify(DATA) })],
    ['data that are a list', event('r2', { data: ['authorization', canary(31), 'x'.repeat(80)] })],
    [
      'data that are nested too deeply',
      `${JSON.stringify(event('r3', { data: {} })).slice(0, -3)}{"sk_live_${canary(32)}":${'['.repeat(40)}${']'.repeat(40)}}}`,
    ],
    ['a member that belongs into data', { ...event('r4'), request: DATA.request, authorization: [canary(33)], cookies: { a: canary(34) } }],
    ['no type', { ...event('r5'), type: undefined }],
    ['a time in the future', event('r6', { time: '2026-11-21T12:06:00Z' })],
    ['NUL in a secret', event('r7', { data: { password: `${canary(35)}\0` } })],
  ])('never reach the record of refused events: %s', async (_name, body) => {
    expect((await send(body)).statusCode).toBe(400);
    expect((await send(body, { 'content-type': 'application/cloudevents+json' }, '/api/v1/events')).statusCode).toBe(400);
    expect(await kept()).not.toMatch(LEAK);
    expect([lines.join(''), answers.join('')].join('')).not.toMatch(LEAK);
  });

  it.each([
    `{"data":{"password":"${canary(36)}" "b":1}}`,
    canary(37),
    `{"data": ${canary(38)}}`,
    `[{"n":12345678901234567890,"a":${canary(39)}}]`,
  ])('never reach the answer to what is no JSON: %s', async (body) => {
    const binary = { 'ce-specversion': '1.0', 'ce-id': 'b', 'ce-source': '/t', 'ce-type': 'api.request', 'ce-subject': 'acme' };
    expect([(await send(body)).statusCode, (await send(body, binary)).statusCode]).toEqual([400, 400]);
    expect([lines.join(''), answers.join(''), await kept()].join('')).not.toMatch(LEAK);
  });

  it('are masked in the types that the configuration names, and in no other', async () => {
    await send(event('not-a-request', { type: 'note.written', data: { token: 'as-it-came' } }));
    expect(await owner.query(`SELECT data FROM event WHERE event_id = 'not-a-request'`)).toEqual([{ data: { token: 'as-it-came' } }]);
    const read = (types?: string) =>
      parseConfig(ingestConfig, {
        PORT: '0',
        DATABASE_URL: database.ingestUrl,
        TOKEN_SECRET: 'x'.repeat(32),
        ...(types === undefined ? {} : { REDACTED_EVENT_TYPES: types }),
      }).REDACTED_EVENT_TYPES;
    expect([read(), read('a.b,c'), read('')].map((types) => [...types])).toEqual([['api.request'], ['a.b', 'c'], []]);
  });
});
