import { type StatementAdjustment, type StatementLine, formatDecimal } from '@tallymark/domain';
import type { LoadedStatement, StatementVersionRow } from '@tallymark/persistence';
import { parseStatementAmounts } from '@tallymark/rating';
import type { StatementBody, StatementVersionBody } from './schemas.js';

/** @throws DomainError `internal` when the stored amounts do not add up. */
export function convertStatement({ statement, ...about }: LoadedStatement): StatementBody {
  const { lines, adjustments } = parseStatementAmounts(statement.amounts);
  return {
    id: statement.id,
    subscription_id: statement.subscriptionId,
    subscription_external_id: about.subscriptionExternalId,
    customer_id: statement.customerId,
    customer_external_id: about.customerExternalId,
    plan_code: about.planCode,
    plan_version: about.planVersion,
    time_zone: about.timeZone,
    period: { from: statement.periodFrom.toISOString(), to: statement.periodTo.toISOString() },
    billing_period: { from: statement.billingPeriodFrom.toISOString(), to: statement.billingPeriodTo.toISOString() },
    status: statement.status,
    closed_at: statement.closedAt?.toISOString() ?? null,
    complete: about.isComplete,
    ...convertSums(statement.amounts),
    lines: lines.map((line) => convertLine(line, statement.projections, about.unitSizes.get(line.metric) ?? '1')),
    adjustments: adjustments.map((adjustment) => convertAdjustment(adjustment, about.closedIds)),
    as_of: statement.asOf.toISOString(),
    revision: statement.revision,
  };
}

/** What a statement says now, or said at the end of an earlier day. */
export function convertVersion(version: Pick<StatementVersionRow, 'revision' | 'status' | 'asOf' | 'amounts'>): StatementVersionBody {
  const { lines } = parseStatementAmounts(version.amounts);
  return {
    revision: version.revision,
    status: version.status,
    as_of: version.asOf.toISOString(),
    ...convertSums(version.amounts),
    lines: lines.map(({ metric, used, overage, amount }) => ({
      metric,
      used: formatDecimal(used),
      overage: formatDecimal(overage),
      amount: formatDecimal(amount),
    })),
  };
}

type Sums = Pick<StatementBody, 'currency' | 'base' | 'overage_amount' | 'commitment_true_up' | 'adjustment_amount' | 'total'>;

function convertSums(amounts: unknown): Sums {
  const { currency, base, overageAmount, commitmentTrueUp, adjustmentAmount, total } = parseStatementAmounts(amounts);
  return {
    currency,
    base: formatDecimal(base),
    overage_amount: formatDecimal(overageAmount),
    commitment_true_up: formatDecimal(commitmentTrueUp),
    adjustment_amount: formatDecimal(adjustmentAmount),
    total: formatDecimal(total),
  };
}

function convertAdjustment(
  { periodFrom, periodTo, metric, name, units, amount }: StatementAdjustment,
  closedIds: ReadonlyMap<string, string>,
): StatementBody['adjustments'][number] {
  return {
    statement_id: closedIds.get(periodFrom) ?? null,
    period: { from: periodFrom, to: periodTo },
    metric,
    name,
    units: formatDecimal(units),
    amount: formatDecimal(amount),
  };
}

function convertLine(line: StatementLine, projections: Readonly<Record<string, string>>, unitSize: string): StatementBody['lines'][number] {
  return {
    metric: line.metric,
    name: line.name,
    meter_code: line.meterCode,
    unit: line.unit,
    unit_size: unitSize,
    included: formatDecimal(line.included),
    used: formatDecimal(line.used),
    overage: formatDecimal(line.overage),
    percentage: formatDecimal(line.percentage),
    amount: formatDecimal(line.amount),
    projected_used: projections[line.metric] ?? null,
    details: line.details.map((detail) => ({
      description: detail.description,
      dimensions: detail.dimensions,
      quantity: formatDecimal(detail.quantity),
      unit_amount: formatDecimal(detail.unitAmount),
      flat_amount: formatDecimal(detail.flatAmount),
      amount: formatDecimal(detail.amount),
    })),
  };
}
