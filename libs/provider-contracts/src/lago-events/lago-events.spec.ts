import { describe, expect, it } from '@jest/globals';
import type { UsageEvent } from '@tallymark/domain';
import fc from 'fast-check';
import { domainErrorOf } from '../../test/domain-error.js';
import { errorsOf, validatorOf } from '../../test/published.js';
import { lagoErrors, lagoEventErrors } from '../lago/errors.js';
import { lagoEventsOpenApi } from './openapi.js';
import { buildLagoEvent, buildLagoEventBatch, isLagoEventBody, parseLagoEvents } from './request.js';
import { readLagoEventResponse, readLagoEventsResponse, renderLagoEvent, renderLagoEvents } from './response.js';
import { lagoTimestampOfTime, timeOfLagoTimestamp } from './timestamp.js';

const NOW = new Date('2026-03-12T09:00:00Z');
const OPTIONS = { receivedAt: NOW, oldest: new Date('2025-02-01T00:00:00Z') };
const EVENT = {
  transaction_id: 'tx-1',
  external_subscription_id: 'sub-1',
  code: 'tokens',
  timestamp: 1773306000,
  properties: { tokens: '12' },
};
const STORED: UsageEvent = {
  id: 'tx-1',
  source: 'lago',
  type: 'tokens',
  subject: 'sub-1',
  time: '2026-03-12T09:00:00.000000Z',
  dataJson: '{"tokens":"12"}',
};

describe('isLagoEventBody', () => {
  it.each([
    ['one Lago event', { event: EVENT }, true],
    ['a Lago batch', { events: [EVENT] }, true],
    ['a CloudEvent', { specversion: '1.0', id: '1', source: 's', type: 't', subject: 'u' }, false],
    ['a CloudEvent with an extension named event', { specversion: '1.0', id: '1', source: 's', type: 't', event: 'x' }, false],
    ['a CloudEvents batch', [{ specversion: '1.0' }], false],
    ['null', null, false],
    ['text', 'event', false],
  ])('%s', (_name, body, expected) => {
    expect(isLagoEventBody(body)).toBe(expected);
  });
});

describe('parseLagoEvents', () => {
  it('reads one event', () => {
    expect(parseLagoEvents({ event: EVENT }, OPTIONS)).toEqual([STORED]);
  });

  it('reads a batch in order', () => {
    expect(parseLagoEvents({ events: [EVENT, { ...EVENT, transaction_id: 'tx-2' }] }, OPTIONS).map((event) => event.id)).toEqual([
      'tx-1',
      'tx-2',
    ]);
  });

  it('leaves the time null when there is no timestamp', () => {
    expect(parseLagoEvents({ event: { ...EVENT, timestamp: undefined } }, OPTIONS)[0]?.time).toBeNull();
  });

  it('takes one transaction id of two subscriptions for two events', () => {
    expect(parseLagoEvents({ events: [EVENT, { ...EVENT, external_subscription_id: 'sub-2' }] }, OPTIONS)).toHaveLength(2);
  });

  it('keeps the precise amount as data', () => {
    expect(parseLagoEvents({ event: { ...EVENT, precise_total_amount_cents: '12.5' } }, OPTIONS)[0]?.dataJson).toBe(
      '{"tokens":"12","precise_total_amount_cents":"12.5"}',
    );
  });

  it('keeps digits that a double would lose, where the parser kept them', () => {
    class KeptNumber {
      constructor(readonly digits: string) {}
    }
    const textOf = (part: unknown): string =>
      part instanceof KeptNumber ? part.digits : `{"tokens":${(part as { tokens: KeptNumber }).tokens.digits}}`;
    const event = {
      ...EVENT,
      timestamp: new KeptNumber('1773306000.123456'),
      properties: { tokens: new KeptNumber('12345678901234567890') },
    };
    expect(parseLagoEvents({ event }, { ...OPTIONS, textOf })).toEqual([
      { ...STORED, time: '2026-03-12T09:00:00.123456Z', dataJson: '{"tokens":12345678901234567890}' },
    ]);
  });

  it.each([
    ['no transaction id', { event: { ...EVENT, transaction_id: undefined } }, { transaction_id: ['value_is_mandatory'] }],
    ['a blank code', { event: { ...EVENT, code: '  ' } }, { code: ['value_is_mandatory'] }],
    ['no subscription', { event: { ...EVENT, external_subscription_id: null } }, { external_subscription_id: ['value_is_mandatory'] }],
    ['a number as code', { event: { ...EVENT, code: 7 } }, { code: ['value_is_invalid'] }],
    ['an id over the limit', { event: { ...EVENT, transaction_id: 'x'.repeat(257) } }, { transaction_id: ['value_is_invalid'] }],
    ['an ISO 8601 timestamp', { event: { ...EVENT, timestamp: '2026-03-12T09:00:00Z' } }, { timestamp: ['invalid_format'] }],
    ['a negative timestamp', { event: { ...EVENT, timestamp: -1 } }, { timestamp: ['invalid_format'] }],
    ['a list as properties', { event: { ...EVENT, properties: [] } }, { properties: ['value_is_invalid'] }],
    ['text for an event', { event: 'x' }, { event: ['value_is_invalid'] }],
    ['an empty batch', { events: [] }, { events: ['no_events'] }],
    ['101 events', { events: Array.from({ length: 101 }, () => EVENT) }, { events: ['too_many_events'] }],
    ['a bad second event', { events: [EVENT, { ...EVENT, code: '' }] }, { '1': { code: ['value_is_mandatory'] } }],
    ['one event twice', { events: [EVENT, { ...EVENT, code: 'other' }] }, { '1': { transaction_id: ['value_already_exist'] } }],
    ['a time too far ahead', { event: { ...EVENT, timestamp: 1773306301 } }, { timestamp: ['event_time_in_future'] }],
    ['a time before the kept history', { event: { ...EVENT, timestamp: '0' } }, { timestamp: ['event_time_too_old'] }],
    ['a NUL in the properties', { event: { ...EVENT, properties: { a: '\u0000' } } }, { properties: ['value_is_invalid'] }],
    ['a control character in an id', { event: { ...EVENT, transaction_id: 'a\u0007' } }, { transaction_id: ['value_is_invalid'] }],
    ['another body', {}, { event: ['value_is_mandatory'] }],
  ])('refuses %s in the words of the family', (_name, body, errorDetails) => {
    const error = domainErrorOf(() => parseLagoEvents(body, OPTIONS));
    const rendered = lagoErrors.render({ status: 422, code: error.code, message: error.message, details: error.details, now: NOW });
    expect(rendered.body).toEqual({ status: 422, error: 'Unprocessable Entity', code: 'validation_errors', error_details: errorDetails });
  });
});

describe('timestamps', () => {
  it.each([
    [1773306000, '2026-03-12T09:00:00.000000Z'],
    [1773306000.25, '2026-03-12T09:00:00.250000Z'],
    ['1773306000.1234567', '2026-03-12T09:00:00.123456Z'],
    ['0', '1970-01-01T00:00:00.000000Z'],
    ['253402300799.999999', '9999-12-31T23:59:59.999999Z'],
    ['253402300800', null],
    ['', null],
    [Number.NaN, null],
  ])('%p is %p', (timestamp, time) => {
    expect(timeOfLagoTimestamp(timestamp)).toBe(time);
  });

  it('quotes a time that is not in UTC', () => {
    expect(() => lagoTimestampOfTime('2026-03-12T09:00:00+01:00')).toThrow('"2026-03-12T09:00:00+01:00"');
  });
});

describe('renderLagoEvent', () => {
  it('answers what Lago answers, with millisecond times', () => {
    const { event } = renderLagoEvent({ ...STORED, time: '2026-03-12T08:59:59.123456Z' }, 'stored', NOW);
    expect(event).toEqual({
      lago_id: null,
      transaction_id: 'tx-1',
      lago_customer_id: null,
      code: 'tokens',
      timestamp: '2026-03-12T08:59:59.123Z',
      precise_total_amount_cents: null,
      properties: { tokens: '12' },
      lago_subscription_id: null,
      external_subscription_id: 'sub-1',
      created_at: '2026-03-12T09:00:00.000Z',
    });
    expect(readLagoEventResponse({ event })).toEqual(event);
  });

  it.each([
    ['duplicate', 'value_already_exist'],
    ['conflict', 'value_already_exist'],
    ['rejected', 'value_is_invalid'],
  ] as const)('a %s is the error %s', (verdict, code) => {
    expect(domainErrorOf(() => renderLagoEvent(STORED, verdict, NOW)).details).toMatchObject([{ pointer: '/event/transaction_id', code }]);
  });
});

describe('renderLagoEvents', () => {
  const other = { ...STORED, id: 'tx-2' };

  it('answers every event of a batch in its order', () => {
    const body = renderLagoEvents(
      [STORED, other].map((event) => ({ event, verdict: 'stored' })),
      NOW,
    );
    expect(readLagoEventsResponse(body)).toEqual([
      renderLagoEvent(STORED, 'stored', NOW).event,
      renderLagoEvent(other, 'stored', NOW).event,
    ]);
  });

  it('names every duplicate by its index', () => {
    const outcomes = [
      { event: STORED, verdict: 'duplicate' },
      { event: STORED, verdict: 'stored' },
      { event: other, verdict: 'conflict' },
    ] as const;
    const { code, message, details } = domainErrorOf(() => renderLagoEvents(outcomes, NOW));
    expect(lagoEventErrors.render({ status: 422, code, message, details, now: NOW }).body).toMatchObject({
      error_details: { '0': { transaction_id: ['value_already_exist'] }, '2': { transaction_id: ['value_already_exist'] } },
    });
  });
});

describe('lagoEventErrors', () => {
  it.each([
    ['/api/v1/events/batch', true],
    ['/api/v1/events/tx-1', true],
    ['/api/v1/events', false],
    ['/api/v1/events/', false],
    ['/api/v1/analytics/usage', false],
  ])('%s: %s', (path, expected) => {
    expect(lagoEventErrors.matches(path)).toBe(expected);
  });

  it('names what a key may not do', () => {
    const { body } = lagoEventErrors.render({ status: 403, code: 'forbidden', message: 'm', details: [], now: NOW });
    expect(body).toEqual({ status: 403, error: 'Forbidden', code: 'write_action_not_allowed_for_event' });
  });
});

describe('buildLagoEvent', () => {
  const text = fc.string({ minLength: 1, maxLength: 30 }).filter((value) => /\S/.test(value));
  const time = fc
    .tuple(fc.integer({ min: 1_738_400_000, max: 1_773_306_000 }), fc.integer({ min: 0, max: 999_999 }))
    .map(([seconds, micros]) => timeOfLagoTimestamp(`${seconds}.${String(micros).padStart(6, '0')}`));
  const event: fc.Arbitrary<UsageEvent> = fc.record({
    id: text,
    source: fc.constant('lago'),
    type: text,
    subject: text,
    time: fc.option(time),
    dataJson: fc.option(fc.dictionary(fc.stringMatching(/^[a-z][a-z0-9_]{0,9}$/), fc.jsonValue()).map((data) => JSON.stringify(data))),
  });

  it('is read back to the same events', () => {
    fc.assert(
      fc.property(fc.array(event, { minLength: 1, maxLength: 5 }), (events) => {
        expect(parseLagoEvents(JSON.parse(buildLagoEventBatch(events)), OPTIONS)).toEqual(events);
        expect(parseLagoEvents(JSON.parse(buildLagoEvent(events[0]!)), OPTIONS)).toEqual([events[0]]);
      }),
    );
  });

  it('writes numbers of the data with all their digits', () => {
    expect(buildLagoEvent({ ...STORED, dataJson: '{"tokens":12345678901234567890}' })).toContain('12345678901234567890');
  });

  it.each([
    ['[1]', 'an array of 1'],
    ['"text"', 'a string'],
    ['null', 'null'],
  ])('names the kind of data that no properties can carry, never the data: %s', (dataJson, kind) => {
    expect(() => buildLagoEvent({ ...STORED, dataJson })).toThrow(`is ${kind}; expected a JSON object`);
  });
});

describe('lagoEventsOpenApi', () => {
  const schemas = lagoEventsOpenApi.components.schemas as Record<string, { examples: unknown[] }>;

  it.each(Object.keys(schemas))('%s describes its own example', (name) => {
    const validate = validatorOf(lagoEventsOpenApi, name);
    expect(schemas[name]?.examples.flatMap((example) => errorsOf(validate, example))).toEqual([]);
  });

  it('has examples that are read and rendered', () => {
    const [body] = schemas['LagoEventBody']!.examples;
    const receivedAt = new Date('2026-10-06T10:00:01.004Z');
    const [event] = parseLagoEvents(body, { ...OPTIONS, receivedAt });
    expect(renderLagoEvent(event!, 'stored', receivedAt)).toEqual(schemas['LagoEventAnswer']?.examples[0]);
  });
});
