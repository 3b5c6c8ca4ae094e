import { describe, expect, it } from '@jest/globals';
import { Window } from '@tallymark/date-window';
import { type Decimal, decimal, formatDecimal, sumDecimals } from '@tallymark/domain';
import fc from 'fast-check';
import { fillDailyUsage } from './daily-usage.js';
import { toEstimate } from './estimate.js';
import { type ForecastInput, forecastPeriod } from './forecast-period.js';

const DAY_MS = 86_400_000;
const november = Window.of(new Date('2026-11-01T00:00:00Z'), new Date('2026-12-01T00:00:00Z'));
/** A Sunday: 14 days of November are complete, 16 are left. */
const now = new Date('2026-11-15T00:00:00Z');

/** Daily values that end yesterday, as the input that a store would make of them. */
function inputOf(values: readonly number[], overrides: Partial<ForecastInput> = {}): ForecastInput {
  const asOf = overrides.now ?? now;
  const days = values.map((value, index) => ({
    date: new Date(asOf.getTime() - (values.length - index) * DAY_MS).toISOString().slice(0, 10),
    used: decimal(String(value)),
  }));
  const history = days.length === 0 ? [] : fillDailyUsage({ days, now: asOf, timeZone: 'UTC' });
  const usedSoFar = sumDecimals(history.filter(({ date }) => date >= '2026-11-01').map(({ used }) => used));
  return { aggregation: 'sum', window: november, now: asOf, timeZone: 'UTC', history, usedSoFar, todayUsed: decimal('0'), ...overrides };
}

const repeat = (count: number, value: number) => Array<number>(count).fill(value);
const shown = (value: Decimal | null | undefined) => (value ? formatDecimal(value.round(3)) : null);

describe('forecastPeriod: how it is made', () => {
  it.each([
    ['two days, the second day of a period', repeat(2, 10), '2026-11-03T00:00:00Z', 'run_rate', '300'],
    ['no complete day, half a day into the period', [], '2026-11-01T12:00:00Z', 'insufficient_data', null],
    ['no complete day before the period', [], '2026-10-20T00:00:00Z', 'insufficient_data', null],
    ['no history after the end', [], '2026-12-02T00:00:00Z', 'run_rate', '0'],
    ['three days', repeat(3, 10), '2026-11-04T00:00:00Z', 'weekday_ses', '300'],
    ['history of the period before, on its first day', repeat(31, 10), '2026-11-01T00:00:00Z', 'weekday_ses', '300'],
    ['a period that has not begun', repeat(31, 10), '2026-10-20T00:00:00Z', 'weekday_ses', '300'],
    ['after the end', repeat(60, 10), '2026-12-05T00:00:00Z', 'weekday_ses', '300'],
  ])('%s', (_name, values, at, method, projected) => {
    const input = inputOf(values, { now: new Date(at) });
    const inPeriod = input.history.filter(({ date }) => date >= '2026-11-01' && date < '2026-12-01');
    const forecast = forecastPeriod({ ...input, usedSoFar: sumDecimals(inPeriod.map(({ used }) => used)) });
    expect(forecast).toMatchObject({ method, historyDays: values.length, asOf: input.now });
    expect(shown(forecast.projected)).toBe(projected);
    expect(forecast.interval80 === null).toBe(method !== 'weekday_ses');
  });
});

describe('forecastPeriod: shapes of usage, asked after 14 of 30 days', () => {
  it.each([
    ['all zeros', repeat(60, 0), 0, true],
    ['constant', repeat(60, 10), 300, true],
    ['a customer of this week', repeat(5, 10), 210, true],
    ['a step to ten times as much, settled for 30 days', [...repeat(30, 10), ...repeat(30, 100)], 3000, false],
    ['a customer who left 30 days ago', [...repeat(30, 100), ...repeat(30, 0)], 0, false],
  ])('%s', (_name, values, projected, certain) => {
    const { projected: middle, interval80 } = forecastPeriod(inputOf(values));
    expect(toEstimate(middle!)).toBeCloseTo(projected, 2);
    expect(interval80!.upper.eq(interval80!.lower)).toBe(certain);
  });

  it('expects a weekend to be a weekend: of the last three days two are quiet', () => {
    const saturday = new Date('2026-11-28T00:00:00Z');
    const values = [...Array(70).keys()].map((day) => (new Date(saturday.getTime() - (70 - day) * DAY_MS).getUTCDay() % 6 === 0 ? 2 : 10));
    const input = inputOf(values, { now: saturday });
    const stillToCome = toEstimate(forecastPeriod(input).projected!.minus(input.usedSoFar));
    expect(Math.abs(stillToCome - (2 + 2 + 10))).toBeLessThan(3);
  });

  it('says so when one giant spike makes everything uncertain', () => {
    const values = repeat(60, 10);
    values[50] = 1_000_000;
    const forecast = forecastPeriod(inputOf(values));
    expect(forecast.interval80!.lower.gte(inputOf(values).usedSoFar)).toBe(true);
    expect(forecast.interval80!.upper.minus(forecast.projected!).gt(decimal('10000'))).toBe(true);
  });
});

describe('forecastPeriod: the current day', () => {
  const at = new Date('2026-11-15T18:00:00Z');

  it.each([
    ['behind its usual amount: the rest of it is still to come', '4', '300'],
    ['past its usual amount: nothing more is expected of it', '25', '315'],
  ])('%s', (_name, todayUsed, projected) => {
    const input = inputOf(repeat(60, 10), { now: new Date('2026-11-15T00:00:00Z') });
    const forecast = forecastPeriod({
      ...input,
      now: at,
      todayUsed: decimal(todayUsed),
      usedSoFar: decimal('140').plus(decimal(todayUsed)),
    });
    expect(shown(forecast.projected)).toBe(projected);
  });

  it('adds less doubt the less of it is left', () => {
    const values = [...Array(60).keys()].map((day) => 10 + (day % 3));
    const widthAt = (time: string) => {
      const { interval80 } = forecastPeriod({ ...inputOf(values), now: new Date(time), todayUsed: decimal('1') });
      return toEstimate(interval80!.upper.minus(interval80!.lower));
    };
    expect(widthAt('2026-11-15T20:00:00Z')).toBeLessThan(widthAt('2026-11-15T04:00:00Z'));
  });
});

describe('forecastPeriod: crossing the included amount', () => {
  const values = [...Array(60).keys()].map((day) => 10 + (day % 3) - 1);

  it.each([
    ['far off', '10000', { probability: 0, likelyDay: null, earliestDay: null, latestDay: null }],
    ['sure, and the day is known', '200', { probability: 1, likelyDay: '2026-11-20', earliestDay: '2026-11-20', latestDay: '2026-11-21' }],
    ['passed already', '100', { probability: 1, alreadyCrossed: true, likelyDay: null }],
  ])('%s', (_name, included, expected) => {
    const { crossing } = forecastPeriod(inputOf(values, { included: decimal(included) }));
    expect({ ...crossing, probability: Number(crossing!.probability.toFixed(3)) }).toMatchObject(expected);
  });

  it('is even at the projected total', () => {
    const { projected } = forecastPeriod(inputOf(values));
    expect(forecastPeriod(inputOf(values, { included: projected })).crossing!.probability).toBeCloseTo(0.5, 6);
  });

  it('is not asked for without an included amount', () => {
    expect(forecastPeriod(inputOf(values, { included: null })).crossing).toBeNull();
  });
});

describe('forecastPeriod: other aggregations', () => {
  it.each([
    ['a gauge stays', { aggregation: 'latest', usedSoFar: decimal('12') }, 'value_so_far', '12'],
    ['a minimum stays', { aggregation: 'min', usedSoFar: decimal('3') }, 'value_so_far', '3'],
    ['a peak above every day to come', { aggregation: 'max', usedSoFar: decimal('25') }, 'weekday_ses', '25'],
    ['a peak that the days to come will reach', { aggregation: 'max', usedSoFar: decimal('7') }, 'weekday_ses', '10'],
    [
      'a gauge over time: 14 days of it, then 16 at its level',
      { aggregation: 'time_weighted_sum', usedSoFar: decimal('2.5') },
      'weekday_ses',
      '7.833',
    ],
    ['distinct values without an earlier period', { aggregation: 'unique_count', usedSoFar: decimal('9') }, 'insufficient_data', null],
    [
      'distinct values by an earlier period',
      {
        aggregation: 'unique_count',
        usedSoFar: decimal('9'),
        pastCurves: [[...repeat(15, 75), ...repeat(15, 100)].map((n) => decimal(String(n)))],
      },
      'past_curve',
      '12',
    ],
  ] as const)('%s', (_name, overrides, method, projected) => {
    const forecast = forecastPeriod(inputOf(repeat(60, 10), overrides));
    expect(forecast.method).toBe(method);
    expect(shown(forecast.projected)).toBe(projected);
  });

  it('takes a peak of which little is known as it stands', () => {
    expect(forecastPeriod(inputOf([10], { aggregation: 'max' }))).toMatchObject({ method: 'value_so_far', interval80: null });
  });

  it('gives a peak a band above it alone', () => {
    const values = [...Array(60).keys()].map((day) => 10 + (day % 3));
    const { interval80, interval95, projected } = forecastPeriod(inputOf(values, { aggregation: 'max', usedSoFar: decimal('12') }));
    expect([shown(interval80!.lower), shown(interval95!.lower)]).toEqual(['12', '12']);
    expect(interval80!.upper.gte(projected!) && interval95!.upper.gte(interval80!.upper)).toBe(true);
  });
});

describe('forecastPeriod: invariants', () => {
  const values = fc.array(fc.oneof(fc.integer({ min: 0, max: 1_000 }), fc.constant(0), fc.integer({ min: 0, max: 1_000_000_000 })), {
    minLength: 3,
    maxLength: 100,
  });
  const hour = fc.integer({ min: 0, max: 23 });

  it.each(['sum', 'max', 'time_weighted_sum'] as const)(
    'used ≤ lower 95 ≤ lower 80 ≤ projected ≤ upper 80 ≤ upper 95 (%s)',
    (aggregation) => {
      fc.assert(
        fc.property(values, hour, fc.integer({ min: 0, max: 500 }), (history, hours, todayUsed) => {
          const input = inputOf(history, { aggregation });
          const used = input.usedSoFar.plus(decimal(String(todayUsed)));
          const forecast = forecastPeriod({
            ...input,
            now: new Date(now.getTime() + hours * 3_600_000),
            usedSoFar: used,
            todayUsed: decimal(String(todayUsed)),
          });
          const ordered = [
            used,
            forecast.interval95!.lower,
            forecast.interval80!.lower,
            forecast.projected!,
            forecast.interval80!.upper,
            forecast.interval95!.upper,
          ];
          for (let i = 1; i < ordered.length; i += 1) expect(ordered[i]!.gte(ordered[i - 1]!)).toBe(true);
        }),
        { numRuns: 150 },
      );
    },
  );

  it('has crossing days in order, and a probability between 0 and 1', () => {
    fc.assert(
      fc.property(values, fc.integer({ min: 0, max: 1_000_000 }), (history, included) => {
        const crossing = forecastPeriod(inputOf(history, { included: decimal(String(included)) })).crossing!;
        const days = [crossing.earliestDay, crossing.likelyDay, crossing.latestDay].map((day) => day ?? '9999-12-31');
        expect([...days].sort()).toEqual(days);
        expect(crossing.probability).toBeGreaterThanOrEqual(0);
        expect(crossing.probability).toBeLessThanOrEqual(1);
      }),
      { numRuns: 100 },
    );
  });

  it('scales: ten times the usage is ten times the forecast', () => {
    fc.assert(
      fc.property(values, (history) => {
        const small = forecastPeriod(inputOf(history));
        const large = forecastPeriod(inputOf(history.map((value) => value * 10)));
        for (const [tenfold, once] of [
          [large.projected, small.projected],
          [large.interval95!.upper, small.interval95!.upper],
        ]) {
          const expected = toEstimate(once!) * 10;
          expect(Math.abs(toEstimate(tenfold!) - expected)).toBeLessThanOrEqual(1e-6 * expected);
        }
      }),
      { numRuns: 100 },
    );
  });
});
