import { describe, expect, it } from '@jest/globals';
import { decimal, formatDecimal } from '@tallymark/domain';
import { type DailyUsage, fillDailyUsage, toDailySeries } from './daily-usage.js';

const days = (usage: Record<string, string>): DailyUsage[] => Object.entries(usage).map(([date, used]) => ({ date, used: decimal(used) }));
const now = new Date('2026-03-04T20:00:00Z');

describe('fillDailyUsage', () => {
  it.each([
    [
      'idle days become zero, today falls away',
      { '2026-02-28': '2', '2026-03-02': '3', '2026-03-04': '9' },
      'UTC',
      ['2026-02-28=2', '2026-03-01=0', '2026-03-02=3', '2026-03-03=0'],
    ],
    ['sorts', { '2026-03-03': '3', '2026-03-02': '2' }, 'UTC', ['2026-03-02=2', '2026-03-03=3']],
    ['where it is tomorrow already, today is complete', { '2026-03-04': '9' }, 'Asia/Tokyo', ['2026-03-04=9']],
    ['a customer of today has no complete day', { '2026-03-04': '9' }, 'UTC', []],
    ['nothing', {}, 'UTC', []],
  ])('%s', (_name, usage, timeZone, expected) => {
    const filled = fillDailyUsage({ days: days(usage), now, timeZone });
    expect(filled.map(({ date, used }) => `${date}=${formatDecimal(used)}`)).toEqual(expected);
  });

  it('refuses a date that comes twice', () => {
    expect(() => fillDailyUsage({ days: [...days({ '2026-03-02': '1' }), ...days({ '2026-03-02': '1' })], now, timeZone: 'UTC' })).toThrow(
      '"2026-03-02"',
    );
  });
});

describe('toDailySeries', () => {
  it('knows the weekday of its first day', () => {
    expect(toDailySeries(days({ '2026-03-02': '1.5', '2026-03-03': '2' }), now, 'UTC')).toEqual({ values: [1.5, 2], firstWeekday: 1 });
  });

  it.each([
    ['a gap', { '2026-03-01': '1', '2026-03-03': '1' }, '"2026-03-01"; expected 2026-03-02'],
    ['an end before yesterday', { '2026-03-01': '1', '2026-03-02': '1' }, '"2026-03-01"; expected 2026-03-02'],
    ['the current day', { '2026-03-04': '1' }, '"2026-03-04"; expected 2026-03-03'],
    ['a quantity beyond any measure', { '2026-03-03': '1e200' }, '1.000e+200'],
  ])('refuses %s', (_name, usage, message) => {
    expect(() => toDailySeries(days(usage), now, 'UTC')).toThrow(message);
  });
});
