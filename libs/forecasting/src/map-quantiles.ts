import { type Decimal, maxDecimal, minDecimal } from '@tallymark/domain';
import type { ForecastQuantiles, UsageInterval } from './forecast.js';

/**
 * The money that projected usage comes to: each quantile of the usage goes through `price`, since more usage never costs less and so the
 * 90 % point of the usage is the 90 % point of the money. Multiplying the mean by a price would get every tier wrong.
 *
 * `price` takes meter units and returns an unrounded or rounded amount. Volume prices do fall where a cheaper tier begins; there an interval is
 * the span of the prices at its ends and at the middle, so that it never stands upside down.
 */
export function quantilesToMoney(quantiles: ForecastQuantiles, price: (usage: Decimal) => Decimal): ForecastQuantiles {
  return mapQuantiles(quantiles, price);
}

/** The same forecast under a hard limit that stops usage at `limit`. Show both: the uncapped one says what the limit turns away. */
export function capQuantiles(quantiles: ForecastQuantiles, limit: Decimal): ForecastQuantiles {
  return mapQuantiles(quantiles, (usage) => minDecimal(usage, limit));
}

function mapQuantiles({ projected, interval80, interval95 }: ForecastQuantiles, map: (usage: Decimal) => Decimal): ForecastQuantiles {
  const middle = projected === null ? [] : [map(projected)];
  const inner = interval80 === null ? null : spanOf([map(interval80.lower), map(interval80.upper), ...middle]);
  const outer =
    interval95 === null
      ? null
      : spanOf([map(interval95.lower), map(interval95.upper), ...(inner === null ? middle : [inner.lower, inner.upper])]);
  return { projected: middle[0] ?? null, interval80: inner, interval95: outer };
}

function spanOf(values: readonly Decimal[]): UsageInterval {
  return { lower: values.reduce(minDecimal), upper: values.reduce(maxDecimal) };
}
