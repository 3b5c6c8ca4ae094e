import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager, In, type SelectQueryBuilder } from 'typeorm';
import { PlanVersionRow } from '../rows/plan-version-row.js';
import { StatementRow } from '../rows/statement-row.js';
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
}

/** Which statements are asked for; null for no bound. Periods that overlap `[from, to)` are in. */
export interface StatementFilter {
  readonly customerId: string | null;
  readonly subscriptionId: string | null;
  readonly from: Date | null;
  readonly to: Date | null;
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
}

/** A subscription that is ended in the past leaves statements of periods that it no longer has: they are nobody's. */
function selectStatements(manager: EntityManager): SelectQueryBuilder<StatementRow> {
  return manager
    .createQueryBuilder(StatementRow, 'statement')
    .innerJoinAndSelect('statement.subscription', 'subscription')
    .innerJoinAndSelect('subscription.customer', 'customer')
    .where('(subscription.endedAt IS NULL OR statement.periodFrom < subscription.endedAt)');
}

/** The plan version is the one the statement was made with, which need not be the subscription's of today. */
async function load(manager: EntityManager, rows: readonly StatementRow[]): Promise<LoadedStatement[]> {
  const ids = [...new Set(rows.map((row) => row.planVersionId))];
  const versions = await manager.find(PlanVersionRow, { where: { id: In(ids) }, relations: { plan: true } });
  const versionById = new Map(versions.map((version) => [version.id, version]));
  return rows.map((statement) => {
    const version = versionById.get(statement.planVersionId)!;
    return {
      statement,
      subscriptionExternalId: statement.subscription!.externalId,
      customerExternalId: statement.subscription!.customer!.externalId,
      planCode: version.plan!.code,
      planVersion: version.version,
      timeZone: statement.subscription!.timeZone,
      unitSizes: new Map(version.charges.map((charge) => [charge.metric, charge.unitSize])),
    };
  });
}
