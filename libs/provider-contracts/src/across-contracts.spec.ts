import { describe, expect, it } from '@jest/globals';
import { Window } from '@tallymark/date-window';
import { ZERO, decimal } from '@tallymark/domain';
import {
  BILLING_USAGE_AUTH,
  COMET_AUTH,
  CROSSMINT_AUTH,
  GNIP_AUTH,
  LAGO_AUTH,
  billingUsageErrors,
  cometErrors,
  crossmintErrors,
  gnipErrors,
  lagoErrors,
  parseBillingUsageRequest,
  parseCometUsageRequest,
  parseCrossmintRequest,
  parseGnipRequest,
  parseLagoUsageRequest,
  renderBillingUsage,
  renderCometUsage,
  renderCrossmintUsage,
  renderGnipUsage,
  renderLagoUsages,
} from './index.js';

const NOW = new Date('2026-11-21T10:00:00Z');
const NOVEMBER = Window.of(new Date('2026-11-01T00:00:00Z'), new Date('2026-12-01T00:00:00Z'));

const gnip = (query: Record<string, string>) => parseGnipRequest({ account: 'acme', query }, { now: NOW });
const crossmint = (query: Record<string, string>) =>
  parseCrossmintRequest({ projectId: 'default', query: { dimension: 'monthly_active_wallets', ...query } }, { now: NOW });
const lago = (query: Record<string, string>) => parseLagoUsageRequest(query, { now: NOW, timeZone: 'UTC' });
const billing = (query: Record<string, string>) =>
  parseBillingUsageRequest(query, { now: NOW, currentPeriod: NOVEMBER, periodContaining: () => NOVEMBER, knownMetrics: ['api_calls'] });
const span = (windows: readonly { readonly window: Window }[]): string =>
  `${windows[0]!.window.from.toISOString().slice(0, 16)}/${windows.at(-1)!.window.to.toISOString().slice(0, 16)}`;

/** One day, or month, of use: what each contract writes of a number, and of a bucket without any. */
const ROW = {
  organizationId: '018f3c1e-7d64-7b8e-9c55-3f1de0a1b2c3',
  period: { start: '2026-11-01', end: '2026-11-30' },
  metricCode: 'api_calls',
  currency: 'USD',
  amount: decimal('1.25'),
  units: decimal('12'),
  isMetricDeleted: false,
};

/** The same five questions, put to all contracts: none may answer as its neighbour does. */
describe('6.6 across the contracts', () => {
  it('authentication: Basic, X-API-KEY, and three times Bearer', () => {
    expect([GNIP_AUTH, CROSSMINT_AUTH, COMET_AUTH, LAGO_AUTH, BILLING_USAGE_AUTH]).toEqual([
      { type: 'http', scheme: 'basic' },
      { type: 'apiKey', in: 'header', name: 'X-API-KEY' },
      { type: 'http', scheme: 'bearer' },
      { type: 'http', scheme: 'bearer' },
      { type: 'http', scheme: 'bearer' },
    ]);
  });

  it.each([
    ['gnip: to the minute, the end exclusive', () => span(gnip({ bucket: 'day', fromDate: '202611010000', toDate: '202611030000' }).buckets), '2026-11-01T00:00/2026-11-03T00:00'], // prettier-ignore
    ['crossmint: months, the end inclusive', () => span(crossmint({ startDate: '2026-10', endDate: '2026-11' }).months), '2026-10-01T00:00/2026-12-01T00:00'], // prettier-ignore
    ['lago: days, the end inclusive', () => span(lago({ from_date: '2026-11-01', to_date: '2026-11-03' }).periods), '2026-11-01T00:00/2026-11-04T00:00'], // prettier-ignore
    ['billing: days, the end inclusive', () => span([billing({ startDate: '2026-11-01', endDate: '2026-11-03' })]), '2026-11-01T00:00/2026-11-04T00:00'], // prettier-ignore
    ['comet: an instant, exclusive', () => parseCometUsageRequest({ before: '2026-11-01T00:00:00Z' }).before?.toISOString(), '2026-11-01T00:00:00.000Z'], // prettier-ignore
  ])('dates: %s', (_name, read, expected) => {
    expect(read()).toBe(expected);
  });

  it.each([
    ['gnip: this month and two before it', () => span(gnip({}).buckets), '2026-09-01T00:00/2026-12-01T00:00'],
    ['crossmint: none, a start is a must', () => crossmint({}), null],
    ['lago: 30 days and today', () => span(lago({}).periods), '2026-10-22T00:00/2026-11-22T00:00'],
    ['billing: the current billing period', () => span([billing({})]), '2026-11-01T00:00/2026-12-01T00:00'],
    ['comet: everything, the newest 1,000', () => parseCometUsageRequest({}), { limit: 1_000, before: null }],
  ])('default window: %s', (_name, read, expected) => {
    if (expected === null) expect(read).toThrow(/^Invalid arguments/);
    else expect(read()).toEqual(expected);
  });

  it.each([
    ['gnip', ['day', 'month'].map((bucket) => gnip({ bucket, fromDate: '202611010000' }).bucket), ['day', 'month']],
    ['lago', ['daily', 'weekly', 'monthly'].map((granularity) => lago({ time_granularity: granularity }).granularity), ['daily', 'weekly', 'monthly']], // prettier-ignore
    ['crossmint', crossmint({ startDate: '2026-09', endDate: '2026-11' }).months.map(({ month }) => month), ['2026-09', '2026-10', '2026-11']], // prettier-ignore
  ])('buckets: %s', (_name, buckets, expected) => {
    expect(buckets).toEqual(expected);
  });

  it('empty buckets: gnip and crossmint show them as zero, lago leaves them out', () => {
    const level = { publisher: 'twitter', product: null, endpoint: null, label: null };
    const months = gnip({});
    const usage = { ...months, timePeriods: months.buckets.map(({ timePeriod }) => timePeriod), rows: [{ ...level, timePeriod: '202609010000', counts: { activities: decimal('1') } }] }; // prettier-ignore
    expect(renderGnipUsage(usage, null).publishers[0]?.used.map(({ activities }) => activities)).toEqual([1, 0, 0]);
    const asked = crossmint({ startDate: '2026-10', endDate: '2026-11' });
    expect(renderCrossmintUsage({ ...asked, months: asked.months.map(({ month }) => month), rows: [] }).data).toMatchObject({
      usage: [{ activeWallets: 0 }, { activeWallets: 0 }],
    });
    expect(renderLagoUsages([{ ...ROW, units: ZERO, amount: ZERO }]).usages).toEqual([]);
  });

  it('numbers: units as text and money in minor units with lago, plain numbers with the others', () => {
    expect(renderLagoUsages([ROW]).usages[0]).toMatchObject({ units: '12.0', amount_cents: 125 });
    const cost = { base: decimal('1.25'), overage: ZERO, total: decimal('1.25'), currency: 'USD' };
    expect(renderBillingUsage({ period: NOVEMBER, asOf: NOW, metrics: [], cost }).data.estimatedCost).toMatchObject({ total: 1.25 });
  });

  it.each([
    ['gnip', gnipErrors, { error: { message: 'why', sent: '2026-11-21T10:00:00+00:00' } }],
    ['crossmint', crossmintErrors, { error: true, message: 'why', validationErrors: [{ message: 'what' }] }],
    ['comet', cometErrors, { message: 'why' }],
    ['lago', lagoErrors, { status: 400, error: 'Bad Request', code: 'invalid_parameters', error_details: { day: ['bad'] } }],
    ['billing', billingUsageErrors, { success: false, error: { code: 'BAD_REQUEST', message: 'why' } }],
  ])('error body: %s', (_name, errors, expected) => {
    const details = [{ parameter: 'day', code: 'bad', message: 'what' }];
    expect(errors.render({ status: 400, code: 'invalid_request', message: 'why', details, now: NOW }).body).toEqual(expected);
  });

  it('names: snake case with lago, camel case with the others', () => {
    const request = { path: '/a', method: 'GET', request: { body: {}, query: {}, params: {}, headers: {} }, response: {}, status: 200, createdAt: NOW }; // prettier-ignore
    const bodies = [renderLagoUsages([ROW]).usages[0]!, renderCometUsage([request]).requests[0]!, gnip({})];
    expect(bodies.map((body) => Object.keys(body).filter((name) => name.includes('_')).length)).toEqual([7, 0, 0]);
  });

  it('each path belongs to one contract, unknown ones below a prefix included', () => {
    const all = { gnipErrors, crossmintErrors, cometErrors, lagoErrors, billingUsageErrors };
    const owners = (path: string): string[] => Object.entries(all).flatMap(([name, errors]) => (errors.matches(path) ? [name] : []));
    expect(
      ['/metrics/usage/x', '/api/v1-alpha1/x', '/v1/usage/x', '/api/v1/analytics/x', '/api/billing/x', '/platform/v1/x', '/'].map(owners),
    ).toEqual([['gnipErrors'], ['crossmintErrors'], ['cometErrors'], ['lagoErrors'], ['billingUsageErrors'], [], []]);
  });
});
