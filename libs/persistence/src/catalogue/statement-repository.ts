import { Injectable } from '@nestjs/common';
import type { StatementStatus } from '@tallymark/domain';
import { DataSource, type EntityManager, In, IsNull, type SelectQueryBuilder } from 'typeorm';
import { MeterRow } from '../rows/meter-row.js';
import { PlanVersionRow } from '../rows/plan-version-row.js';
import { StatementRow } from '../rows/statement-row.js';
import { StatementVersionRow } from '../rows/statement-version-row.js';
import { SubscriptionPhaseRow } from '../rows/subscription-phase-row.js';
import { inOrganization } from '../tenancy.js';
import { isUuid } from './reference.js';

/** A statement with what it is about. */
export interface LoadedStatement {
  readonly statement: StatementRow;
  readonly subscriptionExternalId: string;
  readonly customerExternalId: string;
  readonly planCode: string;
  readonly planVersion: number;
  /** In which the billing period begins and ends. */
  readonly timeZone: string;
  /** By metric: meter units in one priced unit. */
  readonly unitSizes: ReadonlyMap<string, string>;
  /** False while a meter that the plan asks is still being folded from the log's start. */
  readonly isComplete: boolean;
  /** Ids of the subscription's closed statements, by the instant (ISO) at which their period begins. */
  readonly closedIds: ReadonlyMap<string, string>;
}

/** Which statements are asked for; null for no bound. Periods that overlap `[from, to)` are in. */
export interface StatementFilter {
  readonly customerId: string | null;
  readonly subscriptionId: string | null;
  readonly from: Date | null;
  readonly to: Date | null;
  readonly status: StatementStatus | null;
}

/** A place in the list of statements, newest period first. */
export interface StatementPosition {
  readonly periodFrom: Date;
  readonly subscriptionId: string;
}

/** The statements of one organization. billing-calc writes them. */
@Injectable()
export class StatementRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** @param page the last position that the caller has (null for the start), and the most statements to return. */
  async list(
    organizationId: string,
    filter: StatementFilter,
    page: { readonly after: StatementPosition | null; readonly limit: number },
  ): Promise<LoadedStatement[]> {
    return inOrganization(this.dataSource, organizationId, async (manager) => {
      const query = selectStatements(manager)
        .orderBy('statement.periodFrom', 'DESC')
        .addOrderBy('statement.subscriptionId', 'DESC')
        .limit(page.limit);
      if (filter.customerId !== null) query.andWhere('statement.customerId = :customerId', { customerId: filter.customerId });
      if (filter.subscriptionId !== null)
        query.andWhere('statement.subscriptionId = :subscriptionId', { subscriptionId: filter.subscriptionId });
      if (filter.from !== null) query.andWhere('statement.periodTo > :from', { from: filter.from });
      if (filter.to !== null) query.andWhere('statement.periodFrom < :to', { to: filter.to });
      if (filter.status !== null) query.andWhere('statement.status = :status', { status: filter.status });
      if (page.after !== null) {
        const { periodFrom, subscriptionId } = page.after;
        query.andWhere('(statement.periodFrom, statement.subscriptionId) < (:afterPeriod, :afterSubscription)', {
          afterPeriod: periodFrom,
          afterSubscription: subscriptionId,
        });
      }
      return load(manager, await query.getMany());
    });
  }

  /** The statement of the period that contains `now`, or of the last one before when the subscription has ended; null when none is made yet. */
  async findCurrent(organizationId: string, subscriptionId: string, now: Date): Promise<LoadedStatement | null> {
    if (!isUuid(subscriptionId)) return null;
    return inOrganization(this.dataSource, organizationId, async (manager) => {
      const row = await selectStatements(manager)
        .andWhere('statement.subscriptionId = :subscriptionId AND statement.periodFrom <= :now', { subscriptionId, now })
        .orderBy('statement.periodFrom', 'DESC')
        .limit(1)
        .getOne();
      return row === null ? null : (await load(manager, [row]))[0]!;
    });
  }

  async find(organizationId: string, id: string): Promise<LoadedStatement | null> {
    if (!isUuid(id)) return null;
    return inOrganization(this.dataSource, organizationId, async (manager) => {
      const row = await selectStatements(manager).andWhere('statement.id = :id', { id }).getOne();
      return row === null ? null : (await load(manager, [row]))[0]!;
    });
  }

  /** What a statement said at the end of each earlier UTC day on which it changed, newest first. */
  async listVersions(
    organizationId: string,
    { subscriptionId, periodFrom }: Pick<StatementRow, 'subscriptionId' | 'periodFrom'>,
  ): Promise<StatementVersionRow[]> {
    return inOrganization(this.dataSource, organizationId, (manager) =>
      manager.find(StatementVersionRow, { where: { subscriptionId, periodFrom }, order: { revision: 'DESC' } }),
    );
  }
}

/**
 * A subscription that is ended in the past leaves statements of periods that it no longer has: they are nobody's. Closed ones stay what they are, and
 * what adjusts them may come after the end.
 */
function selectStatements(manager: EntityManager): SelectQueryBuilder<StatementRow> {
  return manager
    .createQueryBuilder(StatementRow, 'statement')
    .innerJoinAndSelect('statement.subscription', 'subscription')
    .innerJoinAndSelect('subscription.customer', 'customer')
    .where(
      `(subscription.endedAt IS NULL OR statement.periodFrom < subscription.endedAt OR statement.status = 'closed' OR statement.amounts -> 'lines' = '[]')`,
    );
}

/** The plan version is the one the statement was made with, which need not be the subscription's of today. */
async function load(manager: EntityManager, rows: readonly StatementRow[]): Promise<LoadedStatement[]> {
  const ids = [...new Set(rows.map((row) => row.planVersionId))];
  const versions = await manager.find(PlanVersionRow, { where: { id: In(ids) }, relations: { plan: true } });
  const versionById = new Map(versions.map((version) => [version.id, version]));
  const phases = await manager.findBy(SubscriptionPhaseRow, { subscriptionId: In([...new Set(rows.map((row) => row.subscriptionId))]) });
  const folding = new Set((await manager.findBy(MeterRow, { folded: false, deletedAt: IsNull() })).map((meter) => meter.code));
  const closedIds = await readClosedIds(manager, rows.filter(bearsAdjustments));
  return rows.map((statement) => {
    const version = versionById.get(statement.planVersionId)!;
    return {
      statement,
      subscriptionExternalId: statement.subscription!.externalId,
      customerExternalId: statement.subscription!.customer!.externalId,
      planCode: version.plan!.code,
      planVersion: version.version,
      timeZone: timeZoneOf(
        statement,
        phases.filter((phase) => phase.subscriptionId === statement.subscriptionId),
      ),
      unitSizes: new Map(version.charges.map((charge) => [charge.metric, charge.unitSize])),
      isComplete: statement.status === 'closed' || !version.charges.some((charge) => folding.has(charge.meterCode)),
      closedIds: closedIds.get(statement.subscriptionId) ?? new Map<string, string>(),
    };
  });
}

/** A change of the zone counts from the first billing period on that begins after it. */
function timeZoneOf({ subscription, billingPeriodFrom }: StatementRow, phases: readonly SubscriptionPhaseRow[]): string {
  const { timeZone, startedAt } = subscription!;
  const reached = phases.filter((phase) => phase.timeZone !== null && (phase.startsAt <= billingPeriodFrom || phase.startsAt <= startedAt));
  return reached.sort((a, b) => a.startsAt.getTime() - b.startsAt.getTime()).at(-1)?.timeZone ?? timeZone;
}

function bearsAdjustments({ amounts }: StatementRow): boolean {
  const { adjustments } = amounts as { readonly adjustments?: readonly unknown[] };
  return adjustments !== undefined && adjustments.length > 0;
}

async function readClosedIds(
  manager: EntityManager,
  rows: readonly StatementRow[],
): Promise<ReadonlyMap<string, ReadonlyMap<string, string>>> {
  if (rows.length === 0) return new Map();
  const closed = await manager.find(StatementRow, {
    select: { id: true, subscriptionId: true, periodFrom: true },
    where: { subscriptionId: In([...new Set(rows.map((row) => row.subscriptionId))]), status: 'closed' },
  });
  const ids = new Map<string, Map<string, string>>();
  for (const { id, subscriptionId, periodFrom } of closed)
    ids.set(subscriptionId, (ids.get(subscriptionId) ?? new Map<string, string>()).set(periodFrom.toISOString(), id));
  return ids;
}
