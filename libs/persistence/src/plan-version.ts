import type { PlanVersion } from '@tallymark/domain';
import type { PlanVersionRow } from './rows/plan-version-row.js';

/** A stored plan version, loaded with its plan, as rating reads it. */
export function planVersionOf(row: PlanVersionRow): PlanVersion {
  return {
    id: row.id,
    planId: row.planId,
    planCode: row.plan!.code,
    planName: row.plan!.name,
    version: row.version,
    currency: row.currency,
    interval: row.interval,
    baseAmount: row.baseAmount,
    minimumCommitment: row.minimumCommitment,
    trialDays: row.trialDays,
    charges: row.charges,
  };
}
