import { type LoadedSubscription, courseOf, timeZoneAt, trialEndOf } from '@tallymark/persistence';
import { type Phase, type PlanInTime, phasesOf, plansAround } from './plans-in-time.js';
import type { PhaseBody, PlanInTimeBody, SubscriptionBody } from './schemas.js';

/** @param now decides which plan and which zone are the current ones. */
export function convertSubscription(row: LoadedSubscription, now: Date): SubscriptionBody {
  const course = courseOf(row);
  const { previous, current, next } = plansAround(course, now);
  return {
    id: row.id,
    external_id: row.externalId,
    customer_id: row.customerId,
    customer_external_id: row.customer.externalId,
    plan_code: current.planVersion.planCode,
    plan_version: current.planVersion.version,
    previous_plan: previous === null ? null : convertPlanInTime(previous),
    next_plan: next === null ? null : convertPlanInTime(next),
    billing_time: row.billingTime,
    time_zone: timeZoneAt(course, now),
    phases: phasesOf(course).map(convertPhase),
    started_at: row.startedAt.toISOString(),
    trial_ends_at: trialEndOf(course)?.toISOString() ?? null,
    ended_at: row.endedAt?.toISOString() ?? null,
    created_at: row.createdAt.toISOString(),
    updated_at: row.updatedAt.toISOString(),
  };
}

/** The members that a create sets, as they were then: what has changed since does not make another request of a repeated one. */
export function convertCreated(row: LoadedSubscription): Record<string, unknown> {
  return {
    external_id: row.externalId,
    customer_id: row.customerId,
    plan_code: row.planVersion.plan.code,
    plan_version: row.planVersion.version,
    billing_time: row.billingTime,
    time_zone: row.timeZone,
    started_at: row.startedAt.toISOString(),
  };
}

function convertPlanInTime({ planVersion, startsAt, endsAt }: PlanInTime): PlanInTimeBody {
  return {
    plan_code: planVersion.planCode,
    plan_version: planVersion.version,
    starts_at: startsAt.toISOString(),
    ends_at: endsAt?.toISOString() ?? null,
  };
}

function convertPhase({ startsAt, planVersion, timeZone }: Phase): PhaseBody {
  return {
    starts_at: startsAt.toISOString(),
    plan_code: planVersion.planCode,
    plan_version: planVersion.version,
    time_zone: timeZone,
  };
}
