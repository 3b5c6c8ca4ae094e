import { Window } from '@tallymark/date-window';
import { type Charge, type PlanVersion, type StatementAmounts, decimal, formatDecimal } from '@tallymark/domain';
import { describe, expect, it } from '@jest/globals';
import { buildCharge } from '../test/charge-builder.js';
import { type ChargeUsage, rateStatement, rateWindow, sumStatement } from './index.js';

const apiCalls = buildCharge({ model: 'standard', unitAmount: '0.001' }, { includedUnits: '100000' });
const bandwidth = buildCharge(
  { model: 'standard', unitAmount: '0.09' },
  { metric: 'bandwidth', unit: 'GB', unitSize: '1000000000', includedUnits: '1000', minAmount: '3.10' },
);
const january = Window.of(new Date('2026-01-01T00:00:00Z'), new Date('2026-02-01T00:00:00Z'));
const lastTenDays = Window.of(new Date('2026-01-22T00:00:00Z'), january.to);

function buildPlan(charges: readonly Charge[]): PlanVersion {
  return {
    id: 'v1',
    planId: 'p1',
    planCode: 'pro',
    planName: 'Pro',
    version: 1,
    currency: 'USD',
    interval: 'monthly',
    baseAmount: '29',
    charges,
  };
}

function usage(units: Readonly<Record<string, string>>): ReadonlyMap<string, ChargeUsage> {
  return new Map(Object.entries(units).map(([metric, value]) => [metric, { units: decimal(value) }]));
}

function summarize({ base, overageAmount, total, lines }: StatementAmounts): string {
  const perLine = lines.map(
    (line) =>
      `${line.metric} ${formatDecimal(line.used)} of ${formatDecimal(line.included)} (${formatDecimal(line.percentage)} %) = ${formatDecimal(line.amount)}`,
  );
  return [...perLine, `${formatDecimal(base)} + ${formatDecimal(overageAmount)} = ${formatDecimal(total)}`].join('; ');
}

describe('rateStatement', () => {
  it.each<[string, Parameters<typeof rateStatement>[0], string]>([
    [
      'use within what is included costs the base amount',
      { planVersion: buildPlan([apiCalls]), usageByMetric: usage({ api_calls: '45230' }) },
      'api_calls 45230 of 100000 (45.23 %) = 0; 29 + 0 = 29',
    ],
    [
      'overage is added to it',
      { planVersion: buildPlan([apiCalls]), usageByMetric: usage({ api_calls: '123456' }) },
      'api_calls 123456 of 100000 (123.46 %) = 23.46; 29 + 23.46 = 52.46',
    ],
    [
      'every charge has its line, used or not, in the plan’s order',
      { planVersion: buildPlan([bandwidth, apiCalls]), usageByMetric: usage({ api_calls: '1' }) },
      'bandwidth 0 of 1000 (0 %) = 3.1; api_calls 1 of 100000 (0 %) = 0; 29 + 3.1 = 32.1',
    ],
    [
      'a given base amount is rounded and taken as it is',
      { planVersion: buildPlan([apiCalls]), usageByMetric: usage({}), baseAmount: decimal('9.345') },
      'api_calls 0 of 100000 (0 %) = 0; 9.35 + 0 = 9.35',
    ],
    [
      'a partly covered period owes its share of base and minimum, and includes all units',
      {
        planVersion: buildPlan([bandwidth]),
        usageByMetric: usage({ bandwidth: '1002000000000' }),
        coverage: { part: lastTenDays, whole: january },
      },
      'bandwidth 1002 of 1000 (100.2 %) = 1; 9.35 + 1 = 10.35',
    ],
    ['a plan without charges', { planVersion: buildPlan([]), usageByMetric: usage({}) }, '29 + 0 = 29'],
  ])('%s', (_case, input, expected) => {
    expect(summarize(rateStatement(input))).toBe(expected);
  });

  it('refuses usage that the plan does not price', () => {
    const input = { planVersion: buildPlan([apiCalls]), usageByMetric: usage({ seats: '3' }) };
    expect(() => rateStatement(input)).toThrow('usage of "seats", which plan "pro" does not price; expected "api_calls"');
  });
});

it('rateWindow prorates nothing', () => {
  const rated = rateWindow({ planVersion: buildPlan([apiCalls]), usageByMetric: usage({ api_calls: '100' }) });
  expect(summarize(rated)).toBe('api_calls 100 of 100000 (0.1 %) = 0; 29 + 0 = 29');
});

it('sumStatement takes lines from elsewhere, such as adjustments', () => {
  const { lines } = rateStatement({ planVersion: buildPlan([apiCalls]), usageByMetric: usage({ api_calls: '101000' }) });
  const adjusted = sumStatement({
    currency: 'USD',
    base: decimal('29'),
    lines: [...lines, ...lines.map((line) => ({ ...line, amount: decimal('-0.25') }))],
  });
  expect(formatDecimal(adjusted.total)).toBe('29.75');
});

it.each([
  ['0', '0', '0'],
  ['1', '0', '100'],
  ['7', '10', '70'],
  ['2', '3', '66.67'],
  ['1.00005', '1', '100.01'],
  ['250', '100', '250'],
  ['-5', '0', '0'],
  ['-5', '10', '0'],
])('%s used of %s included is %s percent', (used, includedUnits, percentage) => {
  const charge = buildCharge({ model: 'standard', unitAmount: '1' }, { includedUnits });
  const [line] = rateStatement({ planVersion: buildPlan([charge]), usageByMetric: usage({ api_calls: used }) }).lines;
  expect(line && formatDecimal(line.percentage)).toBe(percentage);
});
