import type { Window } from '@tallymark/date-window';
import type { PlanVersion, StatementStatus } from '@tallymark/domain';
import { type EntityManager, In } from 'typeorm';
import { planVersionOf } from './plan-version.js';
import { PlanVersionRow } from './rows/plan-version-row.js';
import { StatementRow } from './rows/statement-row.js';

/** Which statements leave. Null does not filter. */
export interface ExportFilter {
  /** Statements whose period begins in it: windows that tile export each statement once. */
  readonly within: Window;
  readonly customerId: string | null;
  readonly subscriptionId: string | null;
  readonly status: StatementStatus | null;
}

/** A statement with the names and the price list that it was made with. */
export interface ExportedStatement {
  readonly statement: StatementRow;
  readonly subscriptionExternalId: string;
  readonly customer: { readonly externalId: string; readonly name: string };
  readonly planVersion: PlanVersion;
}

/** A place in an export: oldest period first. */
export interface ExportPosition {
  readonly periodFrom: Date;
  readonly subscriptionId: string;
}

/**
 * The statements of an organization to export, up to `limit` of them after a position (null: from the start).
 *
 * Of a subscription that has ended, periods after its end are left out unless they hold adjustments.
 */
export async function listExportedStatements(
  manager: EntityManager,
  { within, customerId, subscriptionId, status }: ExportFilter,
  page: { readonly after: ExportPosition | null; readonly limit: number },
): Promise<ExportedStatement[]> {
  const query = manager
    .createQueryBuilder(StatementRow, 'statement')
    .innerJoinAndSelect('statement.subscription', 'subscription')
    .innerJoinAndSelect('subscription.customer', 'customer')
    .where('statement.periodFrom >= :from AND statement.periodFrom < :to', { from: within.from, to: within.to })
    .andWhere(`(subscription.endedAt IS NULL OR statement.periodFrom < subscription.endedAt OR statement.amounts -> 'adjustments' <> '[]')`)
    .orderBy('statement.periodFrom', 'ASC')
    .addOrderBy('statement.subscriptionId', 'ASC')
    .limit(page.limit);
  if (customerId !== null) query.andWhere('statement.customerId = :customerId', { customerId });
  if (subscriptionId !== null) query.andWhere('statement.subscriptionId = :subscriptionId', { subscriptionId });
  if (status !== null) query.andWhere('statement.status = :status', { status });
  if (page.after !== null)
    query.andWhere('(statement.periodFrom, statement.subscriptionId) > (:afterPeriod, :afterSubscription)', {
      afterPeriod: page.after.periodFrom,
      afterSubscription: page.after.subscriptionId,
    });
  const rows = await query.getMany();
  const versions = await findPlanVersions(manager, rows);
  return rows.map((statement) => {
    const { externalId, customer } = statement.subscription!;
    return {
      statement,
      subscriptionExternalId: externalId,
      customer: { externalId: customer!.externalId, name: customer!.name },
      planVersion: versions.get(statement.planVersionId)!,
    };
  });
}

async function findPlanVersions(manager: EntityManager, statements: readonly StatementRow[]): Promise<Map<string, PlanVersion>> {
  const ids = [...new Set(statements.map((statement) => statement.planVersionId))];
  const rows = await manager.find(PlanVersionRow, { where: { id: In(ids) }, relations: { plan: true } });
  return new Map(rows.map((row) => [row.id, planVersionOf(row)]));
}
