import { type Decimal, ZERO, decimal, formatDecimal, maxDecimal, roundDecimal, sumDecimals } from '@tallymark/domain';

/** All fixtures stand still at this moment, so that every run draws the same page. */
export const NOW = new Date('2026-11-21T12:03:14Z');
export const AS_OF = new Date('2026-11-21T12:03:10.500Z');
export const PERIOD = { from: new Date('2026-11-01T00:00:00Z'), to: new Date('2026-12-01T00:00:00Z') };

const DAY_MS = 86_400_000;
const GIGABYTE = '1000000000';
/** Days of the period that have begun at {@link NOW}. */
const DAYS_BEGUN = 21;
const DAYS = 30;

/** A metric of the fixture: how it is sold, and its meter's value on each day that has begun. */
export interface FixtureMetric {
  readonly metric: string;
  readonly name: string;
  readonly unit: string;
  readonly meterUnit: string;
  readonly unitSize: string;
  readonly aggregation: 'count' | 'sum' | 'latest' | 'unique_count';
  readonly included: string;
  readonly price: { readonly description: string; readonly size: string; readonly amount: string };
  readonly days: readonly string[];
}

const WEEKDAY_SHAPE = [0.45, 1.15, 1.25, 1.2, 1.1, 1.0, 0.4];

/** A weekly rhythm with some unrest, the same in each run; the last day is half over. 1 November 2026 is a Sunday. */
function rhythm(typical: number): string[] {
  return Array.from({ length: DAYS_BEGUN }, (_, index) => {
    const unrest = 1 + (((index * 37) % 11) - 5) / 40;
    const part = index === DAYS_BEGUN - 1 ? 0.5 : 1;
    return String(Math.round(typical * WEEKDAY_SHAPE[index % 7]! * unrest * part));
  });
}

function levels(first: number, step: number): string[] {
  return Array.from({ length: DAYS_BEGUN }, (_, index) => String(Math.round(first + step * index)));
}

/** A customer within, near and over what its plan includes. */
export function demoMetrics(): FixtureMetric[] {
  const perUnit = (amount: string) => ({ description: 'units', size: '1', amount });
  return [
    metric('api_calls', 'API Calls', 'requests', 'count', '5000', perUnit('0.002'), rhythm(330)),
    {
      ...metric('storage', 'Storage', 'GB', 'latest', '100', perUnit('0.10'), levels(71_250_000_000, 640_000_000)),
      meterUnit: 'bytes',
      unitSize: GIGABYTE,
    },
    metric('seats', 'Team Seats', 'users', 'latest', '10', perUnit('5.00'), levels(6, 0.06)),
    { ...metric('bandwidth', 'Bandwidth', 'GB', 'sum', '1', perUnit('0.09'), rhythm(49_318_207)), meterUnit: 'bytes', unitSize: GIGABYTE },
    metric('emails', 'Emails', 'emails', 'count', '300', { description: 'packages of 100', size: '100', amount: '0.40' }, rhythm(27)),
    metric('webhooks', 'Webhooks', 'events', 'count', '1000', perUnit('0.0005'), rhythm(24)),
  ];
}

function metric(
  code: string,
  name: string,
  unit: string,
  aggregation: FixtureMetric['aggregation'],
  included: string,
  price: FixtureMetric['price'],
  days: readonly string[],
): FixtureMetric {
  return { metric: code, name, unit, meterUnit: unit, unitSize: '1', aggregation, included, price, days };
}

/** The same metric with more used on the day that is not over. */
export function withMoreToday(of: FixtureMetric, more: string): FixtureMetric {
  return {
    ...of,
    days: of.days.map((value, index) => (index === of.days.length - 1 ? decimal(value).plus(decimal(more)).toFixed() : value)),
  };
}

/** Priced units used in the period. */
export function usedOf({ aggregation, days, unitSize }: FixtureMetric): Decimal {
  const values = days.map((value) => decimal(value));
  return (aggregation === 'latest' ? (values.at(-1) ?? ZERO) : sumDecimals(values)).div(decimal(unitSize));
}

/** The statement over these metrics, as the platform API answers it. */
export function statementOf(metrics: readonly FixtureMetric[], revision: number) {
  const lines = metrics.map(lineOf);
  const base = decimal('29');
  const overage = sumDecimals(lines.map((line) => decimal(line.amount)));
  return {
    subscription_id: '018f9a3e-0000-7000-8000-000000000001',
    subscription_external_id: 'web-co-web-pro',
    customer_id: '018f9a3e-0000-7000-8000-000000000002',
    customer_external_id: 'web-co',
    plan_code: 'web-pro',
    plan_version: 1,
    period: { from: PERIOD.from.toISOString(), to: PERIOD.to.toISOString() },
    status: 'open',
    currency: 'USD',
    base: formatDecimal(base),
    overage_amount: formatDecimal(overage),
    total: formatDecimal(base.plus(overage)),
    lines,
    as_of: AS_OF.toISOString(),
    revision,
  };
}

function lineOf(of: FixtureMetric) {
  const used = usedOf(of);
  const included = decimal(of.included);
  const overage = maxDecimal(used.minus(included), ZERO);
  const quantity = roundDecimal(overage.div(decimal(of.price.size)), of.price.size === '1' ? 40 : 0, 'up');
  const amount = quantity.times(decimal(of.price.amount));
  const detail = {
    description: of.price.description,
    quantity: quantity.toFixed(),
    unit_amount: of.price.amount,
    flat_amount: '0',
    amount: amount.toFixed(),
  };
  const elapsed = decimal(String(PERIOD.to.getTime() - PERIOD.from.getTime())).div(decimal(String(NOW.getTime() - PERIOD.from.getTime())));
  return {
    metric: of.metric,
    name: of.name,
    meter_code: of.metric,
    unit: of.unit,
    unit_size: of.unitSize,
    included: of.included,
    used: used.toFixed(),
    overage: overage.toFixed(),
    percentage: included.eq(ZERO)
      ? used.eq(ZERO)
        ? '0'
        : '100'
      : roundDecimal(used.div(included).times(decimal('100')), 2, 'half_up').toFixed(),
    amount: roundDecimal(amount, 2, 'half_up').toFixed(),
    projected_used: ['count', 'sum'].includes(of.aggregation) ? roundDecimal(used.times(elapsed), 6, 'half_up').toFixed() : null,
    details: quantity.eq(ZERO) ? [] : [detail],
  };
}

/** The days of a metric's meter, as the platform API answers them: also those that lie ahead. */
export function usageOf(of: FixtureMetric) {
  const last = of.days.at(-1) ?? '0';
  return {
    meter: of.metric,
    unit: of.meterUnit,
    aggregation: of.aggregation,
    from: PERIOD.from.toISOString(),
    to: PERIOD.to.toISOString(),
    window: 'day',
    time_zone: 'UTC',
    as_of: AS_OF.toISOString(),
    complete: true,
    data: Array.from({ length: DAYS }, (_, index) => ({
      from: new Date(PERIOD.from.getTime() + index * DAY_MS).toISOString(),
      to: new Date(PERIOD.from.getTime() + (index + 1) * DAY_MS).toISOString(),
      group: {},
      value: of.days[index] ?? (of.aggregation === 'latest' ? last : '0'),
      event_count: '1',
    })),
  };
}

/** The document of the billing usage contract over these metrics. */
export function billingUsageOf(metrics: readonly FixtureMetric[]) {
  const statement = statementOf(metrics, 1);
  return {
    success: true,
    data: {
      period: { start: '2026-11-01T00:00:00Z', end: '2026-11-30T23:59:59Z' },
      metrics: Object.fromEntries(
        statement.lines.map(({ metric: code, name, unit, included, used, overage, percentage }) => [
          code.replace(/_([a-z])/g, (_match, letter: string) => letter.toUpperCase()),
          { name, unit, included: Number(included), used: Number(used), overage: Number(overage), percentage: Number(percentage) },
        ]),
      ),
      estimatedCost: { base: 29, overage: Number(statement.overage_amount), total: Number(statement.total), currency: 'usd' },
      projectedUsage: {},
    },
  };
}
