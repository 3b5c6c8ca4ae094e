import type { PlanVersion } from '@tallymark/domain';
import { type SubscriptionCourse, planVersionAt, timeZoneAt } from '@tallymark/persistence';

/** What holds in a subscription from an instant on, up to the next phase. */
export interface Phase {
  readonly startsAt: Date;
  readonly planVersion: PlanVersion;
  readonly timeZone: string;
}

/** A stretch in which one plan version is in force. */
export interface PlanInTime {
  readonly startsAt: Date;
  /** Exclusive; null while no end is set. */
  readonly endsAt: Date | null;
  readonly planVersion: PlanVersion;
}

/** What holds from when on, oldest first. Changes that were taken back, or that lie past the end, are none. */
export function phasesOf(course: SubscriptionCourse): Phase[] {
  const { startedAt, endedAt, zoneChanges = [] } = course.cycle;
  const instants = [startedAt, ...course.phases.map(({ startsAt }) => startsAt), ...zoneChanges.map(({ from }) => from)]
    .filter((instant) => instant >= startedAt && (endedAt === null || instant < endedAt || instant.getTime() === startedAt.getTime()))
    .sort((a, b) => a.getTime() - b.getTime());
  return instants
    .map((startsAt) => ({ startsAt, planVersion: planVersionAt(course, startsAt), timeZone: timeZoneAt(course, startsAt) }))
    .filter(({ planVersion, timeZone }, index, phases) => {
      const before = phases[index - 1];
      return before === undefined || planVersion.id !== before.planVersion.id || timeZone !== before.timeZone;
    });
}

/** The plans before, at and after an instant. Before the start the first is current, after the end the last. */
export function plansAround(
  course: SubscriptionCourse,
  instant: Date,
): { readonly previous: PlanInTime | null; readonly current: PlanInTime; readonly next: PlanInTime | null } {
  const changes = phasesOf(course).filter(({ planVersion }, index, phases) => planVersion.id !== phases[index - 1]?.planVersion.id);
  const plans = changes.map(({ startsAt, planVersion }, index) => ({
    startsAt,
    endsAt: changes[index + 1]?.startsAt ?? course.cycle.endedAt,
    planVersion,
  }));
  const position = Math.max(
    0,
    plans.findLastIndex(({ startsAt }) => startsAt <= instant),
  );
  return { previous: plans[position - 1] ?? null, current: plans[position]!, next: plans[position + 1] ?? null };
}
