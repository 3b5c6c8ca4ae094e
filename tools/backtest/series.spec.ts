import { describe, expect, it } from '@jest/globals';
import { completeMonths, seriesOf } from './series.js';

const consecutive = (first: string, count: number) =>
  new Map(Array.from({ length: count }, (_, day) => [new Date(Date.parse(first) + day * 86_400_000).toISOString().slice(0, 10), day]));

describe('seriesOf', () => {
  it('fills a missing day with the same weekday of the week before', () => {
    const values = consecutive('2026-03-01', 12);
    values.delete('2026-03-10');
    const series = seriesOf('views', values);
    expect(series.days.map(({ value }) => value)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 2, 10, 11]);
    expect(series.filledDays).toBe(1);
  });

  it('fills a day missing in the first week with the day before', () => {
    const series = seriesOf(
      'views',
      new Map([
        ['2026-03-01', 5],
        ['2026-03-03', 7],
      ]),
    );
    expect(series.days.map(({ value }) => value)).toEqual([5, 5, 7]);
  });

  it('refuses a series without days', () => {
    expect(() => seriesOf('views', new Map())).toThrow('"views"');
  });
});

describe('completeMonths', () => {
  it.each([
    ['January to March, begun and ended in mid-month', '2026-01-15', 60, [[17, 28]]],
    ['a leap February', '2024-02-01', 29, [[0, 29]]],
    ['two weeks', '2026-03-01', 14, []],
  ])('%s', (_name, first, count, expected) => {
    expect(completeMonths(seriesOf('views', consecutive(first, count))).map((period) => [period.first, period.length])).toEqual(expected);
  });
});
