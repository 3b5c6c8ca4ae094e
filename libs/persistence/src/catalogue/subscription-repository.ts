import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager, type FindOptionsRelations, MoreThan } from 'typeorm';
import { SubscriptionRow } from '../rows/subscription-row.js';
import { inOrganization } from '../tenancy.js';
import { type Created, insertRow } from './insert-row.js';
import type { PageRequest } from './page-request.js';
import { isUuid, preferId, whereReference } from './reference.js';
import { queueStatements } from './statement-queue.js';

/** A subscription to be stored. */
export type NewSubscription = Omit<SubscriptionRow, 'organization' | 'customer' | 'planVersion' | 'endedAt' | 'updatedAt'>;

/** A subscription with its customer, its plan version and the plan itself. */
export type LoadedSubscription = SubscriptionRow & {
  readonly customer: NonNullable<SubscriptionRow['customer']>;
  readonly planVersion: NonNullable<SubscriptionRow['planVersion']> & { readonly plan: { readonly code: string; readonly name: string } };
};

const RELATIONS: FindOptionsRelations<SubscriptionRow> = { customer: true, planVersion: { plan: true } };

/** The subscriptions of one organization. Each change asks billing-calc for the statements it touches, in the same transaction. */
@Injectable()
export class SubscriptionRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** Creates a subscription, or finds the one that has its external id. */
  async create(subscription: NewSubscription): Promise<Created<LoadedSubscription>> {
    const now = subscription.createdAt;
    return inOrganization(this.dataSource, subscription.organizationId, async (manager) => {
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
   * Ends a subscription under a lock. `decide` gets it as it is and returns when it ends, or null to leave it; what it throws undoes all.
   *
   * @returns the subscription as it is now; null when there is none.
   */
  async terminate(
    organizationId: string,
    reference: string,
    now: Date,
    decide: (current: LoadedSubscription) => Date | null,
  ): Promise<LoadedSubscription | null> {
    return inOrganization(this.dataSource, organizationId, async (manager) => {
      const where = whereReference(reference, 'externalId');
      // The lock comes first and alone: a row that is joined to nullable ones can't be locked.
      const locked = preferId(await manager.find(SubscriptionRow, { where, lock: { mode: 'pessimistic_write' } }), reference);
      if (locked === null) return null;
      const current = (await findSubscription(manager, locked.id))!;
      const endedAt = decide(current);
      if (endedAt === null) return current;
      await manager.update(SubscriptionRow, { id: locked.id }, { endedAt, updatedAt: now });
      await queueStatements(manager, [locked.id], { from: beforeNow(endedAt, now), to: now });
      return findSubscription(manager, locked.id);
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
