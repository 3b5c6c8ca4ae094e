import type { BillingCycle } from '@tallymark/date-window';
import type { BillingPhase } from './billing-parts.js';
import { planVersionOf } from './plan-version.js';
import type { SubscriptionRow } from './rows/subscription-row.js';

/** How a subscription goes on over time: where its billing periods lie, and which plan version is in force when. */
export interface SubscriptionCourse {
  readonly cycle: BillingCycle;
  /** In order of time, at least one: the first begins with the subscription. */
  readonly phases: readonly BillingPhase[];
}

/** The course of a subscription that was read with its plan version, its phases and their plan versions, each with its plan. */
export function courseOf(subscription: SubscriptionRow): SubscriptionCourse {
  const { billingTime, timeZone, startedAt, endedAt } = subscription;
  const changes = [...subscription.phases!].sort((a, b) => a.startsAt.getTime() - b.startsAt.getTime());
  const planChanges = changes.flatMap(({ startsAt, planVersion }) =>
    planVersion ? [{ startsAt, planVersion: planVersionOf(planVersion) }] : [],
  );
  const first = { startsAt: startedAt, planVersion: planVersionOf(subscription.planVersion!) };
  const zoneChanges = changes.flatMap((change) => (change.timeZone === null ? [] : [{ from: change.startsAt, timeZone: change.timeZone }]));
  return {
    cycle: { interval: first.planVersion.interval, billingTime, timeZone, startedAt, endedAt, zoneChanges },
    phases: planChanges[0]?.startsAt.getTime() === startedAt.getTime() ? planChanges : [first, ...planChanges],
  };
}
