import { describe, expect, it } from '@jest/globals';
import type { UsageEvent } from '@tallymark/domain';
import { CloudEvent, HTTP } from 'cloudevents';
import fc from 'fast-check';
import { hasEventHeaders, readBinaryMode, renderBinaryMode } from './binary-mode.js';
import { parseCloudEvent } from './parse-event.js';
import { renderCloudEvent, renderCloudEventBatch } from './render-event.js';

const OPTIONS = { receivedAt: new Date('2026-11-21T10:00:00Z'), oldest: new Date('2025-10-01T00:00:00Z') };

const texts = fc.string({ unit: 'binary', minLength: 1, maxLength: 60 }).filter((text) => /^[^\p{Cc}\p{Cs}\p{NChar}]+$/u.test(text));
const events: fc.Arbitrary<UsageEvent> = fc.record({
  id: texts,
  source: fc.webUrl(),
  type: texts,
  subject: texts,
  time: fc.option(
    fc.date({ noInvalidDate: true, min: OPTIONS.oldest, max: OPTIONS.receivedAt }).map((date) => date.toISOString().replace('Z', '123Z')),
  ),
  dataJson: fc.option(fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.integer(), fc.boolean())).map((data) => JSON.stringify(data))),
});

/** The text of `data` in an event that was rendered by us, which puts it last. */
function dataText(event: UsageEvent, text: string): string | null {
  return event.dataJson === null ? null : text.slice(text.indexOf(',"data":') + 8, -1);
}

describe('what is rendered is read back', () => {
  it('in structured mode', () => {
    fc.assert(
      fc.property(events, (event) => {
        const text = renderCloudEvent(event);
        expect(parseCloudEvent(JSON.parse(text), dataText(event, text), OPTIONS)).toEqual({ ok: true, event });
      }),
    );
  });

  it('in a batch', () => {
    fc.assert(
      fc.property(fc.array(events, { maxLength: 3 }), (batch) => {
        const values = JSON.parse(renderCloudEventBatch(batch)) as unknown[];
        expect(values.map((value, index) => parseCloudEvent(value, batch[index]?.dataJson ?? null, OPTIONS))).toEqual(
          batch.map((event) => ({ ok: true, event })),
        );
      }),
    );
  });

  it('in binary mode', () => {
    fc.assert(
      fc.property(events, (event) => {
        const { headers, body } = renderBinaryMode(event);
        const read = readBinaryMode(headers, body);
        expect(read.ok && parseCloudEvent(read.value, read.dataJson, OPTIONS)).toEqual({ ok: true, event });
      }),
    );
  });
});

describe('what the CloudEvents SDK sends', () => {
  const event = new CloudEvent({
    id: 'evt 1 "x" 100%',
    source: '/gateway',
    type: 'llm.completion',
    subject: 'Kunde-é-😀',
    time: '2026-11-21T09:59:59.123Z',
    data: { tokens: 512 },
    traceid: 'abc',
  });
  const expected: UsageEvent = {
    id: 'evt 1 "x" 100%',
    source: '/gateway',
    type: 'llm.completion',
    subject: 'Kunde-é-😀',
    time: '2026-11-21T09:59:59.123000Z',
    dataJson: '{"tokens":512}',
  };

  it('is read in structured mode', () => {
    const value = JSON.parse(HTTP.structured(event).body as string) as unknown;
    expect(parseCloudEvent(value, expected.dataJson, OPTIONS)).toEqual({ ok: true, event: expected });
  });

  it('is read in binary mode, where its header values are printable ASCII', () => {
    // The SDK does not percent-encode, so only attributes that need none survive it.
    const plain = event.cloneWith({ id: 'evt-1', subject: 'acme-ai' });
    const { headers, body } = HTTP.binary(plain);
    const read = readBinaryMode(headers as Record<string, string>, body as string);
    expect(read.ok && parseCloudEvent(read.value, read.dataJson, OPTIONS)).toEqual({
      ok: true,
      event: { ...expected, id: 'evt-1', subject: 'acme-ai' },
    });
  });

  it('can be read by the SDK when we send it', () => {
    const { headers, body } = renderBinaryMode({ ...expected, subject: 'acme-ai', id: 'evt-1' });
    expect(HTTP.toEvent({ headers, body })).toMatchObject({ id: 'evt-1', subject: 'acme-ai', data: { tokens: 512 } });
  });
});

describe('readBinaryMode', () => {
  const headers = { 'CE-SpecVersion': '1.0', 'ce-id': 'a', 'content-type': 'application/json', host: 'x', 'ce-ext': 'v' };

  it.each([
    ['percent-encoded UTF-8', 'Euro%20%E2%82%AC%20%F0%9F%98%80', 'Euro € 😀'],
    ['decoded once', '100%2525', '100%25'],
    ['quoted', '"a \\"b\\" %41"', 'a "b" A'],
    ['lower-case hex', '%c3%a9', 'é'],
    ['plus stays', 'a+b', 'a+b'],
  ])('%s', (_name, sent, subject) => {
    const read = readBinaryMode({ ...headers, 'ce-subject': sent }, '{"a":1.10}');
    expect(read).toEqual({
      ok: true,
      value: { specversion: '1.0', id: 'a', datacontenttype: 'application/json', ext: 'v', subject, data: { a: 1.1 } },
      dataJson: '{"a":1.10}',
    });
  });

  it('takes an empty body for an event without data', () => {
    expect(readBinaryMode({ 'ce-id': 'a' }, ' ')).toEqual({ ok: true, value: { id: 'a' }, dataJson: null });
  });

  it.each([
    [{ 'ce-subject': '%E2%82' }, '{}', 'ce-subject invalid_format'],
    [{ 'ce-subject': '100%' }, '{}', 'ce-subject invalid_format'],
    [{ 'ce-subject': 'käse' }, '{}', 'ce-subject invalid_format'],
    [{ 'ce-subject': ['a', 'b'] }, '{}', 'ce-subject duplicate'],
    [{ 'ce-subject': 'a', 'CE-Subject': 'b' }, '{}', 'CE-Subject duplicate'],
    [{ 'ce-data': '{}' }, '', 'ce-data unsupported'],
    [{ 'ce-datacontenttype': 'application/json' }, '', 'ce-datacontenttype unsupported'],
    [{}, '{', '/data invalid_format'],
  ])('refuses %j with body %j: %s', (more, body, expected) => {
    const read = readBinaryMode(more, body);
    expect(read.ok ? [] : read.errors.map((error) => `${String(error.parameter ?? error.pointer)} ${error.code}`)).toEqual([expected]);
  });

  it.each([
    [{ 'ce-specversion': '1.0' }, true],
    [{ 'Ce-SpecVersion': '1.0' }, true],
    [{ 'ce-id': '1' }, false],
    [{ 'ce-specversion': undefined }, false],
  ])('%j announces an event: %s', (sent, expected) => {
    expect(hasEventHeaders(sent)).toBe(expected);
  });

  it('quotes nothing of a body that is no JSON', () => {
    const result = readBinaryMode({ 'ce-specversion': '1.0' }, 'secret, and more of it');
    expect(result.ok ? [] : result.errors.map(({ message }) => message)).toEqual([expect.not.stringMatching(/secret|more/)]);
  });
});
