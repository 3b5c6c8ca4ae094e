import { Window } from '@tallymark/date-window';
import { type Charge, type Decimal, type PlanVersion, ZERO, sumDecimals } from '@tallymark/domain';
import {
  type AccumulatedUsage,
  type Billable,
  type BillingPart,
  type ChargedUsageRequest,
  NOTHING_USED,
  type UsageSeriesRequest,
  billingParts,
} from '@tallymark/persistence';
import type { LagoUsageQuery } from '@tallymark/provider-contracts';
import {
  type ChargeUsage,
  type Coverage,
  marginalAmount,
  requiredDimensions,
  requiredTransactions,
  requiresDynamicAmount,
} from '@tallymark/rating';

/** How one subscription's usage of one meter accumulates in one billing period, or the part of it under one plan version: a question to the usage, and what to make of the answer. */
export interface MeteredStretch {
  readonly meterCode: string;
  readonly currency: string;
  /** The charges of the plan that price the meter, at least one. */
  readonly charges: readonly Charge[];
  /** The part of a billing period that it lies in. */
  readonly coverage: Coverage;
  readonly series: UsageSeriesRequest & Pick<ChargedUsageRequest, 'meters'>;
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
 * The stretches of a subscription within the periods of a request. Each begins with its billing period, or with the plan version that came into force
 * inside it, wherever the request does, because what a unit costs depends on those before it. Periods that have not begun are left out: a gauge that
 * stands now has not been used then.
 */
export function stretchesOf(billable: Billable, { periods, filters }: LagoUsageQuery, now: Date): MeteredStretch[] {
  const requested = Window.of(periods[0]!.window.from, periods.at(-1)!.window.to);
  const begun = billingParts(billable, requested).filter(
    ({ window, planVersion }) => window.from < now && (filters.planCode ?? planVersion.planCode) === planVersion.planCode,
  );
  const { organizationId } = billable.subscription;
  const { subjects } = billable;
  return cutAt(begun, periods, now).flatMap(({ bounds, periodIndexes, planVersion, coverage }) =>
    [...chargesByMeter(planVersion)].flatMap(([code, charges]) => {
      const meter = billable.meters.get(code);
      if (meter === undefined || (filters.metricCode ?? code) !== code || (filters.isRecurring ?? meter.recurring) !== meter.recurring)
        return [];
      const series = { organizationId, meter, meters: billable.meters, subjects, bounds, whole: coverage.whole };
      return [{ meterCode: meter.code, currency: planVersion.currency, charges, coverage, series, periodIndexes }];
    }),
  );
}

/** Whether a charge is priced by more than a sum and a number of events: by dimensions, by single transactions, or by what the events bear. */
export function isDivided(charge: Charge): boolean {
  return requiredDimensions(charge).length > 0 || requiredTransactions(charge) === 'amounts' || requiresDynamicAmount(charge);
}

/** For each charge that {@link isDivided}, what it is priced by at each bound but the first. */
export type DividedUsage = ReadonlyMap<Charge, readonly ChargeUsage[]>;

/** What each part of a stretch adds: its usage, and what the accumulated usage costs more with it than without it. */
export function sharesOf(
  { charges, currency, coverage, periodIndexes }: MeteredStretch,
  accumulated: readonly AccumulatedUsage[],
  divided: DividedUsage,
): StretchShare[] {
  const shares: StretchShare[] = [];
  let before = NOTHING_USED;
  let amountBefore = ZERO;
  accumulated.forEach((after, index) => {
    if (after.value.eq(before.value) && after.eventCount.eq(before.eventCount)) return;
    // From nothing each time: then each price is computed once, not once as what is after and once as what is before.
    const amounts = charges.map((charge) => {
      const usage = divided.get(charge)?.[index] ?? chargeUsage(charge, after);
      return marginalAmount(charge, { units: ZERO }, usage, currency, coverage);
    });
    const amountAfter = sumDecimals(amounts);
    const periodIndex = periodIndexes[index]!;
    if (periodIndex !== null) shares.push({ periodIndex, units: after.value.minus(before.value), amount: amountAfter.minus(amountBefore) });
    before = after;
    amountBefore = amountAfter;
  });
  return shares;
}

function chargesByMeter(planVersion: PlanVersion): Map<string, Charge[]> {
  const byMeter = new Map<string, Charge[]>();
  for (const charge of planVersion.charges) byMeter.set(charge.meterCode, [...(byMeter.get(charge.meterCode) ?? []), charge]);
  return byMeter;
}

interface Cut {
  readonly planVersion: PlanVersion;
  readonly coverage: Coverage;
  readonly bounds: readonly Date[];
  readonly periodIndexes: readonly (number | null)[];
}

/** Each part with the bounds that the periods of the request set in it. Both lists ascend, so one pass finds what overlaps. */
function cutAt(billing: readonly BillingPart[], periods: LagoUsageQuery['periods'], now: Date): Cut[] {
  let first = 0;
  return billing.flatMap(({ window, whole, planVersion }) => {
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
        planVersion,
        coverage: { part: window, whole },
        bounds: [window.from, ...before, ...parts.map(({ part }) => part.to)],
        periodIndexes: [...before.map(() => null), ...parts.map(({ index }) => index)],
      },
    ];
  });
}

function chargeUsage(charge: Charge, { value, eventCount }: AccumulatedUsage): ChargeUsage {
  return requiredTransactions(charge) === 'count' ? { units: value, transactions: { count: eventCount } } : { units: value };
}
