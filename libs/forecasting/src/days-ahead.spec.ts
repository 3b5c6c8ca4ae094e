import { describe, expect, it } from '@jest/globals';
import { Window } from '@tallymark/date-window';
import { daysAhead } from './days-ahead.js';

const window = (from: string, to: string) => Window.of(new Date(from), new Date(to));
const march = window('2026-03-01T00:00:00Z', '2026-04-01T00:00:00Z');

describe('daysAhead', () => {
  it.each([
    ['before the period: all of it', '2026-02-20T12:00:00Z', 31],
    ['at the start of a day: that day too', '2026-03-31T00:00:00Z', 1],
    ['in mid-day', '2026-03-30T18:00:00Z', 2],
    ['after the end: none', '2026-04-01T00:00:00Z', 0],
  ])('%s', (_name, now, count) => {
    expect(daysAhead(march, new Date(now), 'UTC')).toHaveLength(count);
  });

  it('gives of today what is left of it', () => {
    const [today, tomorrow] = daysAhead(march, new Date('2026-03-30T18:00:00Z'), 'UTC');
    expect(today).toEqual({ date: '2026-03-30', weekday: 1, shareInWindow: 1, shareAhead: 0.25, aheadMs: 21_600_000, isToday: true });
    expect(tomorrow).toMatchObject({ date: '2026-03-31', weekday: 2, shareAhead: 1, isToday: false });
  });

  it('counts in local days, also of 23 hours', () => {
    const days = daysAhead(window('2026-02-28T23:00:00Z', '2026-03-31T22:00:00Z'), new Date('2026-03-28T23:00:00Z'), 'Europe/Paris');
    expect(days.map(({ date, aheadMs }) => `${date} ${aheadMs / 3_600_000}`)).toEqual(['2026-03-29 23', '2026-03-30 24', '2026-03-31 24']);
  });

  it('counts half of a day in which the period ends at noon', () => {
    const days = daysAhead(window('2026-03-01T00:00:00Z', '2026-03-03T12:00:00Z'), new Date('2026-03-02T00:00:00Z'), 'UTC');
    expect(days.map(({ shareInWindow }) => shareInWindow)).toEqual([1, 0.5]);
  });
});
