import { billingPeriodAt } from '@tallymark/date-window';
import { DomainError, type PlanVersion } from '@tallymark/domain';
import { type SubscriptionChange, type SubscriptionCourse, planVersionAt, timeZoneAt } from '@tallymark/persistence';

/** A change of the plan, as it is asked for. */
export interface PlanChangeRequest {
  readonly target: Pick<PlanVersion, 'id' | 'planCode' | 'version' | 'currency' | 'interval'>;
  /** Null for now, or for the start where that lies ahead. */
  readonly effectiveAt: Date | null;
}

/**
 * What changes when a subscription is asked to go over to a plan version; null when that one is in force then already, so that the request can be repeated.
 *
 * @param closedUntil end of the last closed statement, which no change may reach behind; null when none is closed.
 * @throws DomainError `unprocessable` when the plan is of another currency or interval, or the instant lies before the start, behind a closed
 * statement, or at or after the end.
 */
export function decidePlanChange(
  course: SubscriptionCourse,
  { target, effectiveAt }: PlanChangeRequest,
  { closedUntil, now }: { readonly closedUntil: Date | null; readonly now: Date },
): SubscriptionChange | null {
  const { startedAt, endedAt } = course.cycle;
  const startsAt = effectiveAt ?? (now < startedAt ? startedAt : now);
  const received = `received ${startsAt.toISOString()}`;
  if (startsAt < startedAt)
    throw refusal('effective_at', 'before_start', `${received}; expected ${startedAt.toISOString()}, when it started, or later`);
  if (endedAt !== null && startsAt >= endedAt)
    throw refusal('effective_at', 'after_end', `${received}; expected an instant before ${endedAt.toISOString()}, when it ends`);
  const current = planVersionAt(course, startsAt);
  if (current.id === target.id) return null;
  requireSameTerms(current, target);
  if (closedUntil !== null && startsAt < closedUntil)
    throw refusal(
      'effective_at',
      'closed',
      `${received}; expected ${closedUntil.toISOString()} or later: the statements before are closed`,
    );
  return { startsAt, planVersionId: target.id };
}

/**
 * What changes when a subscription is asked to begin its periods in another zone: from the end of the current one on, or from its start where that
 * lies ahead. Null when that is so already.
 *
 * @throws DomainError `unprocessable` when the subscription has no period after the current one.
 */
export function decideZoneChange(course: SubscriptionCourse, timeZone: string, now: Date): SubscriptionChange | null {
  const { startedAt, endedAt } = course.cycle;
  const startsAt = now < startedAt ? startedAt : (billingPeriodAt(course.cycle, now)?.full.to ?? null);
  if (startsAt !== null && timeZoneAt(course, startsAt) === timeZone) return null;
  if (startsAt === null || (endedAt !== null && startsAt >= endedAt)) {
    const message = `received ${JSON.stringify(timeZone)}; expected a subscription with a billing period after the current one: it ends at ${endedAt!.toISOString()}`;
    throw refusal('time_zone', 'after_end', message);
  }
  return { startsAt, timeZone };
}

/** One statement has one currency, and periods can't change their length in the middle. */
function requireSameTerms(current: PlanVersion, target: PlanChangeRequest['target']): void {
  for (const term of ['currency', 'interval'] as const) {
    if (current[term] === target[term]) continue;
    const message = `received plan ${JSON.stringify(target.planCode)} version ${target.version} with ${term} ${target[term]}; expected ${current[term]}, as in ${JSON.stringify(current.planCode)}: end this subscription and start another`;
    throw refusal('plan_code', `other_${term}`, message);
  }
}

function refusal(member: string, detailCode: string, message: string): DomainError {
  return new DomainError('unprocessable', `${member}: ${message}`, { details: [{ pointer: `/${member}`, code: detailCode, message }] });
}
