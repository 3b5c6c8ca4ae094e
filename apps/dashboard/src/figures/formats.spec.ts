import { describe, expect, it } from '@jest/globals';
import { decimal } from '@tallymark/domain';
import { createFormats } from './formats.js';

const usual = (text: string): string => text.replace(/[\u00a0\u202f\u2009]/g, ' ');
const american = createFormats({ locale: 'en-US', timeZone: 'UTC', currency: 'USD' });
const german = createFormats({ locale: 'de-DE', timeZone: 'Europe/Berlin', currency: 'EUR' });

describe('numbers', () => {
  it.each([
    ['0', '0', '0'],
    ['6123', '6,123', '6,123'],
    ['0.964725779', '0.965', '0.964725779'],
    ['0.00012345', '0.000123', '0.00012345'],
    ['-1.5', '-1.5', '-1.5'],
    ['9007199254740993', '9,007,199,254,740,993', '9,007,199,254,740,993'],
    ['123456789012345678901234.5', '123,456,789,012,345,678,901,234.5', '123,456,789,012,345,678,901,234.5'],
  ])('%s reads %s, exactly %s', (text, quantity, exact) => {
    expect([american.quantity(decimal(text)), american.exact(decimal(text))]).toEqual([quantity, exact]);
  });

  it.each([
    ['money in cents', american.money(decimal('31.5')), '$31.50'],
    ['a price below a cent', american.price(decimal('0.0005')), '$0.0005'],
    ['a price of whole cents', american.price(decimal('0.4')), '$0.40'],
    ['a percentage', american.percent(decimal('122.46')), '122.46%'],
    ['an axis', american.compact(12_500), '12.5K'],
    ['a fine axis', american.compact(0.0004), '0.0004'],
    ['German money', german.money(decimal('1234.5')), '1.234,50 €'],
    ['a German quantity', german.quantity(decimal('6123.25')), '6.123,25'],
    ['money without minor unit', createFormats({ locale: 'en-US', timeZone: 'UTC', currency: 'JPY' }).money(decimal('1234')), '¥1,234'],
    ['names', american.list(['a', 'b', 'c']), 'a, b, and c'],
  ])('%s', (_, written, expected) => {
    expect(usual(written)).toBe(expected);
  });
});

describe('times are those of the zone', () => {
  const from = new Date('2026-10-31T23:00:00Z');
  const to = new Date('2026-11-30T23:00:00Z');

  it.each([
    ['a period, by its last day', german.period(from, to), '1.–30. November 2026'],
    ['a moment', german.moment(from), 'So., 1. Nov. 2026, 00:00'],
    ['a clock of 24 hours', german.clock(new Date('2026-11-21T23:05:09Z')), '00:05:09'],
    ['a day', american.day(from), 'Sat, Oct 31'],
    ['the first label of an axis', american.dayAndMonth(from), 'Oct 31'],
    ['another label', american.dayOfMonth(from), '31'],
  ])('%s', (_, written, expected) => {
    expect(usual(written)).toBe(expected);
  });

  it.each([
    ['2026-11-20T22:59:59Z', false],
    ['2026-11-20T23:00:00Z', true],
    ['2026-11-22T22:59:59Z', true],
    ['2026-11-22T23:00:00Z', false],
  ])('%s is a weekend in Berlin: %s', (instant, expected) => {
    expect(german.isWeekend(new Date(instant))).toBe(expected);
  });
});
