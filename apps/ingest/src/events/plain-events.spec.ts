import { describe, expect, it } from '@jest/globals';
import { DomainError, EVENT_LIMITS, type UsageEvent } from '@tallymark/domain';
import { EventEncoder, type EventRows } from '@tallymark/persistence';
import { renderEventsResponse } from '@tallymark/provider-contracts';
import fc from 'fast-check';
import { renderPlainAnswer } from './plain-answer.js';
import { encodePlainEvents } from './plain-events.js';
import { readEvents } from './read-events.js';

const ORGANIZATION = '0192d3a0-0000-7000-8000-000000000001';
const CHECKS = { receivedAt: new Date('2026-11-21T12:00:00Z'), oldest: new Date('2025-10-01T00:00:00Z') };
const TYPE = 'application/json';
const encoder = new EventEncoder();

function encode(body: Buffer, contentType = TYPE, redactedTypes: readonly string[] = []): EventRows | undefined {
  const encoding = { ...CHECKS, encoder, organizationId: ORGANIZATION, redactedTypes: new Set(redactedTypes) };
  return encodePlainEvents({ contentType, headers: {}, body }, encoding);
}

/** What the ordinary way makes of a body; undefined when anything in it is refused. */
function read(body: Buffer, contentType = TYPE): UsageEvent[] | undefined {
  try {
    const received = readEvents({ contentType, headers: {}, body: body.toString('utf8') }, CHECKS);
    return received.every(({ result }) => result.ok) ? received.flatMap(({ result }) => (result.ok ? [result.event] : [])) : undefined;
  } catch (error) {
    if (error instanceof DomainError) return undefined;
    throw error;
  }
}

function eventsOf(rows: EventRows): UsageEvent[] {
  return Array.from({ length: rows.count }, (_, index) => rows.eventAt(index));
}

const EVENT = { specversion: '1.0', id: 'e1', source: '/gateway', type: 'llm.completion', subject: 'acme' };
const bodyOf = (change: object): Buffer => Buffer.from(JSON.stringify({ ...EVENT, ...change }));
const withData = (data: string): Buffer => Buffer.from(JSON.stringify({ ...EVENT, data: 0 }).replace('"data":0', `"data":${data}`));

describe('a plain event', () => {
  it.each<[string, Buffer]>([
    ['no time and no data', bodyOf({})],
    ['null for what may be absent', bodyOf({ time: null, data: null, datacontenttype: null })],
    ['time to the second', bodyOf({ time: '2026-11-21T10:00:00Z' })],
    ['time to the millisecond', bodyOf({ time: '2026-11-21T10:00:00.120Z' })],
    ['time to the microsecond', bodyOf({ time: '2026-02-28T10:00:00.123456Z' })],
    ['the latest time', bodyOf({ time: '2026-11-21T12:05:00Z' })],
    ['the oldest time', bodyOf({ time: '2025-10-01T00:00:00Z' })],
    ['a day at a month’s end', bodyOf({ time: '2026-10-31T23:59:59.999Z' })],
    ['a content type', bodyOf({ datacontenttype: 'application/json' })],
    ['a source that is a URL', bodyOf({ source: 'https://acme.example/a' })],
    ['a source that is a URN', bodyOf({ source: 'urn:acme' })],
    [
      'attributes as long as may be',
      bodyOf({ id: 'i'.repeat(256), source: 's'.repeat(256), type: 't'.repeat(256), subject: 'u'.repeat(256) }),
    ],
    ['empty data', withData('{}')],
    ['data of every kind', withData('{"a":[1,-2.5,0,0.5,true,false,null,{}],"b":{"c":[]},"":"é漢🎉\u007f"}')],
    [
      'white space wherever it may be',
      Buffer.from(`\n ${withData('{ "a b" : [ 1 ,\t2 ] , "c" : " d " }').toString().replaceAll('","', '" ,\r\n "')} `),
    ],
    ['escapes that have no other form', withData('{"\\"":"\\\\ \\" \\n\\t\\r\\b\\f { } \\\\"}')],
    ['data as deep as may be', withData(`${'{"a":'.repeat(32)}1${'}'.repeat(32)}`)],
    ['names like prototypes', withData('{"__proto__":{"a":1},"constructor":1}')],
    ['numbers of fifteen characters', withData('{"a":123456789012345,"b":-1234567.123456}')],
  ])('may have %s, and is kept as the ordinary way keeps it', (_name, body) => {
    const rows = encode(body);
    expect(rows).toBeDefined();
    expect(eventsOf(rows!)).toEqual(read(body));
    expect(rows!.bytes).toEqual(encoder.encode(read(body)!.map((event) => ({ organizationId: ORGANIZATION, event }))).bytes);
  });

  it('is told whatever the order of its members', () => {
    const body = Buffer.from(
      '{"data":{"a":1},"subject":"s","time":"2026-11-21T10:00:00Z","type":"t","specversion":"1.0","source":"/","id":"i"}',
    );
    expect(eventsOf(encode(body)!)).toEqual(read(body));
  });

  it('comes alone or in a batch, as its content type says', () => {
    const [one, batch] = [bodyOf({}), Buffer.from(`[${String(bodyOf({}))}, ${String(bodyOf({ id: 'e2' }))}]`)];
    expect([one, batch].map((body) => encode(body)?.count)).toEqual([1, 2]);
    expect([one, batch].map((body) => encode(body, 'application/cloudevents+json')?.count)).toEqual([1, undefined]);
    expect([one, batch].map((body) => encode(body, 'application/cloudevents-batch+json')?.count)).toEqual([undefined, 2]);
    expect([one, batch].map((body) => encode(body, 'text/plain'))).toEqual([undefined, undefined]);
  });
});

describe('left to the ordinary way', () => {
  it.each<[string, Buffer]>([
    ...['1.0', '1.50', '0.00000025', '-0.0000009', '-0', '0.0', '1E2', '0.1e1', '1234567890123456', '01', '.5', '1.', '+1', '-', 'NaN'].map(
      (number): [string, Buffer] => [`the number ${number}`, withData(`{"a":${number}}`)],
    ),
    ...['\\u0000', '\\ud800', '\\u0061', '\\/', '\\x', '\n', '\0'].map((text): [string, Buffer] => [
      `the text ${JSON.stringify(text)}`,
      withData(`{"a":"${text}"}`),
    ]),
    ...[
      '{"a":1,}',
      '{,}',
      '{"a"}',
      '{"a":}',
      '{"a" 1}',
      '{1:1}',
      '[1]',
      '"a"',
      '1',
      'true',
      '{"a":[1,]}',
      '{"a":[1 2]}',
      '{"a":tru}',
      '{"a":1',
      '{"10":1,"9":1}',
      '{"a":{"1":1}}',
    ].map((data): [string, Buffer] => [`the data ${data}`, withData(data)]),
    ['data too deep', withData(`${'{"a":'.repeat(33)}1${'}'.repeat(33)}`)],
    ['data too large', withData(`{"a":"${'x'.repeat(EVENT_LIMITS.dataBytes)}"}`)],
    ['text that is no UTF-8', Buffer.concat([Buffer.from('{"a":"'), Buffer.from([0xc3, 0x28]), Buffer.from('"}')])],
    ['a byte order mark', Buffer.from(`\uFEFF${String(bodyOf({}))}`)],
    ['a member twice', Buffer.from(String(bodyOf({})).replace('{', '{"id":"first",'))],
    ['a member in upper case', bodyOf({ Subject: 'x' })],
    ['an extension', bodyOf({ traceparent: '00' })],
    ['a prototype', Buffer.from(String(bodyOf({})).replace('{', '{"__proto__":{},'))],
    ['binary data', bodyOf({ data_base64: 'AA==' })],
    ['another content type of data', bodyOf({ datacontenttype: 'application/vnd.a+json' })],
    ['another version', bodyOf({ specversion: '0.3' })],
    ['no version', bodyOf({ specversion: undefined })],
    ['no subject', bodyOf({ subject: undefined })],
    ['an empty id', bodyOf({ id: '' })],
    ['an id too long', bodyOf({ id: 'x'.repeat(257) })],
    ['an id beyond ASCII', bodyOf({ id: 'é' })],
    ['an escape in an id', bodyOf({ id: 'a"b' })],
    ['a source that is no URI reference', bodyOf({ source: 'a b' })],
    ['a source with a colon in its first segment', bodyOf({ source: '1:a' })],
    ['a source of a scheme alone', bodyOf({ source: 'urn:' })],
    ...[
      '2026-11-21T10:00:00+01:00',
      '2026-11-21t10:00:00Z',
      '2026-11-21T10:00:00.1234567Z',
      '2026-11-21T10:00:00.1Z',
      '2026-11-21T24:00:00Z',
      '2026-11-21T10:60:00Z',
      '2026-06-30T23:59:60Z',
      '2026-02-29T10:00:00Z',
      '2026-00-10T10:00:00Z',
      '2026-13-10T10:00:00Z',
      '2026-11-21T12:05:00.001Z',
      '2025-09-30T23:59:59.999Z',
      '0001-01-01T00:00:00Z',
      '2026-11-21 10:00:00Z',
      '2026/11/21T10:00:00Z',
      '',
    ].map((time): [string, Buffer] => [`the time ${time}`, bodyOf({ time })]),
    ['a time that is a number', bodyOf({ time: 1 })],
    ['an empty batch', Buffer.from('[]')],
    ['more events than a request may hold', Buffer.from(JSON.stringify(Array.from({ length: 1_001 }, () => EVENT)))],
    ['a comma too many', Buffer.from(`[${String(bodyOf({}))},]`)],
    ['something behind the end', Buffer.from(`${String(bodyOf({}))}x`)],
    ['nothing', Buffer.from('')],
    ['a text', Buffer.from('"{}"')],
  ])('is %s', (_name, body) => {
    expect(encode(body)).toBeUndefined();
  });

  it('is an event of a type whose secrets are masked, and every request it is in', () => {
    const body = Buffer.from(`[${String(bodyOf({}))},${String(bodyOf({ type: 'api.request' }))}]`);
    expect(encode(body)?.count).toBe(2);
    expect(encode(body, TYPE, ['api.request'])).toBeUndefined();
  });

  it('leaves nothing behind for the next request', () => {
    expect(encode(Buffer.from(`[${String(bodyOf({}))},1]`))).toBeUndefined();
    expect(encode(bodyOf({ id: 'e2' }))!.count).toBe(1);
  });
});

/** Mostly plain, so that a single exception decides. */
const mostly = <T, U>(plain: fc.Arbitrary<T>, other: fc.Arbitrary<U>): fc.Arbitrary<T | U> =>
  fc.oneof({ weight: 40, arbitrary: plain }, { weight: 1, arbitrary: other });
const text = mostly(fc.string({ maxLength: 6 }), fc.string({ unit: 'grapheme', maxLength: 6 }));
const attribute = mostly(fc.stringMatching(/^[a-zA-Z0-9/_.-]{1,12}$/), fc.string({ maxLength: 5 }));
const times = fc.date({ noInvalidDate: true, min: CHECKS.oldest, max: CHECKS.receivedAt }).map((date) => date.toISOString());
const time = mostly(times, fc.constantFrom(null, 1, '2026-11-21T10:00:00Z', '2026-11-21T10:00:00.123456Z', '2026-11-31T00:00:00Z'));
const cents = fc.integer({ min: -99_999, max: 99_999 }).map((value) => value / 100);
const number = mostly(cents, fc.oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true })));
const data = mostly(fc.dictionary(text, fc.oneof(number, text, fc.boolean()), { maxKeys: 4 }), fc.jsonValue());
const someEvent = fc.record(
  { specversion: fc.constant('1.0'), id: attribute, source: attribute, type: attribute, subject: attribute, time, data },
  { requiredKeys: ['specversion', 'id', 'source', 'type', 'subject'] },
);
const body = fc
  .record({ events: fc.array(someEvent, { minLength: 1, maxLength: 3 }), indent: fc.constantFrom('', '', ' ', '\t') })
  .map(({ events, indent }) => Buffer.from(JSON.stringify(events, null, indent)));
const mutation = fc.record({ kind: fc.constantFrom('flip', 'insert', 'delete', 'repeat'), place: fc.nat(), byte: fc.nat({ max: 255 }) });

function mutate(bytes: Buffer, { kind, place, byte }: { readonly kind: string; readonly place: number; readonly byte: number }): Buffer {
  const at = place % (bytes.length + 1);
  const [head, tail] = [bytes.subarray(0, at), bytes.subarray(at)];
  if (kind === 'flip') return Buffer.concat([head, Buffer.from([byte]), tail.subarray(1)]);
  if (kind === 'insert') return Buffer.concat([head, Buffer.from([byte]), tail]);
  return kind === 'delete' ? Buffer.concat([head, tail.subarray(1)]) : Buffer.concat([head, tail.subarray(0, byte), tail]);
}

/** Members that come twice are kept as the last; PostgreSQL does the same, so that both texts make the same jsonb. */
function withoutRepeats(event: UsageEvent): UsageEvent {
  return event.dataJson === null ? event : { ...event, dataJson: JSON.stringify(JSON.parse(event.dataJson)) };
}

describe('both ways', () => {
  const compare = (bytes: Buffer): boolean => {
    const rows = encode(bytes);
    if (rows === undefined) return false;
    expect(eventsOf(rows).map(withoutRepeats)).toEqual(read(bytes));
    return true;
  };

  it('keep the same events', () => {
    let plain = 0;
    fc.assert(
      fc.property(body, (bytes) => {
        if (compare(bytes)) plain += 1;
      }),
      { numRuns: 1_000 },
    );
    // About one in twenty.
    expect(plain).toBeGreaterThan(100);
  });

  it('agree on bodies with a byte too many, too few or another', () => {
    let plain = 0;
    fc.assert(
      fc.property(body, fc.array(mutation, { minLength: 1, maxLength: 2 }), (bytes, mutations) => {
        if (compare(mutations.reduce(mutate, bytes))) plain += 1;
      }),
      { numRuns: 5_000 },
    );
    expect(plain).toBeGreaterThan(200);
  });

  it('answer the same', () => {
    fc.assert(
      fc.property(body, fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }), (bytes, known) => {
        const rows = encode(bytes);
        fc.pre(rows !== undefined);
        const results = eventsOf(rows).map((_, index) => ({
          verdict: known[index] === true ? ('duplicate' as const) : ('stored' as const),
          differs: [],
        }));
        const outcomes = eventsOf(rows).map(({ id, source, subject }, index) => ({
          index,
          id,
          source,
          subject,
          verdict: results[index]!.verdict,
        }));
        expect(renderPlainAnswer(rows, results).toString()).toBe(JSON.stringify(renderEventsResponse(outcomes)));
      }),
    );
  });

  it('answer the same to as many events as a request may hold', () => {
    const rows = encode(Buffer.from(JSON.stringify(Array.from({ length: 1_000 }, (_, index) => ({ ...EVENT, id: `e${index}` })))))!;
    const outcomes = eventsOf(rows).map(({ id, source, subject }, index) => ({ index, id, source, subject, verdict: 'stored' as const }));
    expect(
      renderPlainAnswer(
        rows,
        outcomes.map(() => ({ verdict: 'stored', differs: [] })),
      ).toString(),
    ).toBe(JSON.stringify(renderEventsResponse(outcomes)));
  });
});
