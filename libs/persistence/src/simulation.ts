import { type BillingPeriod, type Window, billingPeriods } from '@tallymark/date-window';
import { type Decimal, type PlanVersion, type StatementAmounts, ZERO, sumDecimals } from '@tallymark/domain';
import type { EntityManager } from 'typeorm';
import { itemsOf } from './adjustments.js';
import { type Billable, type Billing, loadBillables, rateBilling } from './billable.js';
import { billingParts, planVersionAt } from './billing-parts.js';
import type { MeterRow } from './rows/meter-row.js';
import { readSharedUsage } from './shared-usage.js';

/** A price list to try on what customers really used. */
export interface Simulation {
  readonly proposed: PlanVersion;
  /** The meters that its charges name, by code. */
  readonly meters: ReadonlyMap<string, MeterRow>;
  /** Billing periods that begin in it are priced, whole. */
  readonly within: Window;
  /** Where given, only subscriptions that are on this plan in the last of those periods. */
  readonly currentPlanCode: string | null;
}

/** What one line comes to under either price list; null where a list has no such metric. */
export interface SimulatedLine {
  /** Null for the base amount and the minimum commitment. */
  readonly metric: string | null;
  readonly name: string;
  readonly current: Decimal | null;
  readonly proposed: Decimal | null;
}

/** Why a subscription can't be compared: its amounts are in another currency, or its billing periods are others. */
export type NotComparable = 'other_currency' | 'other_interval';

/** One subscription under its own price lists and under the proposed one. */
export interface SimulatedSubscription {
  readonly subscriptionId: string;
  readonly externalId: string;
  readonly customerId: string;
  /** In force in the last of the periods. */
  readonly planVersion: PlanVersion;
  readonly periods: number;
  /** Null where the subscription was priced. */
  readonly skipped: NotComparable | null;
  /** False while a meter that either list prices still folds the log from before it existed. */
  readonly complete: boolean;
  readonly current: Decimal;
  readonly proposed: Decimal;
  /** Of the charges, then base amount and minimum commitment: under either list they add up to its amount. None where it was not priced. */
  readonly lines: readonly SimulatedLine[];
}

/** Statements that are priced at a time, under both lists, so that no query grows with the number of customers. */
const BILLINGS_PER_QUERY = 1_000;

/**
 * Prices what subscriptions used in past billing periods under a proposed price list and under their own, each period whole, from usage that is read
 * once. Under the proposed list a subscription is as if it had always been on it, trial included.
 *
 * @returns subscriptions that have a period in the window, ordered by id.
 */
export async function simulatePlan(
  manager: EntityManager,
  subscriptionIds: readonly string[],
  simulation: Simulation,
): Promise<SimulatedSubscription[]> {
  const cases = (await loadBillables(manager, { ids: subscriptionIds })).flatMap((billable) => caseOf(billable, simulation));
  cases.sort((a, b) => (a.billable.subscription.id < b.billable.subscription.id ? -1 : 1));
  const results: SimulatedSubscription[] = [];
  for (const batch of batches(cases)) results.push(...(await priceCases(manager, batch)));
  return results;
}

interface Case {
  readonly billable: Billable;
  /** The same as if it had always been on the proposed list. */
  readonly moved: Billable;
  readonly planVersion: PlanVersion;
  readonly periods: readonly BillingPeriod[];
  readonly skipped: NotComparable | null;
  readonly current: readonly Billing[];
  readonly proposed: readonly Billing[];
}

function caseOf(billable: Billable, { proposed, meters, within, currentPlanCode }: Simulation): Case[] {
  const periods = billingPeriods(billable.cycle, within).filter(({ window }) => within.contains(window.from));
  const last = periods.at(-1);
  if (last === undefined) return [];
  const planVersion = planVersionAt(billable, last.window.from);
  if (currentPlanCode !== null && planVersion.planCode !== currentPlanCode) return [];
  const skipped = notComparable(planVersion, proposed);
  const moved: Billable = {
    ...billable,
    phases: [{ startsAt: billable.cycle.startedAt, planVersion: proposed }],
    meters: new Map([...billable.meters, ...meters]),
  };
  const billings = (of: Billable): Billing[] => (skipped === null ? billingsOf(of, periods) : []);
  return [{ billable, moved, planVersion, periods, skipped, current: billings(billable), proposed: billings(moved) }];
}

function notComparable(current: PlanVersion, proposed: PlanVersion): NotComparable | null {
  if (current.currency !== proposed.currency) return 'other_currency';
  return current.interval === proposed.interval ? null : 'other_interval';
}

function billingsOf(billable: Billable, periods: readonly BillingPeriod[]): Billing[] {
  return periods
    .flatMap((period) => billingParts(billable, period.window))
    .map((part): Billing => ({ billable, ...part, gauges: 'latest' }));
}

/** A case stays in one batch: both of its price lists see the same usage. */
function batches(cases: readonly Case[]): Case[][] {
  const result: Case[][] = [];
  let billings = Infinity;
  for (const one of cases) {
    billings += one.current.length + one.proposed.length;
    if (billings > BILLINGS_PER_QUERY) {
      result.push([]);
      billings = one.current.length + one.proposed.length;
    }
    result.at(-1)!.push(one);
  }
  return result;
}

async function priceCases(manager: EntityManager, cases: readonly Case[]): Promise<SimulatedSubscription[]> {
  const billings = cases.flatMap(({ current, proposed }) => [...current, ...proposed]);
  const usage = await readSharedUsage(manager, billings);
  const amounts = billings.map((billing, index) => rateBilling(billing, usage[index]!));
  let next = 0;
  const take = (of: readonly Billing[]): StatementAmounts[] => amounts.slice(next, (next += of.length));
  return cases.map((one) => summarise(one, take(one.current), take(one.proposed)));
}

function summarise(
  { billable: { subscription }, moved, planVersion, periods, skipped }: Case,
  current: readonly StatementAmounts[],
  proposed: readonly StatementAmounts[],
): SimulatedSubscription {
  const lines = new Map<string, SimulatedLine>();
  const add = (side: 'current' | 'proposed', statements: readonly StatementAmounts[]): void => {
    for (const { key, metric, name, amount } of statements.flatMap(itemsOf)) {
      const before = lines.get(key) ?? { metric, name, current: null, proposed: null };
      lines.set(key, { ...before, [side]: (before[side] ?? ZERO).plus(amount) });
    }
  };
  add('current', current);
  add('proposed', proposed);
  return {
    subscriptionId: subscription.id,
    externalId: subscription.externalId,
    customerId: subscription.customerId,
    planVersion,
    periods: periods.length,
    skipped,
    complete: [...moved.meters.values()].every(({ folded, deletedAt }) => folded || deletedAt !== null),
    current: sumDecimals(current.map(({ total }) => total)),
    proposed: sumDecimals(proposed.map(({ total }) => total)),
    lines: [...lines.values()].sort((a, b) => Number(a.metric === null) - Number(b.metric === null)),
  };
}
