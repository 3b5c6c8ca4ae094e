import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { BillingInterval, BillingTime } from '@tallymark/domain';
import { describe, expect, it } from '@jest/globals';
import { type BillingCycle, type BillingPeriod, billingPeriodAt } from './billing-period.js';
import { calendarUnitAt, startOfDay } from './calendar.js';
import { localDate } from './time-zone.js';

/** Cases of peers with expected numbers lie beside the repository, where they are given. */
const pathOf = (file: string): string => fileURLToPath(new URL(`../../../../shared/vectors/${file}`, import.meta.url));
const FILES = { lago: pathOf('lago.json'), openmeter: pathOf('openmeter.json') };
const arePresent = existsSync(FILES.lago) && existsSync(FILES.openmeter);

interface LagoRecord {
  readonly id: string;
  readonly case: string;
  readonly interval: 'weekly' | 'monthly' | 'quarterly' | 'semiannual' | 'yearly';
  readonly billing_time: BillingTime;
  readonly subscription_at: string;
  readonly timezone: string;
}

interface LagoPeriod extends LagoRecord {
  readonly started_at: string;
  readonly billing_at: string;
  readonly plan_pay_in_advance: boolean;
  readonly mode: 'billing' | 'current_usage';
  readonly terminated_at: string | null;
  readonly bill_charges_monthly?: true;
  readonly expected: Readonly<Record<string, string | number>>;
}

interface LagoDays extends LagoRecord {
  readonly expected: Readonly<
    Partial<Record<'billing_days' | 'not_billed_at' | 'billed_once_over' | 'not_billed_again_at', readonly string[]>>
  >;
}

interface OpenMeterRecord {
  readonly area: string;
  readonly case: string;
  readonly input: { readonly anchor: string; readonly at: string };
  readonly expected: { readonly from?: string; readonly to?: string; readonly previous?: string };
}

const DAY_MS = 86_400_000;
const dayAfter = (period: BillingPeriod): Date => period.full.to;
const toSecond = (date: Date): string => `${date.toISOString().slice(0, 19)}Z`;
/** Lago prints the last second of a period. */
const lastSecond = (date: Date): string => toSecond(new Date(date.getTime() - 1_000));

function cycleOf(record: LagoRecord, options: { readonly startedAt: string; readonly interval?: BillingInterval }): BillingCycle {
  const interval = options.interval ?? (record.interval === 'semiannual' ? 'half_yearly' : record.interval);
  return { interval, billingTime: record.billing_time, timeZone: record.timezone, startedAt: new Date(options.startedAt), endedAt: null };
}

function periodAt(cycle: BillingCycle, instant: Date): BillingPeriod {
  const period = billingPeriodAt(cycle, instant);
  if (period === null) throw new Error(`no billing period at ${instant.toISOString()}`);
  return period;
}

/** The values that Lago reports for a billing run, by our periods: which period it bills is Lago's rule, where periods begin and end is ours. */
function lagoValues(record: LagoPeriod): Record<string, string | number> {
  const cycle = cycleOf(record, { startedAt: record.started_at, ...(record.bill_charges_monthly ? { interval: 'monthly' as const } : {}) });
  const current = periodAt(cycle, new Date(record.billing_at));
  const previous = current.index === 0 ? null : periodAt(cycle, new Date(current.full.fromMs - 1));
  const isCurrentBilled = record.mode === 'current_usage' || record.plan_pay_in_advance || record.terminated_at !== null;
  const billed = isCurrentBilled ? current : (previous ?? current);
  const charged = record.mode === 'current_usage' || record.terminated_at !== null ? current : (previous ?? current);
  const startDay = startOfDay(cycle.startedAt, record.timezone);
  return {
    from_datetime: toSecond(new Date(Math.max(billed.full.fromMs, startDay.getTime()))),
    to_datetime: lastSecond(dayAfter(billed)),
    charges_from_datetime: toSecond(charged.window.from),
    charges_to_datetime: lastSecond(dayAfter(charged)),
    charges_duration_in_days: Math.round(charged.full.durationMs / DAY_MS),
    current_beginning_of_period: toSecond(current.full.from),
    next_end_of_period: lastSecond(dayAfter(current)),
    previous_beginning_of_period: previous === null ? 'none' : toSecond(previous.full.from),
  };
}

/** Whether a billing period begins on the local day of an instant: Lago bills then. */
function isBillingDay(cycle: BillingCycle, instant: Date): boolean {
  const day = calendarUnitAt(instant, 'day', cycle.timeZone);
  return periodAt(cycle, instant).full.fromMs === day.fromMs;
}

if (arePresent) {
  const lago = JSON.parse(readFileSync(FILES.lago, 'utf8')) as { billing_periods: LagoPeriod[]; billing_days: LagoDays[] };
  const openmeter = (JSON.parse(readFileSync(FILES.openmeter, 'utf8')) as OpenMeterRecord[]).filter(({ area }) => area === 'period');

  describe('with the cases of peers present', () => {
    it('has some of each kind', () => {
      expect([lago.billing_periods.length, lago.billing_days.length, openmeter.length].every((count) => count > 0)).toBe(true);
    });

    it.each(lago.billing_periods.map((record) => [record.id, record.case, record] as const))('Lago %s: %s', (_id, _case, record) => {
      expect(lagoValues(record)).toMatchObject(record.expected);
    });

    it.each(lago.billing_days.map((record) => [record.id, record.case, record] as const))('Lago %s: %s', (_id, _case, record) => {
      const cycle = cycleOf(record, { startedAt: record.subscription_at });
      const { billing_days = [], billed_once_over = [], not_billed_at = [], not_billed_again_at = [] } = record.expected;
      const billed = [...billing_days.map((day) => `${day}T12:00:00Z`), ...billed_once_over];
      expect(billed.filter((instant) => !isBillingDay(cycle, new Date(instant)))).toEqual([]);
      expect([...not_billed_at, ...not_billed_again_at].filter((instant) => isBillingDay(cycle, new Date(instant)))).toEqual([]);
    });

    // OpenMeter's periods keep the anchor's time of day, ours begin at local midnight: the dates agree, and the first period begins with the start.
    it.each(openmeter.map((record) => [record.case, record] as const))('OpenMeter, by the date: %s', (_case, { input, expected }) => {
      const cycle: BillingCycle = {
        interval: 'monthly',
        billingTime: 'anniversary',
        timeZone: 'UTC',
        startedAt: new Date(input.anchor),
        endedAt: null,
      };
      const { window } = periodAt(cycle, new Date(input.at));
      const dates = { from: localDate(window.from, 'UTC'), to: localDate(window.to, 'UTC'), previous: localDate(window.from, 'UTC') };
      expect(dates).toMatchObject(Object.fromEntries(Object.entries(expected).map(([name, text]) => [name, text.slice(0, 10)])));
    });
  });
} else {
  describe('with the cases of peers absent', () => {
    it('compares nothing, and says so by this name', () => {
      expect(arePresent).toBe(false);
    });
  });
}
