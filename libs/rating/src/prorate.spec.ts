import { Window } from '@tallymark/date-window';
import { decimal, formatDecimal } from '@tallymark/domain';
import { describe, expect, it } from '@jest/globals';
import { minimumTrueUp, prorate } from './index.js';

function days(from: string, to: string): Window {
  return Window.of(new Date(`${from}T00:00:00Z`), new Date(`${to}T00:00:00Z`));
}

const january = days('2026-01-01', '2026-02-01');

describe('prorate', () => {
  it.each([
    ['15 of 31 days', '100', days('2026-01-01', '2026-01-16'), 'USD', '48.39'],
    ['the other 16', '100', days('2026-01-16', '2026-02-01'), 'USD', '51.61'],
    ['no decimals', '1000', days('2026-01-01', '2026-01-11'), 'JPY', '323'],
    ['all of it', '29.99', january, 'USD', '29.99'],
    ['longer than the whole', '100', days('2025-12-01', '2026-03-01'), 'USD', '100'],
    ['partly before the whole', '31', days('2025-12-25', '2026-01-03'), 'USD', '2'],
    ['outside the whole', '100', days('2026-02-01', '2026-03-01'), 'USD', '0'],
    ['the second half of an odd cent', '0.01', days('2026-01-16', '2026-01-17'), 'USD', '0.01'],
  ])('%s of %s', (_case, amount, part, currency, expected) => {
    expect(formatDecimal(prorate(decimal(amount), part, january, currency))).toBe(expected);
  });
});

describe('minimumTrueUp', () => {
  it.each([
    ['charged less than the minimum', '10', '7', january, '3'],
    ['charged the minimum', '10', '10', january, '0'],
    ['charged more', '10', '12.5', january, '0'],
    ['covered for 15 of 31 days', '10', '2', days('2026-01-01', '2026-01-16'), '2.84'],
  ])('%s: minimum %s, charged %s', (_case, minimum, charged, part, expected) => {
    const trueUp = minimumTrueUp({
      minimumAmount: decimal(minimum),
      chargedAmount: decimal(charged),
      part,
      whole: january,
      currency: 'USD',
    });
    expect(formatDecimal(trueUp)).toBe(expected);
  });
});
