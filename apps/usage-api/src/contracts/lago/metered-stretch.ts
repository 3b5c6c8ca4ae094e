import { type BillingPeriod, Window, billingPeriods } from '@tallymark/date-window';
import { type Charge, type Decimal, ZERO, sumDecimals } from '@tallymark/domain';
import { type AccumulatedUsage, type Billable, NOTHING_USED, type UsageSeriesRequest } from '@tallymark/persistence';
import type { LagoUsageQuery } from '@tallymark/provider-contracts';
import { type ChargeUsage, marginalAmount, requiredTransactions } from '@tallymark/rating';

/** How one subscription's usage of one meter accumulates in one billing period: a question to the usage, and what to make of the answer. */
export interface MeteredStretch {
  readonly meterCode: string;
  readonly currency: string;
  /** The charges of the plan that price the meter, at least one. */
  readonly charges: readonly Charge[];
  readonly series: UsageSeriesRequest;
  /** For each bound but the first, the period of the request that ends or is cut there, by index; null before the request begins. */
  readonly periodIndexes: readonly (number | null)[];
}

/** What a stretch adds to one row. */
export interface StretchShare {
  readonly periodIndex: number;
  /** In meter units; below zero where a gauge fell or a correction came. */
  readonly units: Decimal;
  /** Exact, in major units. */
  readonly amount: Decimal;
}

/**
 * The stretches of a subscription within the periods of a request. Each begins with its billing period, wherever the request does, because what a
 * unit costs depends on those before it. Periods that have not begun are left out: a gauge that stands now has not been used then.
 */
export function stretchesOf(billable: Billable, { periods, filters }: LagoUsageQuery, now: Date): MeteredStretch[] {
  const requested = Window.of(periods[0]!.window.from, periods.at(-1)!.window.to);
  const begun = billingPeriods(billable.cycle, requested).filter((period) => period.window.from < now);
  const meters = [...chargesByMeter(billable)].flatMap(([code, charges]) => {
    const meter = billable.meters.get(code);
    if (meter === undefined || (filters.metricCode ?? code) !== code || (filters.isRecurring ?? meter.recurring) !== meter.recurring)
      return [];
    return [{ meter, charges }];
  });
  const { organizationId } = billable.subscription;
  const { subjects } = billable;
  const { currency } = billable.planVersion;
  return cutAt(begun, periods, now).flatMap(({ bounds, periodIndexes }) =>
    meters.map(({ meter, charges }) => ({
      meterCode: meter.code,
      currency,
      charges,
      series: { organizationId, meter, subjects, bounds },
      periodIndexes,
    })),
  );
}

/** What each part of a stretch adds: its usage, and what the accumulated usage costs more with it than without it. */
export function sharesOf({ charges, currency, periodIndexes }: MeteredStretch, accumulated: readonly AccumulatedUsage[]): StretchShare[] {
  const shares: StretchShare[] = [];
  let before = NOTHING_USED;
  let amountBefore = ZERO;
  accumulated.forEach((after, index) => {
    if (after.value.eq(before.value) && after.eventCount.eq(before.eventCount)) return;
    // From nothing each time: then each price is computed once, not once as what is after and once as what is before.
    const amounts = charges.map((charge) =>
      marginalAmount(charge, chargeUsage(charge, NOTHING_USED), chargeUsage(charge, after), currency),
    );
    const amountAfter = sumDecimals(amounts);
    const periodIndex = periodIndexes[index]!;
    if (periodIndex !== null) shares.push({ periodIndex, units: after.value.minus(before.value), amount: amountAfter.minus(amountBefore) });
    before = after;
    amountBefore = amountAfter;
  });
  return shares;
}

function chargesByMeter({ planVersion }: Billable): Map<string, Charge[]> {
  const byMeter = new Map<string, Charge[]>();
  for (const charge of planVersion.charges) byMeter.set(charge.meterCode, [...(byMeter.get(charge.meterCode) ?? []), charge]);
  return byMeter;
}

interface Cut {
  readonly bounds: readonly Date[];
  readonly periodIndexes: readonly (number | null)[];
}

/** Each billing period with the bounds that the periods of the request set in it. Both lists ascend, so one pass finds what overlaps. */
function cutAt(billing: readonly BillingPeriod[], periods: LagoUsageQuery['periods'], now: Date): Cut[] {
  let first = 0;
  return billing.flatMap(({ window }) => {
    while (periods[first]!.window.toMs <= window.fromMs) first += 1;
    const parts: { index: number; part: Window }[] = [];
    for (let index = first; index < periods.length; index += 1) {
      const part = periods[index]!.window.intersect(window);
      if (part === null || part.from >= now) break;
      parts.push({ index, part });
    }
    if (parts.length === 0) return [];
    const begin = parts[0]!.part;
    const before = begin.fromMs > window.fromMs ? [begin.from] : [];
    return [
      {
        bounds: [window.from, ...before, ...parts.map(({ part }) => part.to)],
        periodIndexes: [...before.map(() => null), ...parts.map(({ index }) => index)],
      },
    ];
  });
}

function chargeUsage(charge: Charge, { value, eventCount }: AccumulatedUsage): ChargeUsage {
  return requiredTransactions(charge) === 'count' ? { units: value, transactions: { count: eventCount } } : { units: value };
}
