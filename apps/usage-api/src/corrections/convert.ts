import type { CorrectionImpact, CorrectionRow } from '@tallymark/persistence';
import type { CorrectionBody } from './schemas.js';

/** A correction in the form of the API. */
export function convertCorrection(row: CorrectionRow): CorrectionBody {
  return {
    id: row.id,
    external_id: row.externalId,
    kind: row.kind,
    status: row.status,
    pending_task: row.task,
    reason: row.reason,
    request: row.request,
    requested_by: row.requestedBy,
    created_at: row.createdAt.toISOString(),
    voided_events: row.voidedEvents,
    added_events: row.addedEvents,
    impact: row.impact === null ? null : convertImpact(row.impact),
    failure:
      row.failure === null
        ? null
        : {
            task: row.failure.task,
            code: row.failure.code,
            message: row.failure.message,
            correction_id: row.failure.correctionId,
          },
    dry_run_at: row.dryRunAt?.toISOString() ?? null,
    applied_at: row.appliedAt?.toISOString() ?? null,
    applied_by: row.appliedBy,
    reverted_at: row.revertedAt?.toISOString() ?? null,
    reverted_by: row.revertedBy,
    revert_reason: row.revertedAt === null ? null : row.revertReason,
  };
}

function convertImpact(impact: CorrectionImpact): NonNullable<CorrectionBody['impact']> {
  return {
    complete: impact.isComplete,
    statements: impact.statements.map((statement) => ({
      subscription_id: statement.subscriptionId,
      subscription_external_id: statement.subscriptionExternalId,
      period_from: statement.periodFrom,
      period_to: statement.periodTo,
      closed: statement.isClosed,
      currency: statement.currency,
      total_before: statement.totalBefore,
      total_after: statement.totalAfter,
      metrics: statement.metrics.map((metric) => ({
        metric: metric.metric,
        name: metric.name,
        units_before: metric.unitsBefore,
        units_after: metric.unitsAfter,
        amount_before: metric.amountBefore,
        amount_after: metric.amountAfter,
      })),
    })),
  };
}
