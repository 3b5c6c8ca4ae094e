import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { z } from 'zod';
import { parseCloudEvent } from './parse-event.js';
import { cloudEventSchema } from './schema.js';

// No bound of time, since the schema knows no clock.
const OPTIONS = { receivedAt: new Date('9999-12-31T23:50:00Z'), oldest: new Date('0001-01-01T00:00:00Z') };

const characters = fc.constantFrom(
  'a',
  'Z',
  '0',
  '-',
  ' ',
  '/',
  ':',
  '?',
  '#',
  '%',
  '%20',
  '[',
  '"',
  'é',
  '😀',
  '\ud800',
  '\udc00',
  '\u0000',
  '\n',
  '\u007f',
  '\ufdd0',
  '\uffff',
);
const texts = fc.array(characters, { maxLength: 6 }).map((parts) => parts.join(''));
const lengths = fc.constantFrom(0, 1, 256, 257).map((length) => 'x'.repeat(length));
const anything = fc.oneof(
  texts,
  lengths,
  fc.constant(null),
  fc.integer(),
  fc.double(),
  fc.boolean(),
  fc.constant([]),
  fc.constant({}),
  fc.constant(undefined),
);
const deep = fc.integer({ min: 30, max: 34 }).map((depth) => JSON.parse(`${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`) as unknown);
const json = fc.jsonValue({ maxDepth: 4 });
const times = fc.oneof(
  fc
    .date({ noInvalidDate: true, min: new Date('0001-01-02T00:00:00Z'), max: new Date('9999-12-30T00:00:00Z') })
    .map((date) => date.toISOString()),
  fc.constantFrom(
    '2026-02-29T00:00:00Z',
    '2026-02-28T24:00:00Z',
    '2026-02-28t10:00:00z',
    '2026-02-28T10:00:00+05:45',
    '2026-02-28 10:00:00Z',
    '2016-12-31T23:59:60Z',
  ),
);
/** Mostly right, so that a single fault decides. */
const mostly = (right: fc.Arbitrary<unknown>) => fc.oneof({ weight: 12, arbitrary: right }, { weight: 1, arbitrary: anything });

const events = fc
  .record({
    id: mostly(fc.string({ minLength: 1 })),
    source: mostly(fc.webUrl({ withFragments: true, withQueryParameters: true })),
    specversion: mostly(fc.constant('1.0')),
    type: mostly(fc.constant('t')),
    subject: mostly(texts.filter((text) => text !== '')),
    time: mostly(fc.option(times)),
    datacontenttype: mostly(fc.constantFrom('application/json', 'application/json;charset=utf-8', 'a/b+json', null, undefined)),
    dataschema: mostly(fc.constantFrom('https://a.example/x', 'urn:a:b', null, undefined)),
    data: mostly(fc.oneof(fc.dictionary(texts, json), deep, fc.constant(null), fc.constant(undefined))),
    data_base64: mostly(fc.constant(undefined)),
    // zod drops a member named __proto__ before it looks; the parser refuses it.
    others: fc.dictionary(
      fc.constantFrom('ext', 'ext1', 'Ext', 'a_b', 'constructor', ''),
      fc.constantFrom('x', '', 1, 1.5, 2 ** 31, true, null, [], {}),
      { maxKeys: 2 },
    ),
  })
  // Through JSON, as events come: no undefined, no -0, own members alone.
  .map(({ others, ...event }) => JSON.parse(JSON.stringify({ ...event, ...others })) as Record<string, unknown>);

describe('cloudEventSchema', () => {
  it('accepts what the hand-written parser accepts, and refuses what it refuses', () => {
    fc.assert(
      fc.property(fc.oneof({ weight: 20, arbitrary: events as fc.Arbitrary<unknown> }, { weight: 1, arbitrary: json }), (value) => {
        const data = typeof value === 'object' && value !== null && 'data' in value ? value.data : undefined;
        const parsed = parseCloudEvent(value, data === undefined ? null : JSON.stringify(data), OPTIONS);
        const checked = cloudEventSchema.safeParse(value);
        expect({ value, ok: parsed.ok, errors: parsed.ok ? [] : parsed.errors }).toEqual({
          value,
          ok: checked.success,
          errors: parsed.ok ? [] : parsed.errors,
        });
      }),
      { numRuns: 1_000 },
    );
  });

  it('has examples that are valid', () => {
    for (const example of (z.globalRegistry.get(cloudEventSchema)?.examples ?? []) as unknown[])
      expect(cloudEventSchema.parse(example)).toEqual(example);
  });

  it('becomes a JSON schema that keeps lengths, patterns and formats', () => {
    const schema = z.toJSONSchema(cloudEventSchema).$defs?.['CloudEvent'] ?? {};
    expect(schema.required).toEqual(['id', 'source', 'specversion', 'type', 'subject']);
    expect(schema.properties?.['id']).toMatchObject({ type: 'string', minLength: 1, maxLength: 256 });
    expect(schema.properties?.['time']).toMatchObject({ format: 'date-time' });
  });
});
