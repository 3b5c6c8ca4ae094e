import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { domainErrorOf } from '../../test/domain-error.js';
import { CROSSMINT_SCOPE } from './authentication.js';
import { CROSSMINT_PATHS } from './canonical.js';
import { buildCrossmintRequest, type CrossmintOptions, parseCrossmintRequest } from './request.js';

const NOW = new Date('2026-10-17T06:00:00Z');
const PROJECT = '6f1c2a34-9b7e-4c58-8d21-5e0a7b3f9c14';
const MAW = { dimension: 'monthly_active_wallets' };
const parse = (query: Record<string, string | string[]>, options: Partial<CrossmintOptions> = {}) =>
  parseCrossmintRequest({ projectId: PROJECT, query }, { now: NOW, ...options });
const messagesOf = (query: Record<string, string | string[]>, options: Partial<CrossmintOptions> = {}) =>
  domainErrorOf(() => parse(query, options)).details.map(({ parameter, code }) => `${parameter} ${code}`);

describe('parseCrossmintRequest', () => {
  it.each([
    ['one month without endDate', { startDate: '2026-08' }, 'auto', ['2026-08'], false],
    ['one month with endDate', { startDate: '2026-08', endDate: '2026-08' }, 'auto', ['2026-08'], false],
    ['three months, the last inclusive', { startDate: '2026-08', endDate: '2026-10' }, 'auto', ['2026-08', '2026-09', '2026-10'], true],
    ['months across a year', { startDate: '2025-12', endDate: '2026-01' }, 'auto', ['2025-12', '2026-01'], true],
    ['one month where all answers are lists', { startDate: '2026-08', endDate: '2026-08' }, 'array', ['2026-08'], true],
    ['up to the current month where all answers are lists', { startDate: '2026-08' }, 'array', ['2026-08', '2026-09', '2026-10'], true],
    ['one month where all answers are objects', { startDate: '2026-08' }, 'object', ['2026-08'], false],
  ] as const)('6.2.1 6.2.2 %s', (_name, dates, usageShape, months, isList) => {
    const query = parse({ ...MAW, ...dates }, { usageShape });
    expect(query.months.map(({ month }) => month)).toEqual(months);
    expect(query.isList).toBe(isList);
  });

  it('6.2.1 refuses several months where all answers are objects', () => {
    expect(messagesOf({ ...MAW, startDate: '2026-08', endDate: '2026-09' }, { usageShape: 'object' })).toEqual(['endDate span_too_long']);
  });

  it('6.2.3 refuses an absent dimension, unless it is made optional', () => {
    expect(messagesOf({ startDate: '2026-08' })).toEqual(['dimension missing']);
    expect(parse({ startDate: '2026-08' }, { isDimensionOptional: true }).dimension).toBe('monthly_active_wallets');
  });

  it.each([
    ['default', null],
    [PROJECT, PROJECT],
    [PROJECT.toUpperCase(), PROJECT],
  ])('6.2.4 takes the project id %s', (projectId, expected) => {
    expect(parseCrossmintRequest({ projectId, query: { ...MAW, startDate: '2026-08' } }, { now: NOW }).projectId).toBe(expected);
  });

  it.each(['', 'Default', 'acme', '6f1c2a34', "' OR 1=1"])('6.2.4 6.2.7 finds no project %j', (projectId) => {
    expect(domainErrorOf(() => parseCrossmintRequest({ projectId, query: {} }, { now: NOW })).code).toBe('not_found');
  });

  it('6.2.8 is mounted with and without /api, and under two dated versions', () => {
    expect(CROSSMINT_PATHS).toEqual([
      '/api/v1-alpha1/projects/{projectId}/usage',
      '/v1-alpha1/projects/{projectId}/usage',
      '/api/2022-06-09/v1-alpha1/projects/{projectId}/usage',
      '/api/2024-01-01/v1-alpha1/projects/{projectId}/usage',
    ]);
  });

  it('6.2.9 asks for a scope with a colon and a dot', () => {
    expect(CROSSMINT_SCOPE).toBe('projects:usage.read');
  });

  it('6.2.10 takes months in UTC whatever the zone of the machine', () => {
    expect(parse({ ...MAW, startDate: '2025-11' }).months[0]?.window.toJSON()).toEqual({
      from: '2025-11-01T00:00:00.000Z',
      to: '2025-12-01T00:00:00.000Z',
    });
  });

  it('6.2.11 takes months long before anything was used', () => {
    expect(parse({ ...MAW, startDate: '2019-01' }).months).toHaveLength(1);
  });

  it.each(['Monthly_Active_Wallets', 'MONTHLY_ACTIVE_WALLETS', 'monthly_active_wallets ', 'wallets'])(
    '6.2.12 refuses the dimension %j',
    (dimension) => {
      expect(messagesOf({ dimension, startDate: '2026-08' })).toEqual(['dimension invalid_choice']);
    },
  );

  it.each([
    ['no startDate', {}, ['startDate missing']],
    ['an empty startDate', { startDate: '' }, ['startDate missing']],
    ['a month 13', { startDate: '2026-13' }, ['startDate invalid_format']],
    ['a whole date', { startDate: '2026-08-01' }, ['startDate invalid_format']],
    ['one digit', { startDate: '2026-8' }, ['startDate invalid_format']],
    ['a future month', { startDate: '2026-11' }, ['startDate in_future']],
    ['months backwards', { startDate: '2026-08', endDate: '2026-07' }, ['endDate empty_window']],
    ['a malformed endDate', { startDate: '2026-08', endDate: 'now' }, ['endDate invalid_format']],
    ['two malformed dates', { startDate: 'x', endDate: 'y' }, ['startDate invalid_format', 'endDate invalid_format']],
    ['two start dates', { startDate: ['2026-08', '2026-09'] }, ['startDate duplicate']],
  ])('refuses %s', (_name, dates: Record<string, string | string[]>, expected) => {
    expect(messagesOf({ ...MAW, ...dates })).toEqual(expected);
  });

  it('lists every problem at once', () => {
    expect(messagesOf({ dimension: ['x', 'y'], startDate: '2026-13', endDate: 'y' })).toEqual([
      'dimension duplicate',
      'startDate invalid_format',
      'endDate invalid_format',
    ]);
    expect(messagesOf({ dimension: 'x', endDate: 'y' })).toEqual([
      'dimension invalid_choice',
      'startDate missing',
      'endDate invalid_format',
    ]);
  });

  it('reads what buildCrossmintRequest writes', () => {
    const month = fc
      .integer({ min: 0, max: 57 })
      .map((index) => `${2022 + Math.floor(index / 12)}-${String((index % 12) + 1).padStart(2, '0')}`);
    fc.assert(
      fc.property(fc.option(fc.uuid()), month, month, (projectId, a, b) => {
        const [startMonth, endMonth] = a < b ? [a, b] : [b, a];
        const { path, query } = buildCrossmintRequest({ projectId, dimension: 'monthly_active_wallets', startMonth, endMonth });
        const segment = decodeURIComponent(path.split('/').at(-2)!);
        const parsed = parseCrossmintRequest({ projectId: segment, query }, { now: NOW });
        expect([parsed.projectId, parsed.months[0]?.month, parsed.months.at(-1)?.month]).toEqual([projectId, startMonth, endMonth]);
      }),
    );
  });
});
