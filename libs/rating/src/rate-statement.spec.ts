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

function buildPlan(charges: readonly Charge[], terms: Partial<PlanVersion> = {}): PlanVersion {
  return {
    id: 'v1',
    planId: 'p1',
    planCode: 'pro',
    planName: 'Pro',
    version: 1,
    currency: 'USD',
    interval: 'monthly',
    baseAmount: '29',
    minimumCommitment: null,
    trialDays: 0,
    charges,
    ...terms,
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

const seats = buildCharge({ model: 'standard', unitAmount: '31' }, { metric: 'seats', unit: 'seats', includedUnits: '2', prorated: true });
const seat = usage({ seats: '3' });
const firstDays = Window.of(january.from, lastTenDays.from);

describe('a part of a billing period', () => {
  it.each<[string, Partial<Parameters<typeof rateStatement>[0]>, string]>([
    [
      'owes a prorated charge’s share of the amount',
      { coverage: { part: lastTenDays, whole: january } },
      'seats 3 of 2 (150 %) = 10; 9.35 + 10 = 19.35',
    ],
    [
      'owes the whole amount when it is the whole',
      { coverage: { part: january, whole: january } },
      'seats 3 of 2 (150 %) = 31; 29 + 31 = 60',
    ],
    [
      'owes the base amount only where it is owed, as after a trial',
      { coverage: { part: january, whole: january, base: lastTenDays } },
      'seats 3 of 2 (150 %) = 31; 9.35 + 31 = 40.35',
    ],
    [
      'owes no base amount within a trial',
      { coverage: { part: firstDays, whole: january, base: null } },
      'seats 3 of 2 (150 %) = 21; 0 + 21 = 21',
    ],
  ])('%s', (_case, input, expected) => {
    expect(summarize(rateStatement({ planVersion: buildPlan([seats]), usageByMetric: seat, ...input }))).toBe(expected);
  });

  it('says in a detail what a prorated charge does not owe', () => {
    const [line] = rateStatement({
      planVersion: buildPlan([seats]),
      usageByMetric: seat,
      coverage: { part: lastTenDays, whole: january },
    }).lines;
    expect(line?.details.map(({ description, amount }) => `${description}: ${formatDecimal(amount)}`)).toEqual([
      'units: 31',
      'share of the billing period: 864000 of 2678400 seconds: -21',
    ]);
  });

  it('owes a share of a prorated charge’s minimum and maximum, each once', () => {
    const bounded = { ...seats, minAmount: '62', maxAmount: '93' };
    const coverage = { part: lastTenDays, whole: january };
    const amountOf = (used: string): string =>
      formatDecimal(rateStatement({ planVersion: buildPlan([bounded]), usageByMetric: usage({ seats: used }), coverage }).overageAmount);
    expect([amountOf('0'), amountOf('1000')]).toEqual(['20', '30']);
  });
});

describe('a minimum commitment', () => {
  it.each<[string, string, Parameters<typeof rateStatement>[0]['coverage'], string]>([
    ['is owed where base and lines lack to it', '3', undefined, '29 + 31 + 40 = 100'],
    ['asks nothing more once it is reached', '9', undefined, '29 + 217 + 0 = 246'],
    ['is prorated as the base amount is', '3', { part: lastTenDays, whole: january }, '9.35 + 10 + 12.91 = 32.26'],
    ['is owed after the trial alone', '3', { part: january, whole: january, base: lastTenDays }, '9.35 + 31 + 0 = 40.35'],
    ['is not owed within a trial', '3', { part: january, whole: january, base: null }, '0 + 31 + 0 = 31'],
  ])('%s', (_case, used, coverage, expected) => {
    const planVersion = buildPlan([seats], { minimumCommitment: '100' });
    const amounts = rateStatement({ planVersion, usageByMetric: usage({ seats: used }), ...(coverage ? { coverage } : {}) });
    const { base, overageAmount, commitmentTrueUp, total } = amounts;
    expect(`${[base, overageAmount, commitmentTrueUp].map(formatDecimal).join(' + ')} = ${formatDecimal(total)}`).toBe(expected);
  });

  it('is met by base and lines, and not by adjustments of other periods', () => {
    const rated = rateStatement({ planVersion: buildPlan([seats], { minimumCommitment: '100' }), usageByMetric: seat });
    const periodFrom = '2025-12-01T00:00:00.000Z';
    const adjustments = [
      { periodFrom, periodTo: '2026-01-01T00:00:00.000Z', metric: 'seats', name: 'Seats', units: decimal('-5'), amount: decimal('-155') },
    ];
    const { commitmentTrueUp, adjustmentAmount, total } = sumStatement({ ...rated, adjustments });
    expect([commitmentTrueUp, adjustmentAmount, total].map(formatDecimal)).toEqual(['40', '-155', '-55']);
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
