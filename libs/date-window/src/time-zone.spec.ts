import { describe, expect, it } from '@jest/globals';
import { addLocalDays, isTimeZone, localDate, startOfDate } from './time-zone.js';
import { parseIsoDate } from './date-grammar.js';

describe('isTimeZone', () => {
  it.each(['UTC', 'Europe/Paris', 'america/new_york', 'America/Argentina/Buenos_Aires', 'Etc/GMT+3', 'Asia/Kathmandu'])(
    'knows %s',
    (zone) => {
      expect(isTimeZone(zone)).toBe(true);
    },
  );

  it.each(['', 'Mars/Olympus', '+05:30', '-08', 'Europe/Paris ', '2026-01-01T00:00Z[UTC]', 'UTC\n', 'Europe/Paris; drop table'])(
    'refuses %j',
    (zone) => {
      expect(isTimeZone(zone)).toBe(false);
    },
  );
});

describe('localDate', () => {
  it.each([
    ['2026-01-01T00:00:00Z', 'UTC', '2026-01-01'],
    ['2026-01-01T00:00:00Z', 'America/New_York', '2025-12-31'],
    ['2025-12-31T18:14:59Z', 'Asia/Kathmandu', '2025-12-31'],
    ['2025-12-31T18:15:00Z', 'Asia/Kathmandu', '2026-01-01'],
    ['2011-12-30T09:59:59Z', 'Pacific/Apia', '2011-12-29'],
    ['2011-12-30T10:00:00Z', 'Pacific/Apia', '2011-12-31'],
    ['0001-01-01T00:00:00Z', 'UTC', '0001-01-01'],
    ['1969-12-31T23:59:59Z', 'UTC', '1969-12-31'],
  ])('of %s in %s is %s', (instant, zone, date) => {
    expect(localDate(new Date(instant), zone)).toBe(date);
  });

  it.each(['UTC', 'Europe/Paris'])('refuses an invalid date in %s', (zone) => {
    expect(() => localDate(new Date('never'), zone)).toThrow(RangeError);
  });

  it('refuses an unknown zone', () => {
    expect(() => localDate(new Date(0), 'Mars/Olympus')).toThrow(RangeError);
  });
});

describe('startOfDate', () => {
  it.each([
    ['plain midnight', '2026-07-01', 'Europe/Paris', '2026-06-30T22:00:00.000Z'],
    ['no midnight: clocks go from 00:00 to 01:00', '2024-03-31', 'Asia/Beirut', '2024-03-30T22:00:00.000Z'],
    ['no midnight: clocks go from 00:00 to 01:00', '2018-11-04', 'America/Sao_Paulo', '2018-11-04T03:00:00.000Z'],
    ['midnight twice, the earlier: clocks go from 01:00 to 00:00', '2023-11-05', 'America/Havana', '2023-11-05T04:00:00.000Z'],
    ['a date that was left out', '2011-12-30', 'Pacific/Apia', '2011-12-30T10:00:00.000Z'],
    ['the date after it', '2011-12-31', 'Pacific/Apia', '2011-12-30T10:00:00.000Z'],
    ['a year below 100', '0099-01-01', 'UTC', '0099-01-01T00:00:00.000Z'],
  ])('%s: %s in %s is %s', (_name, date, zone, start) => {
    expect(startOfDate(parseIsoDate(date), zone).toISOString()).toBe(start);
  });

  it.each(['UTC', 'Europe/Paris'])('refuses a date that does not exist in %s', (zone) => {
    expect(() => startOfDate({ year: 2026, month: 2, day: 29 }, zone)).toThrow('"day":29');
  });
});

describe('addLocalDays', () => {
  it.each([
    ['the same time of day over a change of the clock', '2026-03-26T12:00:00Z', 14, 'Europe/Berlin', '2026-04-09T11:00:00.000Z'],
    ['an hour later where that time was left out', '2026-03-28T01:30:00Z', 1, 'Europe/Berlin', '2026-03-29T01:30:00.000Z'],
    ['the earlier where it comes twice', '2026-10-24T00:30:00Z', 1, 'Europe/Berlin', '2026-10-25T00:30:00.000Z'],
    ['back', '2026-03-30T12:00:00Z', -2, 'Europe/Berlin', '2026-03-28T13:00:00.000Z'],
    ['days of 24 hours in UTC', '2026-03-26T12:00:00Z', 14, 'UTC', '2026-04-09T12:00:00.000Z'],
  ])('%s: %s + %i days in %s is %s', (_name, instant, days, zone, expected) => {
    expect(addLocalDays(new Date(instant), days, zone).toISOString()).toBe(expected);
  });

  it.each([
    ['an unknown zone', new Date(0), 1, 'Mars/Olympus'],
    ['an invalid date', new Date('never'), 1, 'UTC'],
    ['half a day', new Date(0), 0.5, 'UTC'],
  ])('refuses %s', (_name, instant, days, zone) => {
    expect(() => addLocalDays(instant, days, zone)).toThrow(RangeError);
  });
});
