import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager, type FindOptionsRelations, MoreThan } from 'typeorm';
import { SubscriptionRow } from '../rows/subscription-row.js';
import { lockStatements } from '../statement-lock.js';
import { inOrganization } from '../tenancy.js';
import { holdChargedMeters } from './charged-meters.js';
import { type Created, insertRow } from './insert-row.js';
import type { PageRequest } from './page-request.js';
import { isUuid, preferId, whereReference } from './reference.js';
import { queueStatements } from './statement-queue.js';

/** A subscription to be stored. */
export type NewSubscription = Omit<SubscriptionRow, 'organization' | 'customer' | 'planVersion' | 'phases' | 'endedAt' | 'updatedAt'>;

/** A subscription with its customer, its plan version and phases, and their plans: all that `courseOf` needs. */
export type LoadedSubscription = SubscriptionRow & {
  readonly customer: NonNullable<SubscriptionRow['customer']>;
  readonly planVersion: NonNullable<SubscriptionRow['planVersion']> & { readonly plan: { readonly code: string; readonly name: string } };
  readonly phases: NonNullable<SubscriptionRow['phases']>;
};

/** What changes in a subscription from an instant on. At an instant that has a change already, that one's other member stays. */
export type SubscriptionChange = { readonly startsAt: Date } & ({ readonly planVersionId: string } | { readonly timeZone: string });

/**
 * Decides about a subscription as it is, given the end of its last closed statement, which nothing may reach behind; null when none is closed.
 * Null leaves it as it is; what it throws undoes all.
 */
type Decide<T> = (current: LoadedSubscription, closedUntil: Date | null) => T | null;

const RELATIONS: FindOptionsRelations<SubscriptionRow> = {
  customer: true,
  planVersion: { plan: true },
  phases: { planVersion: { plan: true } },
};

const CLOSED_UNTIL = `SELECT max(period_to) AS until FROM statement WHERE subscription_id = $1 AND status = 'closed'`;

const ADD_PHASE = `
  INSERT INTO subscription_phase AS p (subscription_id, starts_at, organization_id, plan_version_id, time_zone, requested_by, created_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7)
  ON CONFLICT (subscription_id, starts_at) DO UPDATE SET plan_version_id = coalesce(excluded.plan_version_id, p.plan_version_id),
    time_zone = coalesce(excluded.time_zone, p.time_zone), requested_by = excluded.requested_by, created_at = excluded.created_at`;

/** The subscriptions of one organization. Each change asks billing-calc for the statements it touches, in the same transaction. */
@Injectable()
export class SubscriptionRepository {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * Creates a subscription, or finds the one that has its external id.
   *
   * @throws DomainError `unprocessable` where there is none yet, and the plan version charges by a meter that is deleted.
   */
  async create(subscription: NewSubscription): Promise<Created<LoadedSubscription>> {
    const now = subscription.createdAt;
    return inOrganization(this.dataSource, subscription.organizationId, async (manager) => {
      if (!(await manager.existsBy(SubscriptionRow, { externalId: subscription.externalId })))
        await holdChargedMeters(manager, subscription.planVersionId);
      const isNew = await insertRow(manager, SubscriptionRow, { ...subscription, endedAt: null, updatedAt: now });
      if (isNew) await queueStatements(manager, [subscription.id], { from: beforeNow(subscription.startedAt, now), to: now });
      const row = await manager.findOneOrFail(SubscriptionRow, { where: { externalId: subscription.externalId }, relations: RELATIONS });
      return { row: row as LoadedSubscription, isNew };
    });
  }

  /** @param filter the customer's id; null for all customers. */
  async list(organizationId: string, filter: { readonly customerId: string | null }, page: PageRequest): Promise<LoadedSubscription[]> {
    if (filter.customerId !== null && !isUuid(filter.customerId)) return [];
    return inOrganization(this.dataSource, organizationId, async (manager) => {
      const rows = await manager.find(SubscriptionRow, {
        where: {
          ...(filter.customerId === null ? {} : { customerId: filter.customerId }),
          ...(page.afterId === null ? {} : { id: MoreThan(page.afterId) }),
        },
        order: { id: 'ASC' },
        take: page.limit,
        relations: RELATIONS,
      });
      return rows as LoadedSubscription[];
    });
  }

  /** @param reference an id or an external id; the id wins where a text is both. */
  async find(organizationId: string, reference: string): Promise<LoadedSubscription | null> {
    return inOrganization(this.dataSource, organizationId, (manager) => findSubscription(manager, reference));
  }

  /**
   * Ends a subscription, while no statement of it is made or closed. `decide` returns when it ends, or null to leave it.
   *
   * @returns the subscription as it is now; null when there is none.
   */
  async terminate(organizationId: string, reference: string, now: Date, decide: Decide<Date>): Promise<LoadedSubscription | null> {
    return this.alter(organizationId, reference, now, decide, async (manager, { id }, endedAt) => {
      await manager.update(SubscriptionRow, { id }, { endedAt });
      return endedAt;
    });
  }

  /**
   * Adds a change to the course of a subscription, while no statement of it is made or closed. `decide` returns the change, or null for none.
   *
   * @param by the credential that asks for it.
   * @returns the subscription as it is now; null when there is none.
   * @throws DomainError `unprocessable` where the plan version charges by a meter that is deleted.
   */
  async change(
    organizationId: string,
    reference: string,
    { by, now }: { readonly by: string; readonly now: Date },
    decide: Decide<SubscriptionChange>,
  ): Promise<LoadedSubscription | null> {
    return this.alter(organizationId, reference, now, decide, async (manager, { id }, change) => {
      const { startsAt, planVersionId, timeZone } = { planVersionId: null, timeZone: null, ...change };
      if (planVersionId !== null) await holdChargedMeters(manager, planVersionId);
      await manager.query(ADD_PHASE, [id, startsAt, organizationId, planVersionId, timeZone, by, now]);
      return startsAt;
    });
  }

  /** @param write stores what was decided, and returns from when on statements change. */
  private async alter<T>(
    organizationId: string,
    reference: string,
    now: Date,
    decide: Decide<T>,
    write: (manager: EntityManager, current: LoadedSubscription, decided: T) => Promise<Date>,
  ): Promise<LoadedSubscription | null> {
    return inOrganization(this.dataSource, organizationId, async (manager) => {
      const named = await findSubscription(manager, reference);
      if (named === null) return null;
      const { id } = named;
      // Before the row, in the order in which billing-calc takes them; and alone, since a row that is joined to nullable ones can't be locked.
      await lockStatements(manager, [id]);
      await manager.find(SubscriptionRow, { where: { id }, lock: { mode: 'pessimistic_write' } });
      const current = (await findSubscription(manager, id))!;
      const [closed]: { until: Date | null }[] = await manager.query(CLOSED_UNTIL, [id]);
      const decided = decide(current, closed!.until);
      if (decided === null) return current;
      const touchedFrom = await write(manager, current, decided);
      await manager.update(SubscriptionRow, { id }, { updatedAt: now });
      await queueStatements(manager, [id], { from: beforeNow(touchedFrom, now), to: now });
      return findSubscription(manager, id);
    });
  }
}

/** The start of what a change touches: never empty, also when the instant lies ahead. */
function beforeNow(instant: Date, now: Date): Date {
  return new Date(Math.min(instant.getTime(), now.getTime()) - 1);
}

async function findSubscription(manager: EntityManager, reference: string): Promise<LoadedSubscription | null> {
  const rows = await manager.find(SubscriptionRow, { where: whereReference(reference, 'externalId'), relations: RELATIONS });
  return preferId(rows as LoadedSubscription[], reference);
}
