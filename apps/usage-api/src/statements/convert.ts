import { type StatementLine, formatDecimal } from '@tallymark/domain';
import type { LoadedStatement } from '@tallymark/persistence';
import { parseStatementAmounts } from '@tallymark/rating';
import type { StatementBody } from './schemas.js';

/** @throws DomainError `internal` when the stored amounts do not add up. */
export function convertStatement({ statement, ...about }: LoadedStatement): StatementBody {
  const { currency, base, overageAmount, total, lines } = parseStatementAmounts(statement.amounts);
  return {
    subscription_id: statement.subscriptionId,
    subscription_external_id: about.subscriptionExternalId,
    customer_id: statement.customerId,
    customer_external_id: about.customerExternalId,
    plan_code: about.planCode,
    plan_version: about.planVersion,
    time_zone: about.timeZone,
    period: { from: statement.periodFrom.toISOString(), to: statement.periodTo.toISOString() },
    status: statement.status,
    currency,
    base: formatDecimal(base),
    overage_amount: formatDecimal(overageAmount),
    total: formatDecimal(total),
    lines: lines.map((line) => convertLine(line, statement.projections, about.unitSizes.get(line.metric) ?? '1')),
    as_of: statement.asOf.toISOString(),
    revision: statement.revision,
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
      quantity: formatDecimal(detail.quantity),
      unit_amount: formatDecimal(detail.unitAmount),
      flat_amount: formatDecimal(detail.flatAmount),
      amount: formatDecimal(detail.amount),
    })),
  };
}
