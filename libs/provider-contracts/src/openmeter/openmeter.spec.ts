import { describe, expect, it } from '@jest/globals';
import type { UsageEvent } from '@tallymark/domain';
import { z } from 'zod';
import { refusedEventDetails } from '../cloudevents/refused-events.js';
import type { Problem } from '../contract.js';
import {
  createOpenMeterParser,
  openmeterErrors,
  openmeterProblemSchema,
  readOpenMeterProblem,
  renderOpenMeterProblem,
  renderOpenMeterRequest,
} from './openmeter.js';

const NOW = new Date('2026-11-21T10:00:00Z');
const parse = createOpenMeterParser({ receivedAt: NOW, oldest: new Date('2025-10-01T00:00:00Z') });
const EVENT = { id: '00001', source: '@openmeter/sdk', type: 'prompt', subject: 'customer-1' };

/** What OpenMeter accepts and refuses at ingestion. */
describe('an OpenMeter event', () => {
  it.each([
    ['without specversion and time', {}, true],
    ['with specversion 1.0', { specversion: '1.0' }, true],
    ['with another specversion', { specversion: '0.3' }, false],
    ['with time null', { time: null }, true],
    ['with data null', { data: null }, true],
    ['with empty data', { data: {} }, true],
    ['with a value that no meter can read', { data: { value: 'NaN' } }, true],
    ['with data in XML', { data: '<a/>', datacontenttype: 'application/xml' }, false],
    ['with data that is a string', { data: '{"a":1}' }, false],
    ['with an empty subject', { subject: '' }, false],
    ['without id', { id: undefined }, false],
  ])('%s', (_name, change, isAccepted) => {
    const value: Record<string, unknown> = { ...EVENT, ...change };
    expect(parse(value, JSON.stringify(value['data']) ?? null).ok).toBe(isAccepted);
  });

  it('is read from what its client sends', () => {
    const event: UsageEvent = { ...EVENT, time: '2026-11-21T09:00:00.000000Z', dataJson: '{"tokens":12}' };
    const { headers, body } = renderOpenMeterRequest([event]);
    expect(headers).toEqual({ 'content-type': 'application/cloudevents-batch+json' });
    const [value] = JSON.parse(body) as unknown[];
    expect(parse(value, event.dataJson)).toEqual({ ok: true, event });
  });
});

describe('an OpenMeter problem', () => {
  const problem: Problem = {
    status: 400,
    code: 'invalid_event',
    message: '2 events are invalid',
    details: refusedEventDetails([
      { index: 3, errors: [{ pointer: '/id', code: 'required', message: 'id is absent' }] },
      { index: 4, errors: [{ pointer: '', code: 'invalid_type', message: 'event is 1' }] },
    ]),
    now: NOW,
    requestId: 'r-1',
  };

  it('tells where in the batch', () => {
    expect(renderOpenMeterProblem(problem)).toEqual({
      type: 'about:blank',
      title: 'Bad Request',
      status: 400,
      detail: '2 events are invalid',
      instance: 'urn:request:r-1',
      extensions: {
        validationErrors: [
          { field: '/3/id', code: 'required', message: 'id is absent' },
          { field: '/4', code: 'invalid_type', message: 'event is 1' },
        ],
      },
    });
  });

  it('keeps the pointers of a single event', () => {
    expect(refusedEventDetails([{ index: null, errors: [{ pointer: '/id', code: 'required', message: '' }] }])[0]?.pointer).toBe('/id');
  });

  it.each([
    [401, 'Unauthorized', true],
    [413, 'Content Too Large', true],
    [429, 'Too Many Requests', true],
    [500, 'Internal Server Error', false],
    [503, 'Service Unavailable', true],
    [418, 'Bad Request', true],
  ])('with status %d is titled %s, detail: %s', (status, title, hasDetail) => {
    const body = renderOpenMeterProblem({ status, code: 'internal', message: 'm', details: [], now: NOW });
    expect([body.title, body.detail !== undefined, body.extensions]).toEqual([title, hasDetail, undefined]);
  });

  it('is read under its exact content type alone', () => {
    const { headers, body } = openmeterErrors.render(problem);
    expect(readOpenMeterProblem(headers['content-type'], JSON.parse(JSON.stringify(body)))).toEqual(renderOpenMeterProblem(problem));
    expect(readOpenMeterProblem('application/problem+json; charset=utf-8', body)).toBeNull();
    expect(readOpenMeterProblem('application/problem+json', { message: 'x' })).toBeNull();
  });

  it('has a valid example', () => {
    for (const example of (z.globalRegistry.get(openmeterProblemSchema)?.examples ?? []) as unknown[])
      expect(openmeterProblemSchema.parse(example)).toEqual(example);
  });

  it.each([
    ['/api/v1/events', true],
    ['/api/v1/events/', true],
    ['/api/v1/events/batch', false],
    ['/api/v1/analytics/usage', false],
  ])('answers on %s: %s', (path, expected) => {
    expect(openmeterErrors.matches(path)).toBe(expected);
  });
});
