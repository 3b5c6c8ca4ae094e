import { describe, expect, it } from '@jest/globals';
import { decimal, decimalFromInteger } from '@tallymark/domain';
import fc from 'fast-check';
import { domainErrorOf } from '../../test/domain-error.js';
import { errorsOf, examplesOf, openApiOf, readPublished, validatorOf } from '../../test/published.js';
import { CROSSMINT_PATHS, type CrossmintUsage } from './canonical.js';
import { crossmintErrors } from './errors.js';
import { crossmintOpenApi } from './openapi.js';
import { parseCrossmintRequest } from './request.js';
import { readCrossmintUsage, renderCrossmintUsage } from './response.js';

const NOW = new Date('2026-10-17T06:00:00Z');
const dimension = 'monthly_active_wallets' as const;
const oneMonth: CrossmintUsage = {
  dimension,
  isList: false,
  months: ['2026-08'],
  rows: [{ month: '2026-08', activeWallets: decimal('42') }],
};
const problem = (status: number, message = 'what happened') => ({
  status,
  code: 'invalid_request' as const,
  message,
  details: [],
  now: NOW,
});

describe('renderCrossmintUsage', () => {
  it('6.2.1 renders one month as an object', () => {
    expect(JSON.stringify(renderCrossmintUsage(oneMonth))).toBe(
      '{"data":{"dimension":"monthly_active_wallets","usage":{"month":"2026-08","activeWallets":42}}}',
    );
  });

  it('6.2.1 6.2.11 renders several months as a list, ascending, with zeros', () => {
    expect(renderCrossmintUsage({ ...oneMonth, isList: true, months: ['2026-07', '2026-08', '2026-09'] }).data.usage).toEqual([
      { month: '2026-07', activeWallets: 0 },
      { month: '2026-08', activeWallets: 42 },
      { month: '2026-09', activeWallets: 0 },
    ]);
  });

  it.each([
    ['two months in one object', { ...oneMonth, months: ['2026-08', '2026-09'] }],
    ['a row of another month', { ...oneMonth, months: ['2026-07'] }],
    ['two rows of a month', { ...oneMonth, rows: [...oneMonth.rows, { month: '2026-08', activeWallets: decimal('1') }] }],
    ['half a wallet', { ...oneMonth, rows: [{ month: '2026-08', activeWallets: decimal('0.5') }] }],
  ])('refuses %s', (_name, usage) => {
    expect(() => renderCrossmintUsage(usage)).toThrow(RangeError);
  });

  it('is read back to the same usage', () => {
    const rows = fc
      .array(fc.nat().map(decimalFromInteger), { minLength: 1, maxLength: 12 })
      .map((counts) => counts.map((activeWallets, index) => ({ month: `2025-${String(index + 1).padStart(2, '0')}`, activeWallets })));
    fc.assert(
      fc.property(rows, fc.boolean(), (months, isList) => {
        const usage = { dimension, isList: isList || months.length > 1, months: months.map(({ month }) => month), rows: months };
        expect(readCrossmintUsage(JSON.parse(JSON.stringify(renderCrossmintUsage(usage))))).toEqual(usage);
      }),
    );
  });
});

describe('readCrossmintUsage', () => {
  it.each([
    ['an error body', { error: true, message: 'no' }],
    ['a month that does not exist', { data: { dimension, usage: { month: '2026-13', activeWallets: 1 } } }],
    ['a negative count', { data: { dimension, usage: [{ month: '2026-08', activeWallets: -1 }] } }],
  ])('refuses %s', (_name, body) => {
    expect(domainErrorOf(() => readCrossmintUsage(body)).message).toContain('not a Crossmint usage answer');
  });
});

describe('crossmintErrors', () => {
  it.each([
    ...CROSSMINT_PATHS.map((path) => [path.replace('{projectId}', 'default'), true] as const),
    ['/api/v1-alpha1', true],
    ['/v1-alpha1/unknown', true],
    ['/api/v1-alpha10/projects', false],
    ['/api/2025-01-01/v1-alpha1/projects', false],
    ['/api/v1/analytics/usage', false],
  ])('6.2.8 matches %s: %p', (path, expected) => {
    expect(crossmintErrors.matches(path)).toBe(expected);
  });

  it.each([
    [400, 400],
    [401, 403],
    [403, 403],
    [404, 403],
    [405, 400],
    [413, 400],
    [422, 400],
    [429, 400],
    [500, 503],
    [502, 503],
    [503, 503],
  ])('6.2.7 answers %p as %p', (status, answered) => {
    expect(crossmintErrors.render(problem(status)).status).toBe(answered);
  });

  it('6.2.5 says true in a 400 and a text in a 403 and a 503', () => {
    expect([400, 403, 503].map((status) => (crossmintErrors.render(problem(status)).body as { error: unknown }).error)).toEqual([
      true,
      'Forbidden',
      'Service Unavailable',
    ]);
  });

  it('6.2.6 lists what is wrong as messages, without index or id', () => {
    const { code, message, details } = domainErrorOf(() =>
      parseCrossmintRequest({ projectId: 'default', query: { endDate: 'y' } }, { now: NOW }),
    );
    expect(crossmintErrors.render({ status: 400, code, message, details, now: NOW }).body).toEqual({
      error: true,
      message: 'Invalid arguments: see validationErrors for each of them.',
      validationErrors: [
        { message: 'dimension: received none; expected monthly_active_wallets' },
        { message: 'startDate is required: received none; expected YYYY-MM, for example 2023-11' },
        { message: 'endDate: received "y"; expected YYYY-MM, for example 2023-11' },
      ],
    });
  });

  it('does not tell an unknown project from a foreign one, or from a missing key', () => {
    const bodies = [401, 403, 404].map((status) => JSON.stringify(crossmintErrors.render(problem(status, `why ${status}`)).body));
    expect(new Set(bodies).size).toBe(1);
  });
});

describe('the published OpenAPI document', () => {
  const page = readPublished('seeds', '000');
  const document = page === null ? crossmintOpenApi : openApiOf(page);
  const names =
    page === null
      ? { usage: 'CrossmintUsage', badRequest: 'CrossmintBatchError', error: 'CrossmintError' }
      : { usage: 'UsageResponse', badRequest: 'BatchError', error: 'Error' };
  const state = page === null ? 'absent, ours instead' : 'present';

  it(`allows the answer for one month (${state})`, () => {
    expect(errorsOf(validatorOf(document, names.usage), renderCrossmintUsage(oneMonth))).toEqual([]);
  });

  it(`allows each month of a list (${state})`, () => {
    const { usage } = renderCrossmintUsage({ ...oneMonth, isList: true, months: ['2026-07', '2026-08'] }).data;
    const validate = validatorOf(document, names.usage);
    expect([usage].flat().flatMap((month) => errorsOf(validate, { data: { dimension, usage: month } }))).toEqual([]);
  });

  it(`6.2.5 allows the error bodies (${state})`, () => {
    const badRequest = { ...problem(400), details: [{ parameter: 'startDate', code: 'missing', message: 'startDate is required' }] };
    expect(errorsOf(validatorOf(document, names.badRequest), crossmintErrors.render(badRequest).body)).toEqual([]);
    expect(
      [403, 503].flatMap((status) => errorsOf(validatorOf(document, names.error), crossmintErrors.render(problem(status)).body)),
    ).toEqual([]);
  });

  it('is met by our own examples too', () => {
    const validate = validatorOf(crossmintOpenApi, 'CrossmintUsage');
    expect(examplesOf(crossmintOpenApi, CROSSMINT_PATHS[0]!).flatMap((example) => errorsOf(validate, example))).toEqual([]);
  });
});
