import { type BillingCycle, Window } from '@tallymark/date-window';
import { type Charge, type Decimal, type PlanVersion, type StatementAmounts, ZERO, maxDecimal } from '@tallymark/domain';
import { type ChargeUsage, rateStatement, requiredTransactions } from '@tallymark/rating';
import { type EntityManager, In } from 'typeorm';
import { CustomerSubjectRow } from './rows/customer-subject-row.js';
import { MeterRow } from './rows/meter-row.js';
import { SubscriptionRow } from './rows/subscription-row.js';
import { type UsageAnswer, type UsageRequest, type UsageSource, readUsage } from './usage-reader.js';

/** All that it takes to say what a subscription used and owes in a window. */
export interface Billable {
  readonly subscription: SubscriptionRow;
  readonly cycle: BillingCycle;
  readonly subjects: readonly string[];
  readonly planVersion: PlanVersion;
  /** By code; a charge whose meter is not here was not used. */
  readonly meters: ReadonlyMap<string, MeterRow>;
}

/** One statement to make. */
export interface Billing {
  readonly billable: Billable;
  readonly window: Window;
  /** Where the window is a part of a billing period, the period: base amount and minimums are owed for the part. */
  readonly whole?: Window;
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
    relations: { planVersion: { plan: true } },
  });
  if (subscriptions.length === 0) return [];
  const subjects = await manager.find(CustomerSubjectRow, {
    where: { customerId: In(unique(subscriptions.map((one) => one.customerId))) },
    order: { subject: 'ASC' },
  });
  const codes = unique(subscriptions.flatMap((one) => one.planVersion!.charges.map((charge) => charge.meterCode)));
  const meters = await manager.find(MeterRow, {
    where: { organizationId: In(unique(subscriptions.map((one) => one.organizationId))), code: In(codes) },
    // A deleted meter keeps its past usage; where its code was given to a new one, that one counts, since later entries win.
    order: { deletedAt: { direction: 'ASC', nulls: 'LAST' } },
  });
  return subscriptions.map((subscription) => ({
    subscription,
    cycle: {
      interval: subscription.planVersion!.interval,
      billingTime: subscription.billingTime,
      timeZone: subscription.timeZone,
      startedAt: subscription.startedAt,
      endedAt: subscription.endedAt,
    },
    subjects: subjects.filter((row) => row.customerId === subscription.customerId).map((row) => row.subject),
    planVersion: planVersionOf(subscription),
    meters: new Map(meters.filter((meter) => meter.organizationId === subscription.organizationId).map((meter) => [meter.code, meter])),
  }));
}

/** Reads the usage of many statements in one query and prices each, in order. */
export async function rateBillings(
  manager: EntityManager,
  billings: readonly Billing[],
  source: UsageSource = 'buckets',
): Promise<StatementAmounts[]> {
  const questions = billings.flatMap((billing, index) =>
    billing.billable.planVersion.charges.flatMap((charge) => questionsOf(billing, charge).map((request) => ({ index, charge, request }))),
  );
  const answers = await readUsage(
    manager,
    questions.map(({ request }) => request),
    source,
  );
  const usage = billings.map(() => new Map<string, ChargeUsage>());
  questions.forEach(({ index, charge }, question) => {
    const answer = answers[question]![0]!;
    const before = usage[index]!.get(charge.metric);
    usage[index]!.set(
      charge.metric,
      before ? { ...before, units: maxDecimal(before.units, answer.value ?? ZERO) } : chargeUsage(charge, answer),
    );
  });
  return billings.map(({ billable, window, whole }, index) =>
    rateStatement({
      planVersion: billable.planVersion,
      usageByMetric: usage[index]!,
      ...(whole && !whole.equals(window) ? { coverage: { part: window, whole } } : {}),
    }),
  );
}

/** Usually one question per charge; a gauge's peak asks what stood when the window began and what was the highest in it. */
function questionsOf({ billable, window, gauges }: Billing, charge: Charge): UsageRequest[] {
  const meter = billable.meters.get(charge.meterCode);
  if (meter === undefined) return [];
  const ask = (of: UsageRequest['meter'], within: Window): UsageRequest => ({
    organizationId: billable.subscription.organizationId,
    meter: of,
    subjects: billable.subjects,
    window: within,
  });
  if (meter.aggregation !== 'latest' || gauges === 'latest') return [ask(meter, window)];
  const highest = ask({ id: meter.id, aggregation: 'max', recurring: false }, window);
  return meter.recurring ? [highest, ask(meter, Window.of(new Date(window.from.getTime() - 1), window.from))] : [highest];
}

function chargeUsage(charge: Charge, answer: UsageAnswer): ChargeUsage {
  const units: Decimal = answer.value ?? ZERO;
  return requiredTransactions(charge) === 'count' ? { units, transactions: { count: answer.eventCount } } : { units };
}

function planVersionOf({ planVersion }: SubscriptionRow): PlanVersion {
  const { id, planId, plan, version, currency, interval, baseAmount, charges } = planVersion!;
  return { id, planId, planCode: plan!.code, planName: plan!.name, version, currency, interval, baseAmount, charges };
}

function unique<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}
