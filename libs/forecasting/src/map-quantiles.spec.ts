import { describe, expect, it } from '@jest/globals';
import { type Decimal, decimal, formatDecimal, maxDecimal } from '@tallymark/domain';
import type { ForecastQuantiles } from './forecast.js';
import { capQuantiles, quantilesToMoney } from './map-quantiles.js';

const interval = (lower: string, upper: string) => ({ lower: decimal(lower), upper: decimal(upper) });
const usage: ForecastQuantiles = { projected: decimal('1100'), interval80: interval('900', '1300'), interval95: interval('800', '1500') };
const text = ({ projected, interval80, interval95 }: ForecastQuantiles) =>
  [interval95?.lower, interval80?.lower, projected, interval80?.upper, interval95?.upper].map((value) =>
    value ? formatDecimal(value) : null,
  );

/** 1000 included, then 0.02 each. */
const graduated = (used: Decimal) => maxDecimal(decimal('0'), used.minus(decimal('1000'))).times(decimal('0.02'));
/** All units at 0.10, from 1001 on all at 0.05. */
const volume = (used: Decimal) => used.times(decimal(used.gt(decimal('1000')) ? '0.05' : '0.1'));

describe('quantilesToMoney', () => {
  it('prices each quantile', () => {
    expect(text(quantilesToMoney(usage, graduated))).toEqual(['0', '0', '2', '6', '10']);
  });

  it('keeps intervals upright and nested where a volume price falls', () => {
    expect(text(quantilesToMoney(usage, volume))).toEqual(['55', '55', '55', '90', '90']);
  });

  it('leaves out what the forecast left out', () => {
    expect(text(quantilesToMoney({ projected: decimal('1100'), interval80: null, interval95: null }, graduated))).toEqual([
      null,
      null,
      '2',
      null,
      null,
    ]);
    expect(text(quantilesToMoney({ projected: null, interval80: null, interval95: null }, graduated))).toEqual([
      null,
      null,
      null,
      null,
      null,
    ]);
  });
});

describe('capQuantiles', () => {
  it('stops at the limit', () => {
    expect(text(capQuantiles(usage, decimal('1200')))).toEqual(['800', '900', '1100', '1200', '1200']);
  });
});
