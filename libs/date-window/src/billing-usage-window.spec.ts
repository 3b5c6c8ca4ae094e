import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type BillingUsageQuery, type BillingUsageWindow, billingUsageWindow } from './billing-usage-window.js';
import { calendarUnitAt } from './calendar.js';
import { WindowError } from './errors.js';
import { Window } from './window.js';

const NOW = new Date('2026-11-21T15:30:00Z');
const monthOf = (instant: Date): Window => calendarUnitAt(instant, 'month', 'UTC');
const read = (query: BillingUsageQuery, periodContaining = monthOf): BillingUsageWindow =>
  billingUsageWindow(query, NOW, periodContaining(NOW), periodContaining);

function refusalOf(query: BillingUsageQuery, periodContaining = monthOf): unknown {
  try {
    read(query, periodContaining);
  } catch (error) {
    if (error instanceof WindowError) return error;
    throw error;
  }
  throw new Error(`accepted ${JSON.stringify(query)}`);
}

describe('the window of a billing usage request', () => {
  it.each<[string, BillingUsageQuery, string, string, boolean]>([
    ['nothing: the current period', {}, '2026-11-01T00:00:00.000Z', '2026-12-01T00:00:00.000Z', true],
    ['empty texts, as nothing', { startDate: '', endDate: '' }, '2026-11-01T00:00:00.000Z', '2026-12-01T00:00:00.000Z', true],
    [
      'the documentation’s dates, the end inclusive',
      { startDate: '2026-01-01', endDate: '2026-01-31' },
      '2026-01-01T00:00:00.000Z',
      '2026-02-01T00:00:00.000Z',
      false,
    ],
    ['one day', { startDate: '2026-01-31', endDate: '2026-01-31' }, '2026-01-31T00:00:00.000Z', '2026-02-01T00:00:00.000Z', false],
    ['startDate alone: to its period’s end', { startDate: '2026-06-10' }, '2026-06-10T00:00:00.000Z', '2026-07-01T00:00:00.000Z', false],
    ['endDate alone: from its period’s begin', { endDate: '2026-06-10' }, '2026-06-01T00:00:00.000Z', '2026-06-11T00:00:00.000Z', false],
    [
      'endDate on a period’s last day, alone: that period',
      { endDate: '2026-06-30' },
      '2026-06-01T00:00:00.000Z',
      '2026-07-01T00:00:00.000Z',
      false,
    ],
    ['the current period’s begin, alone', { startDate: '2026-11-01' }, '2026-11-01T00:00:00.000Z', '2026-12-01T00:00:00.000Z', true],
    [
      'date-times, the end exclusive',
      { startDate: '2026-06-10T08:00:00Z', endDate: '2026-06-10T09:10:00Z' },
      '2026-06-10T08:00:00.000Z',
      '2026-06-10T09:10:00.000Z',
      false,
    ],
    [
      'date-times with offset',
      { startDate: '2026-06-10T00:00:00+02:00', endDate: '2026-06-11T00:00:00+02:00' },
      '2026-06-09T22:00:00.000Z',
      '2026-06-10T22:00:00.000Z',
      false,
    ],
    [
      'an end as this contract prints it',
      { startDate: '2026-06-01T00:00:00Z', endDate: '2026-06-30T23:59:59Z' },
      '2026-06-01T00:00:00.000Z',
      '2026-07-01T00:00:00.000Z',
      false,
    ],
    [
      'an end as calendars print it',
      { startDate: '2026-06-01', endDate: '2026-06-30T23:59:59.999Z' },
      '2026-06-01T00:00:00.000Z',
      '2026-07-01T00:00:00.000Z',
      false,
    ],
    [
      'an end at midnight',
      { startDate: '2026-06-01', endDate: '2026-07-01T00:00:00Z' },
      '2026-06-01T00:00:00.000Z',
      '2026-07-01T00:00:00.000Z',
      false,
    ],
    [
      'the second before the last',
      { startDate: '2026-06-01', endDate: '2026-06-30T23:59:58Z' },
      '2026-06-01T00:00:00.000Z',
      '2026-06-30T23:59:58.000Z',
      false,
    ],
    [
      'twelve months ago, by the date',
      { startDate: '2025-11-21', endDate: '2025-12-31' },
      '2025-11-21T00:00:00.000Z',
      '2026-01-01T00:00:00.000Z',
      false,
    ],
  ])('with %s', (_name, query, from, to, isCurrentPeriod) => {
    const answer = read(query);
    expect({ ...answer.window.toJSON(), isCurrentPeriod: answer.isCurrentPeriod }).toEqual({ from, to, isCurrentPeriod });
  });

  it.each<[string, BillingUsageQuery, string, string]>([
    ['a month', { startDate: '2026-01-01', endDate: '2026-01-31' }, '2026-01-01T00:00:00Z', '2026-01-31T23:59:59Z'],
    [
      'a window of an hour',
      { startDate: '2026-06-10T08:00:00Z', endDate: '2026-06-10T09:00:00Z' },
      '2026-06-10T08:00:00Z',
      '2026-06-10T08:59:59Z',
    ],
    [
      'less than a second',
      { startDate: '2026-06-10T08:00:00.100Z', endDate: '2026-06-10T08:00:00.200Z' },
      '2026-06-10T08:00:00Z',
      '2026-06-10T08:00:00Z',
    ],
  ])('echoes %s with an inclusive end, to the second', (_name, query, start, end) => {
    expect(read(query).echo).toEqual({ start, end });
  });

  it('answers the current period however long ago it began', () => {
    const threeYears = Window.of(new Date('2024-01-01T00:00:00Z'), new Date('2027-01-01T00:00:00Z'));
    expect(read({}, () => threeYears)).toMatchObject({
      isCurrentPeriod: true,
      echo: { start: '2024-01-01T00:00:00Z', end: '2026-12-31T23:59:59Z' },
    });
  });

  it('gives the same window for a period that it printed', () => {
    const zones = fc.constantFrom('UTC', 'Asia/Kathmandu', 'America/New_York', 'Australia/Lord_Howe');
    fc.assert(
      fc.property(zones, fc.integer({ min: 0, max: 300 }), (zone, daysAgo) => {
        const periodContaining = (instant: Date): Window => calendarUnitAt(instant, 'month', zone);
        const period = periodContaining(new Date(NOW.getTime() - daysAgo * 86_400_000));
        const printed = read({ startDate: period.from.toISOString(), endDate: period.to.toISOString() }, periodContaining).echo;
        expect(read({ startDate: printed.start, endDate: printed.end }, periodContaining).window).toEqual(period);
        expect(read({ startDate: printed.start }, periodContaining).window).toEqual(period);
        expect(read({ endDate: printed.end }, periodContaining).window).toEqual(period);
      }),
    );
  });
});

describe('what a billing usage request is refused for', () => {
  const SENTENCE = 'Invalid date range: startDate must be before endDate';

  it.each<[string, BillingUsageQuery, string, string, string]>([
    ['a start after the end', { startDate: '2026-02-01', endDate: '2026-01-31' }, 'empty_window', 'startDate', SENTENCE],
    ['equal instants', { startDate: '2026-06-10T08:00:00Z', endDate: '2026-06-10T10:00:00+02:00' }, 'empty_window', 'startDate', SENTENCE],
    [
      'equal instants in the last second of a bucket',
      { startDate: '2026-06-10T08:14:59Z', endDate: '2026-06-10T08:14:59Z' },
      'empty_window',
      'startDate',
      SENTENCE,
    ],
    ['no such date', { startDate: '2026-02-30' }, 'invalid_format', 'startDate', '"2026-02-30"'],
    ['a date-time without offset', { endDate: '2026-02-03T00:00:00' }, 'invalid_format', 'endDate', '"2026-02-03T00:00:00"'],
    [
      'more than twelve months ago',
      { startDate: '2025-11-20', endDate: '2025-12-31' },
      'before_history',
      'startDate',
      '2025-11-21T00:00:00Z or later',
    ],
    ['an end more than twelve months ago', { endDate: '2025-10-31' }, 'before_history', 'endDate', '2025-10-01T00:00:00Z'],
    [
      'an end whose period began more than twelve months ago',
      { endDate: '2025-11-25' },
      'before_history',
      'endDate',
      '2025-11-01T00:00:00Z',
    ],
  ])('%s', (_name, query, code, parameter, quoted) => {
    expect(refusalOf(query)).toMatchObject({ code, parameter, message: expect.stringContaining(quoted) });
  });

  it('a reversed range, in exactly the contract’s words', () => {
    expect(() => read({ startDate: '2026-02-01', endDate: '2026-01-31' })).toThrow(new WindowError('empty_window', 'startDate', SENTENCE));
  });
});
