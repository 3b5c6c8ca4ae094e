import { describe, expect, it } from '@jest/globals';
import { eventErrorCode, parseCloudEvent } from './parse-event.js';
import type { CloudEventOptions } from './parse-event.js';

const OPTIONS: CloudEventOptions = { receivedAt: new Date('2026-11-21T10:00:00Z'), oldest: new Date('2025-10-01T00:00:00Z') };
const EVENT = { specversion: '1.0', id: 'evt-1', source: '/gateway', type: 'llm.completion', subject: 'acme-ai' };

/** Parses an event given as an object; `dataJson` is its data as written by JSON.stringify, unless given. */
function parse(change: Record<string, unknown>, dataJson?: string, options: CloudEventOptions = OPTIONS) {
  const value: Record<string, unknown> = { ...EVENT, ...change };
  return parseCloudEvent(value, dataJson ?? (value['data'] === undefined ? null : JSON.stringify(value['data'])), options);
}

/** `pointer code` of each error. */
function errorsOf(result: ReturnType<typeof parse>): string[] {
  return result.ok ? [] : result.errors.map((error) => `${String(error.pointer)} ${error.code}`);
}

describe('an accepted event', () => {
  it('keeps its attributes, its time in microseconds and its data to the digit', () => {
    const dataJson = '{"tokens": 9007199254740993.10}';
    const result = parse({ time: '2026-11-21T11:00:00.1234567+01:00', data: { tokens: 1 }, traceparent: '00-ab' }, dataJson);
    expect(result).toEqual({
      ok: true,
      event: { id: 'evt-1', source: '/gateway', type: 'llm.completion', subject: 'acme-ai', time: '2026-11-21T10:00:00.123456Z', dataJson },
    });
  });

  it.each([
    ['no data', {}],
    ['data null', { data: null }],
    ['no time', { time: null }],
    ['null for all that is optional', { time: null, data: null, datacontenttype: null, dataschema: null, data_base64: null, ext: null }],
    ['empty data', { data: {} }],
    ['JSON with a charset', { datacontenttype: 'application/json; charset=UTF-8' }],
    ['a +json type', { datacontenttype: 'application/vnd.acme.usage+json' }],
    ['a schema', { dataschema: 'https://acme.example/usage.json#v1' }],
    ['extensions of every type', { text: 'x', flag: true, sequence: -3, ext1: '' }],
    ['a source that is a URN', { source: 'urn:uuid:6e8bc430-9c3a-11d9-9669-0800200c9a66' }],
    ['a source with authority', { source: 'https://user@[2001:db8::1]:8443/a%20b?x=/#y' }],
    ['a bare source', { source: 'my-service' }],
    ['attributes at the limit', { id: 'x'.repeat(256), subject: 'ü'.repeat(256) }],
    ['characters beyond the BMP', { subject: 'kunde-😀' }],
    ['data with emoji, raw and escaped', { data: { note: '😀' } }],
    ['members named like prototypes', { data: JSON.parse('{"__proto__":{"a":1},"constructor":1}') as object }],
    ['a time at the edge of the future', { time: '2026-11-21T10:05:00Z' }],
    ['a time at the edge of history', { time: '2025-10-01T00:00:00Z' }],
  ])('may have %s', (_name, change) => {
    expect(errorsOf(parse(change))).toEqual([]);
  });

  it('may lack specversion where the dialect defaults it', () => {
    const options = { ...OPTIONS, specversion: 'optional' } as const;
    expect(errorsOf(parse({ specversion: undefined }, undefined, options))).toEqual([]);
    expect(errorsOf(parse({ specversion: '0.3' }, undefined, options))).toEqual(['/specversion unsupported']);
  });
});

describe('a refused event', () => {
  it.each([
    [{ id: undefined }, ['/id required']],
    [{ id: '' }, ['/id required']],
    [{ id: null }, ['/id required']],
    [{ id: 7 }, ['/id invalid_type']],
    [{ id: 'x'.repeat(257) }, ['/id too_long']],
    [{ id: 'a\u0000' }, ['/id invalid_characters']],
    [{ subject: 'a\nb' }, ['/subject invalid_characters']],
    [{ subject: 'a\u0085b' }, ['/subject invalid_characters']],
    [{ subject: '\ud83d' }, ['/subject invalid_characters']],
    [{ subject: 'a\uffff' }, ['/subject invalid_characters']],
    [{ type: undefined }, ['/type required']],
    [{ source: 'my service' }, ['/source invalid_format']],
    [{ source: '1st:party' }, ['/source invalid_format']],
    [{ source: '/a%2' }, ['/source invalid_format']],
    [{ source: '/käse' }, ['/source invalid_format']],
    [{ source: '/a#b#c' }, ['/source invalid_format']],
    [{ specversion: undefined }, ['/specversion required']],
    [{ specversion: 1 }, ['/specversion unsupported']],
    [{ specversion: '1.0.2' }, ['/specversion unsupported']],
    [{ time: 'yesterday' }, ['/time invalid_format']],
    [{ time: '2026-11-21T10:00:00' }, ['/time invalid_format']],
    [{ time: 1_795_000_000 }, ['/time invalid_type']],
    [{ time: '2026-11-21T10:05:00.000001Z' }, ['/time event_time_in_future']],
    [{ time: '2025-09-30T23:59:59.999999Z' }, ['/time event_time_too_old']],
    [{ data: 'text' }, ['/data invalid_type']],
    [{ data: [1] }, ['/data invalid_type']],
    [{ data: 0 }, ['/data invalid_type']],
    [{ data_base64: 'e30=' }, ['/data_base64 unsupported']],
    [{ datacontenttype: 'application/xml' }, ['/datacontenttype unsupported']],
    [{ datacontenttype: 'application/json; charset=latin1' }, ['/datacontenttype unsupported']],
    [{ datacontenttype: 1 }, ['/datacontenttype unsupported']],
    [{ dataschema: '/relative' }, ['/dataschema invalid_format']],
    [{ dataContentType: 'application/json' }, ['/dataContentType invalid_name']],
    [{ 'a/b~c': 1 }, ['/a~1b~0c invalid_name']],
    [{ units: 1.5 }, ['/units invalid_type']],
    [{ big: 2_147_483_648 }, ['/big invalid_type']],
    [{ nested: {} }, ['/nested invalid_type']],
    [{ id: 1, type: '', data: 1 }, ['/id invalid_type', '/type required', '/data invalid_type']],
  ])('%j: %j', (change, expected) => {
    expect(errorsOf(parse(change))).toEqual(expected);
  });

  it.each([[null], ['text'], [[]], [3]])('%j is no event', (value) => {
    expect(errorsOf(parseCloudEvent(value, null, OPTIONS))).toEqual([' invalid_type']);
  });

  it.each([
    ['escaped NUL', '{"a":[{"b/c":"x\\u0000"}]}', '/data/a/0/b~1c nul_character'],
    ['escaped NUL in a name', '{"x\\u0000":1}', '/data/x\u0000 nul_character'],
    ['half a pair', '{"a":"\\ud83d"}', '/data/a lone_surrogate'],
    ['half a pair that only the text shows', '{"a":"\\ud83d","a":1}', '/data lone_surrogate'],
    ['33 levels', `{"a":${'['.repeat(32)}${']'.repeat(32)}}`, `/data/a${'/0'.repeat(31)} too_deep`],
    ['over 64 KiB', JSON.stringify({ a: 'x'.repeat(65_536) }), '/data too_large'],
    ['over 64 KiB in bytes alone', JSON.stringify({ a: '€'.repeat(22_000) }), '/data too_large'],
    ['beyond doubles', '{"a":{"b":1e400}}', '/data/a/b number_out_of_range'],
    ['below doubles', '{"a":1e-400}', '/data number_out_of_range'],
  ])('data with %s', (_name, dataJson, expected) => {
    expect(errorsOf(parse({ data: JSON.parse(dataJson) as unknown }, dataJson))).toEqual([expected]);
  });

  it('quotes what was received, what was expected, and how far ahead a time is', () => {
    const result = parse({ time: '2026-11-21T12:00:00Z' });
    expect(result.ok ? '' : result.errors[0]?.message).toBe(
      'time is "2026-11-21T12:00:00Z", 7200 s ahead of 2026-11-21T10:00:00.000Z, when it was received; expected at most 300 s. ' +
        "Hint: check the sender's clock, and that a local time bears its offset instead of Z",
    );
  });

  it.each([
    ['text', '"secret"', 'data is a string; expected a JSON object, null or nothing'],
    ['a list', '["secret"]', 'data is an array of 1; expected a JSON object, null or nothing'],
    ['a number', '7', 'data is a number; expected a JSON object, null or nothing'],
  ])('names the kind of data that is %s, and quotes none of it', (_name, dataJson, expected) => {
    const result = parse({ data: JSON.parse(dataJson) as unknown }, dataJson);
    expect(result.ok ? [] : result.errors.map(({ message }) => message)).toEqual([expected]);
  });

  it('names the kind of what is no event, and quotes none of it', () => {
    const result = parseCloudEvent('secret', null, OPTIONS);
    expect(result.ok ? [] : result.errors.map(({ message }) => message)).toEqual(['event is a string; expected an object']);
  });

  it.each([['id'], ['source'], ['time'], ['traceparent'], ['datacontenttype'], ['dataschema']])('cuts a long %s that it quotes', (name) => {
    const result = parse({ [name]: name === 'traceparent' ? ['x'.repeat(100_000)] : `${' '.repeat(50)}${'x'.repeat(100_000)}` });
    expect(result.ok ? [] : result.errors.map(({ message }) => message.length < 400)).toEqual([true]);
  });

  it.each([
    [['event_time_in_future'], 'event_time_in_future'],
    [['event_time_too_old'], 'event_time_too_old'],
    [['required'], 'invalid_event'],
    [['event_time_too_old', 'required'], 'invalid_event'],
  ])('with errors %j has the code %s', (codes, expected) => {
    expect(eventErrorCode(codes.map((code) => ({ code, message: '' })))).toBe(expected);
  });
});

it('takes the text for what data are, where a lossless parser made an object of a number', () => {
  const result = parseCloudEvent({ ...EVENT, data: { value: '12345678901234567890' } }, '12345678901234567890', OPTIONS);
  expect(errorsOf(result)).toEqual(['/data invalid_type']);
});

it('does not drop data whose text was forgotten', () => {
  expect(() => parseCloudEvent({ ...EVENT, data: {} }, null, OPTIONS)).toThrow('expected the text as it was sent');
});
