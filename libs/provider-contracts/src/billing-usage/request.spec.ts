import { describe, expect, it } from '@jest/globals';
import { Window } from '@tallymark/date-window';
import { DomainError } from '@tallymark/domain';
import fc from 'fast-check';
import { BILLING_METRIC_TYPES, toMetricCode, toMetricId, unusedBillingMetric } from './metric-types.js';
import { buildBillingUsageRequest, parseBillingUsageRequest } from './request.js';
import type { BillingUsageContext } from './request.js';

const window = (from: string, to: string) => Window.of(new Date(from), new Date(to));
const monthOf = (instant: Date) =>
  Window.of(
    new Date(Date.UTC(instant.getUTCFullYear(), instant.getUTCMonth(), 1)),
    new Date(Date.UTC(instant.getUTCFullYear(), instant.getUTCMonth() + 1, 1)),
  );
const now = new Date('2026-11-21T10:00:00Z');
const CONTEXT: BillingUsageContext = {
  now,
  currentPeriod: monthOf(now),
  periodContaining: monthOf,
  knownMetrics: ['api_calls', 'storage', 'tokens_4k'],
};
const NOVEMBER = window('2026-11-01T00:00:00Z', '2026-12-01T00:00:00Z');

/** Parameter, code and message of each detail of the error that parsing throws. */
function refusalOf(query: Record<string, string | string[]>): string[] {
  try {
    parseBillingUsageRequest(query, CONTEXT);
    return [];
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    return [error.code, ...error.details.map((detail) => `${String(detail.parameter)} ${detail.code}: ${detail.message}`)];
  }
}

describe('a billing usage request', () => {
  it.each([
    [{}, NOVEMBER, true, null],
    [{ startDate: '', endDate: '', metrics: '' }, NOVEMBER, true, null],
    [{ metrics: ' , ' }, NOVEMBER, true, null],
    [{ unknown: 'x', unknownList: ['a', 'b'] }, NOVEMBER, true, null],
    [{ startDate: '2026-01-01', endDate: '2026-01-31' }, window('2026-01-01T00:00:00Z', '2026-02-01T00:00:00Z'), false, null],
    [{ startDate: '2026-01-05', endDate: '2026-01-05' }, window('2026-01-05T00:00:00Z', '2026-01-06T00:00:00Z'), false, null],
    [{ startDate: '2026-11-01T00:00:00Z', endDate: '2026-11-30T23:59:59Z' }, NOVEMBER, true, null],
    [{ metrics: 'api_calls,storage' }, NOVEMBER, true, ['api_calls', 'storage']],
    [{ metrics: 'storage, apiCalls ,api_calls' }, NOVEMBER, true, ['storage', 'api_calls']],
    [{ metrics: 'tokens_4k' }, NOVEMBER, true, ['tokens_4k']],
  ])('%j', (query, expected, isCurrentPeriod, metrics) => {
    expect(parseBillingUsageRequest(query as Record<string, string>, CONTEXT)).toEqual({ window: expected, isCurrentPeriod, metrics });
  });

  it.each([
    [
      { metrics: 'apiCals,seats' },
      'metrics unknown_metric: metrics: received "apiCals", "seats"; expected some of apiCalls, storage, tokens_4k',
    ],
    [{ metrics: 'API_CALLS' }, 'metrics unknown_metric: metrics: received "API_CALLS"; expected some of apiCalls, storage, tokens_4k'],
    [{ metrics: 'constructor' }, 'metrics unknown_metric: metrics: received "constructor"; expected some of apiCalls, storage, tokens_4k'],
    [{ metrics: ['storage', 'storage'] }, 'metrics duplicate: metrics: received ["storage","storage"]; expected it once'],
    [{ startDate: ['2026-01-01', '2026-01-02'] }, 'startDate duplicate: startDate: received ["2026-01-01","2026-01-02"]; expected it once'],
    [{ startDate: '2026-02-01', endDate: '2026-01-01' }, 'startDate empty_window: Invalid date range: startDate must be before endDate'],
  ])('refuses %j: %s', (query, expected) => {
    expect(refusalOf(query as Record<string, string>)).toEqual(['invalid_request', expected]);
  });

  it('is told of every bad parameter at once', () => {
    const [, ...details] = refusalOf({ startDate: 'soon', metrics: 'x' });
    expect(details.map((detail) => detail.split(' ')[0]).sort()).toEqual(['metrics', 'startDate']);
  });

  it('is understood as it was built, for windows on the quarter-hour', () => {
    const quarterHours = fc.integer({ min: Date.UTC(2025, 11, 1) / 900_000, max: Date.UTC(2026, 11, 1) / 900_000 });
    fc.assert(
      fc.property(
        fc.uniqueArray(quarterHours, { minLength: 2, maxLength: 2 }),
        fc.option(fc.uniqueArray(fc.constantFrom(...CONTEXT.knownMetrics), { minLength: 1 })),
        (bounds, metrics) => {
          const [from = 0, to = 0] = bounds.sort((a, b) => a - b);
          const asked = Window.of(new Date(from * 900_000), new Date(to * 900_000));
          const read = parseBillingUsageRequest(buildBillingUsageRequest({ window: asked, metrics }).query, CONTEXT);
          expect({ window: read.window.toJSON(), metrics: read.metrics }).toEqual({ window: asked.toJSON(), metrics });
        },
      ),
    );
  });

  it.each([
    [null, null, {}],
    [NOVEMBER, ['api_calls'], { startDate: '2026-11-01', endDate: '2026-11-30', metrics: 'apiCalls' }],
    [window('2026-11-01T05:00:00Z', '2026-12-01T05:00:00Z'), null, { startDate: '2026-11-01T05:00:00Z', endDate: '2026-12-01T04:59:59Z' }],
  ])('for %j and %j is %j', (asked, metrics, query) => {
    expect(buildBillingUsageRequest({ window: asked, metrics })).toEqual({ path: '/api/billing/usage', query });
  });
});

describe('metric ids', () => {
  it.each([
    ['api_calls', 'apiCalls'],
    ['storage', 'storage'],
    ['tokens_4k', 'tokens_4k'],
    ['a_b_c2_d', 'aBC2D'],
  ])('%s is %s', (code, id) => {
    expect([toMetricId(code), toMetricCode(id)]).toEqual([id, code]);
  });

  it('lead back to every code', () => {
    fc.assert(fc.property(fc.stringMatching(/^[a-z0-9]+(_[a-z0-9]+)*$/), (code) => toMetricCode(toMetricId(code)) === code));
  });

  it('are those of the six documented types', () => {
    const types = Object.entries(BILLING_METRIC_TYPES).map(([code, { unit }]) => `${toMetricId(code)} ${unit}`);
    expect(types).toEqual(['apiCalls requests', 'storage GB', 'seats users', 'bandwidth GB', 'emails emails', 'webhooks events']);
  });

  it.each([
    ['emails', 'Emails', 'emails'],
    ['constructor', 'constructor', 'units'],
  ])('of %s, which the plan lacks, has nothing used', (code, name, unit) => {
    expect(JSON.stringify(unusedBillingMetric(code))).toBe(
      `{"metric":"${code}","name":"${name}","unit":"${unit}","included":"0","used":"0","overage":"0","percentage":"0","projected":null}`,
    );
  });
});
