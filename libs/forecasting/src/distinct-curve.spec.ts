import { describe, expect, it } from '@jest/globals';
import { Window } from '@tallymark/date-window';
import { decimal, formatDecimal } from '@tallymark/domain';
import { projectDistinct } from './distinct-curve.js';

const window = Window.of(new Date('2026-11-01T00:00:00Z'), new Date('2026-11-05T00:00:00Z'));
const curve = (...counts: number[]) => counts.map((count) => decimal(String(count)));

describe('projectDistinct', () => {
  it.each([
    ['half of the time is three quarters of the values', '2026-11-03T00:00:00Z', [curve(50, 75, 90, 100)], '300', '400'],
    ['in mid-day, in between', '2026-11-01T12:00:00Z', [curve(50, 75, 90, 100)], '25', '100'],
    ['a shorter period is compared by its share of time', '2026-11-03T00:00:00Z', [curve(60, 100)], '60', '100'],
    [
      'the median of three periods',
      '2026-11-03T00:00:00Z',
      [curve(1, 80, 90, 100), curve(1, 20, 90, 100), curve(1, 50, 90, 100)],
      '10',
      '20',
    ],
    ['no earlier period', '2026-11-03T00:00:00Z', [], '300', null],
    ['earlier periods without values', '2026-11-03T00:00:00Z', [curve(0, 0, 0, 0), curve()], '300', null],
    ['at the end', '2026-11-05T00:00:00Z', [], '300', '300'],
    ['before the start', '2026-10-30T00:00:00Z', [curve(50, 75, 90, 100)], '0', null],
  ])('%s', (_name, now, curves, used, expected) => {
    const projected = projectDistinct({ used: decimal(used), curves, window, now: new Date(now) });
    expect(projected === null ? null : formatDecimal(projected)).toBe(expected);
  });
});
