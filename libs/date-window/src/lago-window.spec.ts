import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { TIME_ZONES } from '../test/time-zones.js';
import { WindowError } from './errors.js';
import { type LagoQuery, lagoWindow } from './lago-window.js';

const NOW = new Date('2026-11-21T02:30:00Z');
const bucketsOf = (query: LagoQuery, timeZone = 'UTC'): string[] =>
  lagoWindow(query, NOW, timeZone).buckets.map(({ start, end }) => `${start}..${end}`);

function refusalOf(query: LagoQuery, timeZone = 'UTC'): unknown {
  try {
    lagoWindow(query, NOW, timeZone);
  } catch (error) {
    if (error instanceof WindowError) return error;
    throw error;
  }
  throw new Error(`accepted ${JSON.stringify(query)}`);
}

describe('the window of a Lago request', () => {
  it.each<[string, LagoQuery, string, string, string, string]>([
    ['nothing: the last 30 days and today', {}, 'UTC', 'daily', '2026-10-22T00:00:00.000Z', '2026-11-22T00:00:00.000Z'],
    [
      'empty texts, as nothing',
      { time_granularity: '', from_date: '', to_date: '' },
      'UTC',
      'daily',
      '2026-10-22T00:00:00.000Z',
      '2026-11-22T00:00:00.000Z',
    ],
    ['nothing, where it is still the day before', {}, 'America/New_York', 'daily', '2026-10-21T04:00:00.000Z', '2026-11-21T05:00:00.000Z'],
    ['weekly, no dates', { time_granularity: 'weekly' }, 'UTC', 'weekly', '2026-10-22T00:00:00.000Z', '2026-11-22T00:00:00.000Z'],
    ['from_date alone: to today', { from_date: '2026-11-01' }, 'UTC', 'daily', '2026-11-01T00:00:00.000Z', '2026-11-22T00:00:00.000Z'],
    [
      'to_date alone: as long as the default',
      { to_date: '2026-03-31' },
      'UTC',
      'daily',
      '2026-03-01T00:00:00.000Z',
      '2026-04-01T00:00:00.000Z',
    ],
    ['one day', { from_date: '2023-11-30', to_date: '2023-11-30' }, 'UTC', 'daily', '2023-11-30T00:00:00.000Z', '2023-12-01T00:00:00.000Z'],
    [
      'a month in Paris',
      { time_granularity: 'monthly', from_date: '2026-03-01', to_date: '2026-03-31' },
      'Europe/Paris',
      'monthly',
      '2026-02-28T23:00:00.000Z',
      '2026-03-31T22:00:00.000Z',
    ],
    [
      'an end in the future',
      { from_date: '2026-11-21', to_date: '2026-11-30' },
      'UTC',
      'daily',
      '2026-11-21T00:00:00.000Z',
      '2026-12-01T00:00:00.000Z',
    ],
  ])('with %s', (_name, query, timeZone, granularity, from, to) => {
    expect(lagoWindow(query, NOW, timeZone)).toMatchObject({ granularity, window: { fromMs: Date.parse(from), toMs: Date.parse(to) } });
  });

  it.each<[string, LagoQuery, string, string[]]>([
    [
      'days, start and end alike',
      { from_date: '2026-02-27', to_date: '2026-03-01' },
      'UTC',
      ['2026-02-27..2026-02-27', '2026-02-28..2026-02-28', '2026-03-01..2026-03-01'],
    ],
    [
      'weeks from Monday, cut at both ends',
      { time_granularity: 'weekly', from_date: '2026-11-05', to_date: '2026-11-17' },
      'UTC',
      ['2026-11-05..2026-11-08', '2026-11-09..2026-11-15', '2026-11-16..2026-11-17'],
    ],
    ['a whole month', { time_granularity: 'monthly', from_date: '2024-01-01', to_date: '2024-01-31' }, 'UTC', ['2024-01-01..2024-01-31']],
    [
      'months, cut at both ends',
      { time_granularity: 'monthly', from_date: '2026-01-15', to_date: '2026-02-03' },
      'Asia/Beirut',
      ['2026-01-15..2026-01-31', '2026-02-01..2026-02-03'],
    ],
    [
      'no day for a date that was left out',
      { from_date: '2011-12-29', to_date: '2011-12-31' },
      'Pacific/Apia',
      ['2011-12-29..2011-12-29', '2011-12-31..2011-12-31'],
    ],
  ])('has %s', (_name, query, timeZone, buckets) => {
    expect(bucketsOf(query, timeZone)).toEqual(buckets);
  });

  it('is tiled by its buckets, whose dates follow one another', () => {
    const cases = fc.record({
      timeZone: fc.constantFrom(...TIME_ZONES),
      time_granularity: fc.constantFrom('daily', 'weekly', 'monthly'),
      from_date: fc.date({ min: new Date('2012-02-01T00:00:00Z'), max: new Date('2035-01-01T00:00:00Z'), noInvalidDate: true }),
      days: fc.integer({ min: 0, max: 120 }),
    });
    const text = (date: Date): string => date.toISOString().slice(0, 10);
    fc.assert(
      fc.property(cases, ({ timeZone, time_granularity, from_date, days }) => {
        const to_date = new Date(from_date.getTime() + days * 86_400_000);
        const { window, buckets } = lagoWindow({ time_granularity, from_date: text(from_date), to_date: text(to_date) }, NOW, timeZone);
        expect([buckets[0]?.start, buckets.at(-1)?.end]).toEqual([text(from_date), text(to_date)]);
        expect([buckets[0]?.window.fromMs, buckets.at(-1)?.window.toMs]).toEqual([window.fromMs, window.toMs]);
        buckets.slice(1).forEach((next, at) => {
          expect(next.window.fromMs).toBe(buckets[at]?.window.toMs);
          expect(Date.parse(next.start) - Date.parse(buckets[at]?.end ?? '')).toBe(86_400_000);
        });
      }),
    );
  });

  it.each<[string, LagoQuery]>([
    ['1000 days', { from_date: '2024-02-26', to_date: '2026-11-21' }],
    ['ten years by week', { time_granularity: 'weekly', from_date: '2016-11-14', to_date: '2026-11-21' }],
    ['ten years by month', { time_granularity: 'monthly', from_date: '2016-11-14', to_date: '2026-11-21' }],
  ])('may be as long as %s', (_name, query) => {
    expect(bucketsOf(query).length).toBeGreaterThan(100);
  });
});

describe('what a Lago request is refused for', () => {
  it.each<[string, LagoQuery, string, string, string]>([
    ['yearly', { time_granularity: 'yearly' }, 'invalid_choice', 'time_granularity', '"yearly"; expected one of daily, weekly, monthly'],
    ['a granularity in capitals', { time_granularity: 'Daily' }, 'invalid_choice', 'time_granularity', '"Daily"'],
    ['a date that does not exist', { from_date: '2026-02-29' }, 'invalid_format', 'from_date', '"2026-02-29"'],
    ['a date-time', { to_date: '2026-11-21T00:00:00Z' }, 'invalid_format', 'to_date', '"2026-11-21T00:00:00Z"'],
    ['a reversed window', { from_date: '2026-11-02', to_date: '2026-11-01' }, 'empty_window', 'from_date', '2026-11-02 to 2026-11-01'],
    ['a from_date after today without to_date', { from_date: '2026-11-22' }, 'empty_window', 'from_date', '2026-11-22 to 2026-11-21'],
    ['1001 days', { from_date: '2024-02-25', to_date: '2026-11-21' }, 'span_too_long', 'from_date', 'at most 1000 days'],
    [
      'more than ten years by month',
      { time_granularity: 'monthly', from_date: '2016-11-13' },
      'span_too_long',
      'from_date',
      'at most 3660 days',
    ],
    ['all of time', { from_date: '0001-01-01', to_date: '9999-12-31' }, 'span_too_long', 'from_date', '0001-01-01 to 9999-12-31'],
  ])('%s', (_name, query, code, parameter, quoted) => {
    expect(refusalOf(query)).toMatchObject({ code, parameter, message: expect.stringContaining(quoted) });
  });

  it('a single date that the zone left out', () => {
    expect(refusalOf({ from_date: '2011-12-30', to_date: '2011-12-30' }, 'Pacific/Apia')).toMatchObject({
      code: 'empty_window',
      message: expect.stringContaining('Pacific/Apia'),
    });
  });
});
