import { describe, expect, it } from '@jest/globals';
import { decimal, formatDecimal, minorUnitDigits } from '@tallymark/domain';
import fc from 'fast-check';
import { domainErrorOf } from '../../test/domain-error.js';
import { errorsOf, examplesOf, openApiOf, readPublished, validatorOf } from '../../test/published.js';
import { LAGO_CURRENCIES } from './allow-lists.js';
import type { LagoUsageRow } from './canonical.js';
import { lagoErrors } from './errors.js';
import { lagoOpenApi } from './openapi.js';
import { LAGO_USAGE_PATH, parseLagoUsageRequest } from './request.js';
import { readLagoUsages, renderLagoUsages } from './response.js';

const NOW = new Date('2026-10-17T06:00:00Z');
const ROW: LagoUsageRow = {
  organizationId: '3f0d9c1e-52aa-4b0d-9a77-6c1be2f84d05',
  period: { start: '2026-09-01', end: '2026-09-30' },
  metricCode: 'api_calls',
  currency: 'USD',
  amount: decimal('12.3'),
  units: decimal('100'),
  isMetricDeleted: false,
};
const problem = (status: number) => ({ status, code: 'invalid_request' as const, message: 'what happened', details: [], now: NOW });

describe('renderLagoUsages', () => {
  it('writes one object per row', () => {
    expect(renderLagoUsages([ROW])).toEqual({
      usages: [
        {
          organization_id: '3f0d9c1e-52aa-4b0d-9a77-6c1be2f84d05',
          start_of_period_dt: '2026-09-01',
          end_of_period_dt: '2026-09-30',
          amount_currency: 'USD',
          amount_cents: 1230,
          billable_metric_code: 'api_calls',
          units: '100.0',
          is_billable_metric_deleted: false,
        },
      ],
    });
  });

  it.each([
    ['1', '1.0'],
    ['0.125', '0.125'],
    ['1e21', '1000000000000000000000.0'],
    ['1e-12', '0.000000000001'],
    ['0', '0.0'],
    ['-3', '0.0'],
  ])('6.4.3 writes %s units as %s', (units, text) => {
    expect(renderLagoUsages([{ ...ROW, units: decimal(units) }]).usages[0]?.units).toBe(text);
  });

  it.each([
    ['12.345', 'USD', 1235],
    ['12.344999', 'USD', 1234],
    ['0.001', 'USD', 0],
    ['-12.345', 'USD', -1235],
    ['12.5', 'JPY', 13],
    ['12.3455', 'KWD', 12346],
    ['1.0005', 'BHD', 1001],
  ])('6.4.5 6.4.6 writes %s %s as %p minor units', (amount, currency, minorUnits) => {
    expect(renderLagoUsages([{ ...ROW, amount: decimal(amount), currency }]).usages[0]?.amount_cents).toBe(minorUnits);
  });

  it('sorts by period, metric and currency, whatever order rows come in', () => {
    const rows = ['2026-08-01', '2026-09-01'].flatMap((start) =>
      ['Storage', 'api_calls'].flatMap((metricCode) =>
        ['EUR', 'USD'].map((currency) => ({ ...ROW, period: { start, end: start }, metricCode, currency })),
      ),
    );
    fc.assert(
      fc.property(fc.shuffledSubarray(rows, { minLength: rows.length }), (shuffled) => {
        expect(renderLagoUsages(shuffled)).toEqual(renderLagoUsages(rows));
      }),
    );
    expect(
      renderLagoUsages(rows)
        .usages.map((usage) => `${usage.start_of_period_dt} ${usage.billable_metric_code} ${usage.amount_currency}`)
        .slice(0, 3),
    ).toEqual(['2026-08-01 Storage EUR', '2026-08-01 Storage USD', '2026-08-01 api_calls EUR']);
  });

  it('leaves out rows without usage, but not an amount without units', () => {
    const zero = decimal('0');
    expect(renderLagoUsages([{ ...ROW, units: zero, amount: zero }]).usages).toEqual([]);
    expect(renderLagoUsages([{ ...ROW, units: zero }]).usages).toHaveLength(1);
  });

  it('does not change what it was given', () => {
    const rows = Object.freeze([ROW, { ...ROW, metricCode: 'a' }]);
    renderLagoUsages(rows);
    expect(rows[0]).toBe(ROW);
  });

  it('is read back to the same rows', () => {
    const row: fc.Arbitrary<LagoUsageRow> = fc
      .record({
        organizationId: fc.uuid(),
        day: fc.integer({ min: 1, max: 28 }),
        metricCode: fc.string({ minLength: 1 }),
        currency: fc.constantFrom('USD', 'JPY', 'KWD', 'CLF'),
        minorUnits: fc.maxSafeInteger().filter((amount) => amount !== 0),
        units: fc.tuple(fc.nat(), fc.integer({ min: 0, max: 12 })),
        isMetricDeleted: fc.boolean(),
      })
      .map(({ day, minorUnits, units, ...rest }) => ({
        ...rest,
        period: { start: `2026-09-${String(day).padStart(2, '0')}`, end: '2026-09-30' },
        amount: decimal(`${minorUnits}e-${minorUnitDigits(rest.currency)}`),
        units: decimal(`${units[0]}e-${units[1]}`),
      }));
    fc.assert(
      fc.property(row, (original) => {
        const [read] = readLagoUsages(JSON.parse(JSON.stringify(renderLagoUsages([original]))));
        expect({ ...read, amount: formatDecimal(read!.amount), units: formatDecimal(read!.units!) }).toEqual({
          ...original,
          amount: formatDecimal(original.amount),
          units: formatDecimal(original.units),
        });
      }),
    );
  });
});

describe('readLagoUsages', () => {
  it('6.4.3 6.4.4 reads rows with a number for units, and rows with the required members alone', () => {
    const read = readLagoUsages({
      usages: [
        {
          amount_currency: 'EUR',
          amount_cents: 26600,
          units: 266,
          start_of_period_dt: '2026-01-01',
          end_of_period_dt: '2026-01-31',
          billable_metric_code: 'seats',
        },
        { amount_currency: 'JPY', amount_cents: 5, organization_id: 'o' },
        { amount_currency: 'EUR', amount_cents: 1, units: '7.' },
      ],
    });
    expect(read.map((row) => (row.units === null ? null : formatDecimal(row.units)))).toEqual(['266', null, '7']);
    expect(read.map((row) => formatDecimal(row.amount))).toEqual(['266', '5', '0.01']);
    expect(read[0]).toMatchObject({
      organizationId: null,
      period: { start: '2026-01-01', end: '2026-01-31' },
      metricCode: 'seats',
      isMetricDeleted: false,
    });
    expect(read[1]).toMatchObject({ organizationId: 'o', period: null, metricCode: null });
  });

  it.each([
    ['no usages', {}],
    ['an amount with a fraction', { usages: [{ amount_currency: 'EUR', amount_cents: 1.5 }] }],
    ['a currency in lower case', { usages: [{ amount_currency: 'eur', amount_cents: 1 }] }],
    ['units that are no number', { usages: [{ amount_currency: 'EUR', amount_cents: 1, units: 'many' }] }],
    [
      'a period backwards',
      { usages: [{ amount_currency: 'EUR', amount_cents: 1, start_of_period_dt: '2026-02-01', end_of_period_dt: '2026-01-31' }] },
    ],
  ])('refuses %s', (_name, body) => {
    expect(domainErrorOf(() => readLagoUsages(body)).message).toContain('not a Lago usage answer');
  });
});

describe('lagoErrors', () => {
  it.each([
    ['/api/v1/analytics/usage', true],
    ['/api/v1/analytics/mrr', true],
    ['/api/v1/analytics', true],
    ['/api/v1/analytics-x', false],
    ['/api/v1/events', false],
  ])('matches %s: %p', (path, expected) => {
    expect(lagoErrors.matches(path)).toBe(expected);
  });

  it.each([
    [401, { status: 401, error: 'Unauthorized' }],
    [403, { status: 403, error: 'Forbidden', code: 'read_action_not_allowed_for_analytic' }],
    [404, { status: 404, error: 'Not Found', code: 'resource_not_found' }],
    [405, { status: 405, error: 'Method Not Allowed', code: 'method_not_allowed' }],
    [409, { status: 422, error: 'Unprocessable Entity', code: 'validation_errors' }],
    [413, { status: 413, error: 'Payload Too Large', code: 'payload_too_large' }],
    [418, { status: 400, error: 'Bad Request', code: 'invalid_parameters' }],
    [422, { status: 422, error: 'Unprocessable Entity', code: 'validation_errors' }],
    [429, { status: 429, error: 'Too Many Requests', code: 'too_many_requests' }],
    [500, { status: 500, error: 'Internal Server Error', code: 'internal_error' }],
    [502, { status: 500, error: 'Internal Server Error', code: 'internal_error' }],
    [503, { status: 503, error: 'Service Unavailable', code: 'service_unavailable' }],
  ])('6.4.10 answers %p with %j', (status, body) => {
    expect(lagoErrors.render(problem(status))).toMatchObject({ status: body.status, body });
    expect(lagoErrors.render(problem(status)).body).toEqual(body);
  });

  it('6.4.1 tells which parameters are bad, by code', () => {
    const { code, message, details } = domainErrorOf(() =>
      parseLagoUsageRequest({ time_granularity: 'yearly', from_date: 'x', currency: 'x' }, { now: NOW, timeZone: 'UTC' }),
    );
    expect(lagoErrors.render({ status: 400, code, message, details, now: NOW }).body).toEqual({
      status: 400,
      error: 'Bad Request',
      code: 'invalid_parameters',
      error_details: { currency: ['value_is_invalid'], time_granularity: ['value_is_invalid'] },
    });
  });
});

describe('the published OpenAPI document', () => {
  const page = readPublished('seeds', '002');
  const document = page === null ? lagoOpenApi : openApiOf(page);
  const names =
    page === null ? { usages: 'LagoUsages', unauthorized: 'LagoError' } : { usages: 'Usages', unauthorized: 'ApiErrorUnauthorized' };
  const state = page === null ? 'absent, ours instead' : 'present';

  it(`6.4.3 6.4.6 allows every answer (${state})`, () => {
    const validate = validatorOf(document, names.usages);
    const amount = fc.tuple(fc.maxSafeInteger(), fc.integer({ min: 5, max: 9 })).map(([digits, scale]) => decimal(`${digits}e-${scale}`));
    fc.assert(
      fc.property(amount, amount, fc.constantFrom(...LAGO_CURRENCIES), fc.uuid(), (money, units, currency, organizationId) => {
        expect(errorsOf(validate, renderLagoUsages([{ ...ROW, amount: money, units, currency, organizationId }]))).toEqual([]);
      }),
    );
  });

  it(`6.4.10 allows the body of 401 (${state})`, () => {
    expect(errorsOf(validatorOf(document, names.unauthorized), lagoErrors.render(problem(401)).body)).toEqual([]);
  });

  it('is met by our own examples too', () => {
    const validators = [validatorOf(lagoOpenApi, 'LagoUsages'), validatorOf(document, names.usages)];
    expect(
      examplesOf(lagoOpenApi, LAGO_USAGE_PATH).flatMap((example) => validators.flatMap((validate) => errorsOf(validate, example))),
    ).toEqual([]);
  });
});
