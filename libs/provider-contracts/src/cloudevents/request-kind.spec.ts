import { describe, expect, it } from '@jest/globals';
import { parseMediaType } from './media-type.js';
import { eventRequestKind, unsupportedContentType } from './request-kind.js';

describe('parseMediaType', () => {
  it.each([
    ['application/json', 'application', 'json', {}],
    [' Application/JSON ; Charset="utf-8" ;; q=1', 'application', 'json', { charset: 'utf-8', q: '1' }],
    ['application/vnd.a+json;v="a\\"b;c"', 'application', 'vnd.a+json', { v: 'a"b;c' }],
    ['text/plain;', 'text', 'plain', {}],
  ])('%s', (text, type, subtype, parameters) => {
    const mediaType = parseMediaType(text);
    expect({ ...mediaType, parameters: Object.fromEntries(mediaType?.parameters ?? []) }).toEqual({ type, subtype, parameters });
  });

  it.each([
    '',
    'json',
    'application/',
    '/json',
    'application/json charset=utf-8',
    'application/json;a',
    'application/json;a=1;A=2',
    'a/b, c/d',
    'application/json;a="x',
  ])('%j is none', (text) => {
    expect(parseMediaType(text)).toBeNull();
  });
});

describe('eventRequestKind', () => {
  it.each([
    ['application/cloudevents+json', false, 'single'],
    ['Application/CloudEvents+JSON; charset=UTF-8', false, 'single'],
    ['application/cloudevents+json', true, 'single'],
    ['application/cloudevents-batch+json;charset="utf-8"', false, 'batch'],
    ['application/json', false, 'single-or-batch'],
    ['application/json; charset=utf-8; profile=x', false, 'single-or-batch'],
    ['application/json', true, 'binary'],
    ['application/vnd.acme+json', true, 'binary'],
    [undefined, true, 'binary'],
    [undefined, false, 'unsupported'],
    ['', false, 'unsupported'],
    ['application/json; charset=utf-16', false, 'unsupported'],
    ['application/cloudevents+json; charset=latin1', false, 'unsupported'],
    ['application/cloudevents+avro', true, 'unsupported'],
    ['application/cloudevents-batch+avro', false, 'unsupported'],
    ['application/cloudevents', false, 'unsupported'],
    ['application/vnd.acme+json', false, 'unsupported'],
    ['application/x-www-form-urlencoded', false, 'unsupported'],
    ['text/json', false, 'unsupported'],
    ['application/xml', true, 'unsupported'],
    ['application/json, application/json', false, 'unsupported'],
  ] as const)('%j with event headers %j: %s', (contentType, hasEventHeaders, expected) => {
    expect(eventRequestKind(contentType, { hasEventHeaders })).toBe(expected);
  });

  it('says what came and what would do', () => {
    expect(unsupportedContentType('text/csv')).toBe(
      'content type is "text/csv"; expected application/cloudevents+json, application/cloudevents-batch+json, application/json, in UTF-8',
    );
    expect(unsupportedContentType(undefined)).toContain('content type is absent');
  });
});
