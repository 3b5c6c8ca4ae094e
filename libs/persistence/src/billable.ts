import type { Window } from '@tallymark/date-window';
import type { Charge, PlanVersion, StatementAmounts } from '@tallymark/domain';
import { type ChargeUsage, rateStatement, rateWindow } from '@tallymark/rating';
import { type EntityManager, In } from 'typeorm';
import { readChargeUsage } from './charge-usage.js';
import { CustomerSubjectRow } from './rows/customer-subject-row.js';
import { MeterRow } from './rows/meter-row.js';
import { SubscriptionRow } from './rows/subscription-row.js';
import { type SubscriptionCourse, courseOf } from './subscription-course.js';
import type { UsageSource } from './usage-source.js';

/** Statements whose usage is read with one query. */
const STATEMENTS_PER_QUERY = 100;

/** All that it takes to say what a subscription used and owes in a window. */
export interface Billable extends SubscriptionCourse {
  readonly subscription: SubscriptionRow;
  readonly subjects: readonly string[];
  /** By code; a charge whose meter is not here was not used. */
  readonly meters: ReadonlyMap<string, MeterRow>;
}

/** One statement to make. */
export interface Billing {
  readonly billable: Billable;
  /** Whose prices hold in the window. */
  readonly planVersion: PlanVersion;
  readonly window: Window;
  /** Where the window is a part of a billing period, the period: base amount and minimums are owed for the part. */
  readonly whole?: Window;
  /** The part of the window in which the base amount is owed, null for none of it; absent for all of it. */
  readonly baseWindow?: Window | null;
  /** What a gauge comes to: `latest` in a billing period; `peak`, its highest value, over a stretch of history. */
  readonly gauges: 'latest' | 'peak';
}

/** Subscriptions with their plan versions, subjects and meters, in no particular order. */
export async function loadBillables(
  manager: EntityManager,
  which: { readonly ids: readonly string[] } | { readonly customerId: string },
): Promise<Billable[]> {
  const subscriptions = await manager.find(SubscriptionRow, {
    where: 'ids' in which ? { id: In(which.ids) } : { customerId: which.customerId },
    relations: { planVersion: { plan: true }, phases: { planVersion: { plan: true } } },
  });
  if (subscriptions.length === 0) return [];
  const subjects = await manager.find(CustomerSubjectRow, {
    where: { customerId: In(unique(subscriptions.map((one) => one.customerId))) },
    order: { subject: 'ASC' },
  });
  const courses = subscriptions.map(courseOf);
  const codes = unique(
    courses.flatMap(({ phases }) => phases.flatMap(({ planVersion }) => planVersion.charges.map((charge) => charge.meterCode))),
  );
  const meters = await manager.find(MeterRow, {
    where: { organizationId: In(unique(subscriptions.map((one) => one.organizationId))), code: In(codes) },
    // A deleted meter keeps its past usage; where its code was given to a new one, that one counts, since later entries win.
    order: { deletedAt: { direction: 'ASC', nulls: 'LAST' } },
  });
  return subscriptions.map((subscription, index) => ({
    subscription,
    ...courses[index]!,
    subjects: subjects.filter((row) => row.customerId === subscription.customerId).map((row) => row.subject),
    meters: new Map(meters.filter((meter) => meter.organizationId === subscription.organizationId).map((meter) => [meter.code, meter])),
  }));
}

/** Reads the usage of many statements, a hundred at once, and prices each, in order. */
export async function rateBillings(
  manager: EntityManager,
  billings: readonly Billing[],
  source: UsageSource = 'buckets',
): Promise<StatementAmounts[]> {
  const usage = await readBillingUsage(manager, billings, source);
  return billings.map((billing, index) => rateBilling(billing, usage[index]!));
}

/**
 * What the charges of each statement's plan version used, by metric: read once, it may be priced under other terms for the same meters too.
 *
 * @param source where it is read from. Buckets of a meter are kept up for as long as it is in use: behind `buckets`, what is charged by a deleted one is
 *   read from the events, which say what buckets would.
 */
export async function readBillingUsage(
  manager: EntityManager,
  billings: readonly Billing[],
  source: UsageSource = 'buckets',
): Promise<Map<string, ChargeUsage>[]> {
  if (source !== 'buckets' || !billings.some(chargesByDeletedMeter)) return readUsageFrom(manager, billings, source);
  const usage = await readUsageFrom(manager, billings.map(withoutDeletedMeters), 'buckets');
  const indexes = billings.flatMap((billing, index) => (chargesByDeletedMeter(billing) ? [index] : []));
  const ofDeleted = await readUsageFrom(
    manager,
    indexes.map((index) => onDeletedMeters(billings[index]!)),
    'events',
  );
  indexes.forEach((index, position) => ofDeleted[position]!.forEach((used, metric) => usage[index]!.set(metric, used)));
  return usage;
}

function chargesByDeletedMeter({ billable, planVersion }: Billing): boolean {
  return planVersion.charges.some((charge) => isByDeletedMeter(billable, charge));
}

function isByDeletedMeter({ meters }: Billable, { meterCode }: Charge): boolean {
  return (meters.get(meterCode)?.deletedAt ?? null) !== null;
}

function withoutDeletedMeters(billing: Billing): Billing {
  return withCharges(billing, (charge) => !isByDeletedMeter(billing.billable, charge));
}

function onDeletedMeters(billing: Billing): Billing {
  return withCharges(billing, (charge) => isByDeletedMeter(billing.billable, charge));
}

function withCharges(billing: Billing, takes: (charge: Charge) => boolean): Billing {
  return { ...billing, planVersion: { ...billing.planVersion, charges: billing.planVersion.charges.filter(takes) } };
}

async function readUsageFrom(
  manager: EntityManager,
  billings: readonly Billing[],
  source: UsageSource,
): Promise<Map<string, ChargeUsage>[]> {
  const requests = billings.map(({ billable, planVersion, window, whole, gauges }) => ({
    organizationId: billable.subscription.organizationId,
    subjects: billable.subjects,
    meters: billable.meters,
    planVersion,
    window,
    whole,
    gauges,
  }));
  const usage: Map<string, ChargeUsage>[] = [];
  for (let start = 0; start < requests.length; start += STATEMENTS_PER_QUERY)
    usage.push(...(await readChargeUsage(manager, requests.slice(start, start + STATEMENTS_PER_QUERY), source)));
  return usage;
}

/** Prices one statement from its usage. */
export function rateBilling(
  { planVersion, window, whole, baseWindow }: Pick<Billing, 'planVersion' | 'window' | 'whole' | 'baseWindow'>,
  usageByMetric: ReadonlyMap<string, ChargeUsage>,
): StatementAmounts {
  // A window that is no part of a billing period is priced as if it were a whole one.
  if (whole === undefined) return rateWindow({ planVersion, usageByMetric });
  const base = baseWindow === undefined ? {} : { base: baseWindow };
  return rateStatement({ planVersion, usageByMetric, coverage: { part: window, whole, ...base } });
}

function unique<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}
