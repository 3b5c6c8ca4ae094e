import type { PlanVersion } from '@tallymark/domain';
import type { SubscriptionCourse } from '@tallymark/persistence';

/** Version 1 of a plan that costs nothing. */
export const planOf = (planCode: string, more: Partial<PlanVersion> = {}): PlanVersion => ({
  id: planCode,
  planId: planCode,
  planCode,
  planName: planCode,
  version: 1,
  currency: 'USD',
  interval: 'monthly',
  baseAmount: '0',
  minimumCommitment: null,
  trialDays: 0,
  charges: [],
  ...more,
});

export interface Course {
  /** 10 January 2026 unless it says otherwise. */
  readonly startedAt?: string;
  readonly endedAt?: string | null;
  /** Instant → plan. */
  readonly plans?: Readonly<Record<string, string>>;
  /** Instant → time zone. */
  readonly zones?: Readonly<Record<string, string>>;
}

/** By calendar month in UTC, at first on `basic`. */
export function courseOf({ startedAt = '2026-01-10', endedAt = null, plans = {}, zones = {} }: Course): SubscriptionCourse {
  const start = new Date(startedAt);
  return {
    cycle: {
      interval: 'monthly',
      billingTime: 'calendar',
      timeZone: 'UTC',
      startedAt: start,
      endedAt: endedAt === null ? null : new Date(endedAt),
      zoneChanges: Object.entries(zones).map(([from, timeZone]) => ({ from: new Date(from), timeZone })),
    },
    phases: [
      { startsAt: start, planVersion: planOf('basic') },
      ...Object.entries(plans).map(([at, plan]) => ({ startsAt: new Date(at), planVersion: planOf(plan) })),
    ],
  };
}
