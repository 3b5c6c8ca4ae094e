import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  formatGnipTimestamp,
  formatIsoDate,
  formatYearMonth,
  parseGnipTimestamp,
  parseIsoDate,
  parseIsoDateOrDateTime,
  parseYearMonth,
} from './date-grammar.js';
import { DateFormatError } from './errors.js';

const instants = fc.date({ min: new Date('0001-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59.999Z'), noInvalidDate: true });

function expectRefusal(parse: (text: string) => unknown, text: string): void {
  expect(() => parse(text)).toThrow(DateFormatError);
  expect(() => parse(text)).toThrow(JSON.stringify(text));
}

describe('parseYearMonth', () => {
  it.each([
    ['2023-11', { year: 2023, month: 11 }],
    ['0001-01', { year: 1, month: 1 }],
    ['9999-12', { year: 9999, month: 12 }],
  ])('reads %s', (text, month) => {
    expect(parseYearMonth(text)).toEqual(month);
    expect(formatYearMonth(month)).toBe(text);
  });

  it.each([
    '',
    '2023-13',
    '2023-00',
    '0000-01',
    '2023-1',
    '23-11',
    '2023-11-01',
    '2023/11',
    ' 2023-11',
    '2023-11\n',
    '+2023-11',
    '٢٠٢٣-١١',
    '202311',
  ])('refuses %j', (text) => {
    expectRefusal(parseYearMonth, text);
  });
});

describe('parseGnipTimestamp', () => {
  it.each([
    ['201805010000', '2018-05-01T00:00:00.000Z'],
    ['202611212359', '2026-11-21T00:00:00.000Z'],
    ['202402290000', '2024-02-29T00:00:00.000Z'],
  ])('reads %s as %s', (text, instant) => {
    expect(parseGnipTimestamp(text).toISOString()).toBe(instant);
  });

  it.each([
    ['no such day', '201802310000'],
    ['no leap day', '202602290000'],
    ['no such month', '201813010000'],
    ['month 00', '201800010000'],
    ['day 00', '201801000000'],
    ['hour 24', '201801012400'],
    ['minute 60', '201801010060'],
    ['year 0', '000001010000'],
    ['8 digits', '20180101'],
    ['14 digits', '20180101000000'],
    ['separators', '2018-01-01T00'],
    ['a space', ' 20180101000'],
    ['nothing', ''],
  ])('refuses %s: %j', (_name, text) => {
    expectRefusal(parseGnipTimestamp, text);
  });

  it('reads back what is printed, cut to the day', () => {
    fc.assert(
      fc.property(instants, (instant) =>
        expect(parseGnipTimestamp(formatGnipTimestamp(instant)).getTime()).toBe(Math.floor(instant.getTime() / 86_400_000) * 86_400_000),
      ),
    );
  });
});

describe('parseIsoDate', () => {
  it.each(['2023-11-30', '2024-02-29', '2000-02-29', '0001-01-01', '9999-12-31'])('reads %s', (text) => {
    expect(formatIsoDate(parseIsoDate(text))).toBe(text);
  });

  it.each([
    '',
    '2023-02-29',
    '1900-02-29',
    '2023-11-31',
    '2023-13-01',
    '2023-11-00',
    '0000-01-01',
    '2023-11-3',
    '20231130',
    '2023-11-30T00:00:00Z',
    '2023-W48-4',
    '10000-01-01',
  ])('refuses %j', (text) => {
    expectRefusal(parseIsoDate, text);
  });
});

describe('parseIsoDateOrDateTime', () => {
  it.each([
    ['2024-01-31', '2024-01-31T00:00:00.000Z', true],
    ['2024-01-31T23:59:59Z', '2024-01-31T23:59:59.000Z', false],
    ['2024-01-31T23:59:59.9999Z', '2024-01-31T23:59:59.999Z', false],
    ['2024-01-31T00:00:00+05:45', '2024-01-30T18:15:00.000Z', false],
  ])('reads %s as %s (date only: %s)', (text, instant, dateOnly) => {
    expect(parseIsoDateOrDateTime(text)).toEqual({ instant: new Date(instant), dateOnly });
  });

  it.each([
    '',
    '2024-02-30',
    '2024-01-31T00:00:00',
    '2024-01-31 00:00:00Z',
    '2024-01',
    '1706659200',
    'yesterday',
    '2024-01-31T00:00:00 02:00',
  ])('refuses %j', (text) => {
    expectRefusal(parseIsoDateOrDateTime, text);
  });
});
