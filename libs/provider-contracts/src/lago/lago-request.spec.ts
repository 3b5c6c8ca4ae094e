import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { domainErrorOf } from '../../test/domain-error.js';
import { openApiOf, readPublished } from '../../test/published.js';
import { LAGO_COUNTRIES, LAGO_CURRENCIES } from './allow-lists.js';
import type { LagoUsageFilters } from './canonical.js';
import { lagoOpenApi } from './openapi.js';
import { buildLagoUsageRequest, LAGO_USAGE_PATH, parseLagoUsageRequest } from './request.js';

const NOW = new Date('2026-10-17T06:00:00Z');
const NO_FILTERS: LagoUsageFilters = {
  currency: null,
  customerType: null,
  externalCustomerId: null,
  customerCountry: null,
  externalSubscriptionId: null,
  isRecurring: null,
  planCode: null,
  metricCode: null,
};
const parse = (query: Record<string, string | string[]>, timeZone = 'UTC') => parseLagoUsageRequest(query, { now: NOW, timeZone });
const problemsOf = (query: Record<string, string | string[]>) =>
  domainErrorOf(() => parse(query)).details.map(({ parameter, code }) => `${parameter} ${code}`);

describe('parseLagoUsageRequest', () => {
  it('6.4.2 without parameters asks for days, without filters', () => {
    const query = parse({});
    expect(query).toMatchObject({ granularity: 'daily', filters: NO_FILTERS });
    expect(query.periods).toHaveLength(31);
    expect(query.periods.at(-1)).toMatchObject({ start: '2026-10-17', end: '2026-10-17' });
  });

  it('reads all eleven parameters', () => {
    const query = parse({
      time_granularity: 'monthly',
      from_date: '2026-08-01',
      to_date: '2026-09-30',
      currency: 'EUR',
      customer_type: 'company',
      external_customer_id: 'web-co',
      customer_country: 'DE',
      external_subscription_id: 'sub-1',
      is_billable_metric_recurring: 'false',
      plan_code: 'pro',
      billable_metric_code: 'api_calls',
    });
    expect(query.periods.map(({ start, end }) => [start, end])).toEqual([
      ['2026-08-01', '2026-08-31'],
      ['2026-09-01', '2026-09-30'],
    ]);
    expect(query.filters).toEqual({
      currency: 'EUR',
      customerType: 'company',
      externalCustomerId: 'web-co',
      customerCountry: 'DE',
      externalSubscriptionId: 'sub-1',
      isRecurring: false,
      planCode: 'pro',
      metricCode: 'api_calls',
    });
  });

  it.each(['yearly', 'Monthly', 'hourly'])('6.4.1 refuses the granularity %s', (granularity) => {
    expect(problemsOf({ time_granularity: granularity })).toEqual(['time_granularity value_is_invalid']);
  });

  it('6.4.7 takes to_date as the last date, and refuses dates backwards', () => {
    expect(parse({ from_date: '2026-09-29', to_date: '2026-09-30' }).periods.map(({ end }) => end)).toEqual(['2026-09-29', '2026-09-30']);
    expect(problemsOf({ from_date: '2026-09-30', to_date: '2026-09-29' })).toEqual(['from_date value_is_invalid']);
  });

  it.each(['TRUE', '1', 'yes', ''])('6.4.8 refuses the boolean %j', (flag) => {
    expect(problemsOf({ is_billable_metric_recurring: flag })).toEqual(['is_billable_metric_recurring value_is_invalid']);
  });

  it('6.4.8 reads "true"', () => {
    expect(parse({ is_billable_metric_recurring: 'true' }).filters.isRecurring).toBe(true);
  });

  it.each(['MRO', 'STD', 'HRK', 'SLL', 'USD'])('6.4.9 allows the currency %s', (currency) => {
    expect(parse({ currency }).filters.currency).toBe(currency);
  });

  it.each(['usd', 'US', 'KWD', 'XXX', ''])('6.4.9 refuses the currency %j, which is not on the list', (currency) => {
    expect(problemsOf({ currency })).toEqual(['currency value_is_invalid']);
  });

  it('6.4.9 knows Norway as text', () => {
    expect(parse({ customer_country: 'NO' }).filters.customerCountry).toBe('NO');
    expect(problemsOf({ customer_country: 'no' })).toEqual(['customer_country value_is_invalid']);
  });

  it('6.4.11 lives under /api/v1', () => {
    expect(LAGO_USAGE_PATH).toBe('/api/v1/analytics/usage');
  });

  it('6.4.12 begins weeks on Monday and cuts them at the window', () => {
    expect(
      parse({ time_granularity: 'weekly', from_date: '2026-10-01', to_date: '2026-10-13' }).periods.map(({ start, end }) => [start, end]),
    ).toEqual([
      ['2026-10-01', '2026-10-04'],
      ['2026-10-05', '2026-10-11'],
      ['2026-10-12', '2026-10-13'],
    ]);
  });

  it('means the dates of the organization’s zone', () => {
    expect(parse({ from_date: '2026-10-01', to_date: '2026-10-01' }, 'Asia/Tokyo').periods[0]?.window.from).toEqual(
      new Date('2026-09-30T15:00:00Z'),
    );
  });

  it('ignores unknown parameters', () => {
    expect(parse({ page: '2', per_page: 'x' })).toEqual(parse({}));
  });

  it.each([
    ['a malformed date', { from_date: '2026-02-31' }, ['from_date invalid_format']],
    ['a repeated date', { from_date: ['2026-10-01', '2026-10-02'] }, ['from_date value_is_invalid']],
    ['a customer type of another case', { customer_type: 'Company' }, ['customer_type value_is_invalid']],
    ['a NUL', { plan_code: 'a\u0000' }, ['plan_code value_is_invalid']],
    [
      'several at once',
      { currency: 'x', customer_country: 'XX', to_date: 'x' },
      ['currency value_is_invalid', 'customer_country value_is_invalid', 'to_date invalid_format'],
    ],
  ])('refuses %s', (_name, query: Record<string, string | string[]>, expected) => {
    expect(problemsOf(query)).toEqual(expected);
  });

  it('keeps an empty filter, which no row equals', () => {
    expect(parse({ external_customer_id: '' }).filters.externalCustomerId).toBe('');
  });

  it('reads what buildLagoUsageRequest writes', () => {
    const id = fc.option(fc.string({ maxLength: 40 }).filter((text) => !text.includes('\u0000')));
    const filters = fc.record({
      currency: fc.option(fc.constantFrom(...LAGO_CURRENCIES)),
      customerType: fc.option(fc.constantFrom('company' as const, 'individual' as const)),
      externalCustomerId: id,
      customerCountry: fc.option(fc.constantFrom(...LAGO_COUNTRIES)),
      externalSubscriptionId: id,
      isRecurring: fc.option(fc.boolean()),
      planCode: id,
      metricCode: id,
    });
    fc.assert(
      fc.property(filters, fc.constantFrom('daily' as const, 'weekly' as const, 'monthly' as const), (filter, granularity) => {
        const { query } = buildLagoUsageRequest({ granularity, fromDate: '2026-09-03', toDate: '2026-10-05', filters: filter });
        const parsed = parseLagoUsageRequest(query, { now: NOW, timeZone: 'UTC' });
        expect(parsed).toMatchObject({ granularity, filters: filter });
        expect([parsed.periods[0]?.start, parsed.periods.at(-1)?.end]).toEqual(['2026-09-03', '2026-10-05']);
      }),
    );
  });
});

describe('the published parameters', () => {
  const page = readPublished('seeds', '002');
  const document =
    page === null
      ? null
      : (openApiOf(page) as {
          paths: Record<string, { get: { parameters: { name: string }[] } }>;
          components: { schemas: Record<string, { enum: string[] }> };
        });
  const ours = (lagoOpenApi.paths[LAGO_USAGE_PATH] as { get: { parameters: { name: string }[] } }).get.parameters;
  const state = document === null ? 'document absent' : 'document present';

  it(`are the eleven that we describe (${state})`, () => {
    const published = document?.paths['/analytics/usage']?.get.parameters ?? ours;
    expect(ours.map(({ name }) => name).sort()).toEqual(published.map(({ name }) => name).sort());
    expect(ours).toHaveLength(11);
  });

  it(`6.4.9 have the same lists of currencies and countries (${state})`, () => {
    expect(LAGO_CURRENCIES).toEqual(document?.components.schemas['Currency']?.enum ?? LAGO_CURRENCIES);
    expect(LAGO_COUNTRIES).toEqual(document?.components.schemas['Country']?.enum ?? LAGO_COUNTRIES);
  });
});
