import { type BillingPeriod, Window, addLocalDays, billingPeriodAt, billingPeriods } from '@tallymark/date-window';
import type { PlanVersion } from '@tallymark/domain';
import type { SubscriptionCourse } from './subscription-course.js';

/** The plan version that a subscription is on from an instant on, up to the next phase. */
export interface BillingPhase {
  readonly startsAt: Date;
  readonly planVersion: PlanVersion;
}

/** What one statement is about: a billing period, or the part of it that one plan version covers. */
export interface BillingPart {
  readonly window: Window;
  /** The billing period, uncut by the subscription's start and end, by which base amount and minimums are divided. */
  readonly whole: Window;
  readonly planVersion: PlanVersion;
  /** Where in the window the base amount is owed: from the end of the trial on. Null for nowhere. */
  readonly baseWindow: Window | null;
}

/** What of a subscription decides about its parts. */
type Phased = SubscriptionCourse;

/**
 * The parts of all billing periods that overlap a window and that overlap it themselves, in order and whole. They tile the time in which the
 * subscription runs: a period is cut where the plan version changes inside it, and nowhere else. A change at a period's own boundary cuts nothing.
 *
 * @throws RangeError as `billingPeriods`
 */
export function billingParts(billable: Phased, within: Window): BillingPart[] {
  const trialEnd = trialEndOf(billable);
  return billingPeriods(billable.cycle, within)
    .flatMap((period) => partsOf(billable, period, trialEnd))
    .filter((part) => part.window.intersect(within) !== null);
}

/** The part that was asked for last, which is nearly always the current one: a subscription's course never changes, it gives way to another. */
const lastParts = new WeakMap<Phased, BillingPart>();

/** The part that holds an instant; null where the subscription does not run. */
export function billingPartAt(billable: Phased, instant: Date): BillingPart | null {
  const last = lastParts.get(billable);
  if (last?.window.contains(instant) === true) return last;
  const part = findPartAt(billable, instant);
  if (part !== null) lastParts.set(billable, part);
  return part;
}

function findPartAt(billable: Phased, instant: Date): BillingPart | null {
  const period = billingPeriodAt(billable.cycle, instant);
  if (period === null) return null;
  return partsOf(billable, period, trialEndOf(billable)).find((part) => part.window.contains(instant))!;
}

/** The plan version in force at an instant: before the first phase the first, after the subscription's end the last that it reached. */
export function planVersionAt({ cycle, phases }: Phased, instant: Date): PlanVersion {
  const reached = cycle.endedAt === null ? phases : phases.filter(({ startsAt }) => startsAt < cycle.endedAt!);
  return (reached.findLast(({ startsAt }) => startsAt <= instant) ?? phases[0]!).planVersion;
}

/** The zone in which the billing period that holds an instant begins; before the start the first. */
export function timeZoneAt({ cycle }: Phased, instant: Date): string {
  const at = instant < cycle.startedAt ? cycle.startedAt : instant;
  return cycle.zoneChanges?.findLast(({ from }) => from <= at)?.timeZone ?? cycle.timeZone;
}

/** When the trial that a subscription began with is over, at the time of day it began; null without one. A later plan brings no second trial. */
export function trialEndOf({ cycle, phases }: Phased): Date | null {
  const { trialDays } = phases[0]!.planVersion;
  return trialDays === 0 ? null : addLocalDays(cycle.startedAt, trialDays, timeZoneAt({ cycle, phases }, cycle.startedAt));
}

function partsOf(billable: Phased, { window, full }: BillingPeriod, trialEnd: Date | null): BillingPart[] {
  const changes = billable.phases.filter(
    ({ startsAt, planVersion }, index) => window.contains(startsAt) && planVersion.id !== billable.phases[index - 1]?.planVersion.id,
  );
  const starts = [window.from, ...changes.map(({ startsAt }) => startsAt).filter((startsAt) => startsAt > window.from)];
  return starts.map((from, index) => {
    const part = Window.of(from, starts[index + 1] ?? window.to);
    return { window: part, whole: full, planVersion: planVersionAt(billable, from), baseWindow: since(part, trialEnd) };
  });
}

function since(window: Window, from: Date | null): Window | null {
  if (from === null || from <= window.from) return window;
  return from < window.to ? Window.of(from, window.to) : null;
}
