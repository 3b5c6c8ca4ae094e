import { Window } from '@tallymark/date-window';
import type { ExportedStatement } from '@tallymark/persistence';
import type { FocusStatement } from '@tallymark/provider-contracts';
import { parseStatementAmounts } from '@tallymark/rating';

/** @throws DomainError `internal` when the stored amounts do not add up. */
export function convertStatement(
  { statement, customer, subscriptionExternalId, planVersion }: ExportedStatement,
  seller: Pick<FocusStatement, 'organizationName' | 'serviceCategory'>,
): FocusStatement {
  return {
    id: statement.id,
    ...seller,
    customer,
    subscription: { externalId: subscriptionExternalId },
    plan: { code: planVersion.planCode, name: planVersion.planName, version: planVersion.version },
    period: Window.of(statement.periodFrom, statement.periodTo),
    billingPeriod: Window.of(statement.billingPeriodFrom, statement.billingPeriodTo),
    status: statement.status,
    charges: planVersion.charges,
    amounts: parseStatementAmounts(statement.amounts),
  };
}
