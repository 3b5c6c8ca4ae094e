import { describe, expect, it } from '@jest/globals';
import { EVENT_LIMITS } from '@tallymark/domain';
import { createCloudEventParser } from '@tallymark/provider-contracts';
import fc from 'fast-check';
import { buildEvent } from './build-event.js';
import { captureBody, captureResponse } from './capture-body.js';
import type { CapturedResponse, Exchange } from './exchange.js';

const NOW = new Date('2026-11-21T10:00:00Z');
const FRAME = { id: 'e1', source: '/t', maxBodyBytes: 32_768 };
const response = (body: string, contentType: string, contentEncoding?: string): CapturedResponse => ({
  contentType,
  contentEncoding,
  bytes: Buffer.byteLength(body),
  body: Buffer.from(body),
});

function exchange(change: Partial<Exchange>): Exchange {
  return {
    subject: 'acme',
    receivedAt: NOW,
    method: 'POST',
    url: '/v1/a?b=c',
    query: { b: 'c' },
    params: {},
    headers: {},
    body: undefined,
    status: 200,
    response: response('', ''),
    ...change,
  };
}

describe('a captured body', () => {
  const cycle: Record<string, unknown> = {};
  cycle['self'] = cycle;

  it.each<[string, unknown, unknown]>([
    ['nothing', undefined, {}],
    ['null', null, {}],
    ['a value', { a: [1, 'x', null], gone: undefined }, { a: [1, 'x', null] }],
    ['a date within', { at: NOW }, { at: '2026-11-21T10:00:00.000Z' }],
    ['text', 'a=b', 'a=b'],
    ['bytes', Buffer.from('abc'), '[binary: 3 bytes]'],
    ['a stream', { pipe: () => undefined }, '[stream]'],
    ['a cycle', cycle, '[no JSON]'],
    ['a big integer', { n: 1n }, '[no JSON]'],
    ['a function', () => undefined, '[no JSON]'],
    ['what is too long', 'é'.repeat(60), '[not captured: 122 bytes]'],
  ])('of %s', (_name, body, expected) => {
    expect(captureBody(body, 100)).toEqual(expected);
  });

  it.each<[string, CapturedResponse, unknown]>([
    ['JSON', response('{"a":1}', 'application/json; charset=utf-8'), { a: 1 }],
    ['a problem', response('{"a":1}', 'application/problem+json'), { a: 1 }],
    ['what says it is JSON', response('{"a":', 'application/json'), '{"a":'],
    ['a page', response('<p>', 'text/html'), '<p>'],
    ['a form', response('a=b', 'application/x-www-form-urlencoded'), 'a=b'],
    ['an image', response('abc', 'image/png'), '[binary: 3 bytes]'],
    ['no type', response('abc', ''), '[binary: 3 bytes]'],
    ['what is compressed', response('abc', 'application/json', 'br'), '[not captured: 3 bytes, br]'],
    ['what is too long', { ...response('abc', 'text/plain'), body: null }, '[not captured: 3 bytes]'],
    ['nothing', response('', 'application/json'), {}],
  ])('of an answer: %s', (_name, captured, expected) => {
    expect(captureResponse(captured)).toEqual(expected);
  });
});

describe('the event of a request', () => {
  it('is one that ingest takes, whatever was sent, and holds no more than ingest takes', () => {
    const parse = createCloudEventParser({ receivedAt: NOW, oldest: new Date(0) });
    const large = fc.string({ unit: 'grapheme', minLength: 0, maxLength: 30_000, size: 'max' });
    const members = fc.dictionary(fc.string(), fc.oneof(fc.jsonValue(), large), { maxKeys: 4 });
    fc.assert(
      fc.property(members, members, members, members, large, large, (body, query, params, headers, path, text) => {
        const event = JSON.parse(
          buildEvent(
            exchange({
              body,
              query,
              params,
              headers: headers as Record<string, string>,
              url: `/${path}`,
              response: response(text, 'text/plain'),
            }),
            FRAME,
          ),
        ) as { data: unknown };
        const dataJson = JSON.stringify(event.data);
        expect(Buffer.byteLength(dataJson)).toBeLessThanOrEqual(EVENT_LIMITS.dataBytes);
        const result = parse(event, dataJson);
        // NUL, half a surrogate pair and deep nesting are what ingest refuses of any event.
        const isRefused = !result.ok && result.errors.every(({ code }) => ['nul_character', 'lone_surrogate', 'too_deep'].includes(code));
        expect(result.ok || isRefused).toBe(true);
      }),
      { numRuns: 30 },
    );
  });

  it('holds no secret, wherever it was', () => {
    const secret = 'c4n4ry-0001-xyzXYZ';
    const text = buildEvent(
      exchange({
        url: `/v1/token=${secret}?password=${secret}`,
        query: { password: secret, list: [`token=${secret}`] },
        params: { apiKey: secret },
        headers: { authorization: `Bearer ${secret}`, cookie: `a=${secret}`, 'x-api-key': secret },
        body: { deep: [{ client_secret: { any: [secret] } }], json: JSON.stringify({ password: secret }) },
        response: response(JSON.stringify({ access_token: secret, form: `password=${encodeURIComponent(secret)}` }), 'application/json'),
      }),
      FRAME,
    );
    expect(text).not.toContain('c4n4ry');
    expect(text).not.toContain(encodeURIComponent('c4n4ry'));
  });
});
