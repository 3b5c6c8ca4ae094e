import { describe, expect, it } from '@jest/globals';
import { Window } from '@tallymark/date-window';
import { decimal, formatDecimal } from '@tallymark/domain';
import { projectRunRate, projectRunRateRounded } from './run-rate.js';

const march = Window.of(new Date('2026-03-01T00:00:00Z'), new Date('2026-04-01T00:00:00Z'));

describe('projectRunRate', () => {
  it.each([
    ['before the period', '2026-02-27T00:00:00Z', '7', '7'],
    ['at its first instant', '2026-03-01T00:00:00Z', '7', '7'],
    ['after half of it', '2026-03-16T12:00:00Z', '7.5', '15'],
    ['after a quarter', '2026-03-08T18:00:00Z', '1000000000000000000000.25', '4000000000000000000001'],
    ['after a third, where the quotient ends because it multiplies first', '2026-03-11T08:00:00Z', '1', '3'],
    ['at its end', '2026-04-01T00:00:00Z', '7', '7'],
    ['long after', '2027-01-01T00:00:00Z', '7', '7'],
    ['with nothing used', '2026-03-16T12:00:00Z', '0', '0'],
  ])('%s', (_name, now, used, expected) => {
    expect(formatDecimal(projectRunRate({ used: decimal(used), window: march, now: new Date(now) }))).toBe(expected);
  });

  it('refuses a now that is no date', () => {
    expect(() => projectRunRate({ used: decimal('1'), window: march, now: new Date('soon') })).toThrow('invalid date');
  });
});

describe('projectRunRateRounded', () => {
  // 11.375 of 31 days: the factor is 248/91.
  it.each([
    ['1', 'down', '2'],
    ['1', 'half_up', '3'],
    ['9', 'down', '24'],
    ['25', 'down', '68'],
    ['41', 'down', '111'],
    ['150', 'down', '408'],
    ['1893', 'down', '5158'],
    ['2779', 'down', '7573'],
    ['2779', 'half_up', '7574'],
    ['1871', 'half_up', '5099'],
    ['91', 'down', '248'],
  ] as const)('%s used on 12 March at 09:00, rounded %s → %s', (used, rounding, expected) => {
    const projected = projectRunRateRounded({ used: decimal(used), window: march, now: new Date('2026-03-12T09:00:00Z') }, rounding);
    expect(formatDecimal(projected)).toBe(expected);
  });
});
