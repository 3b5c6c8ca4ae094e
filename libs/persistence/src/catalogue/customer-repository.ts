import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager, In, MoreThan } from 'typeorm';
import { CustomerRow } from '../rows/customer-row.js';
import { CustomerSubjectRow } from '../rows/customer-subject-row.js';
import { SubscriptionRow } from '../rows/subscription-row.js';
import { inOrganization } from '../tenancy.js';
import { type Created, insertRow } from './insert-row.js';
import type { PageRequest } from './page-request.js';
import { preferId, whereReference } from './reference.js';
import { queueStatements } from './statement-queue.js';

/** A customer with the strings by which events name it, sorted. */
export interface CustomerWithSubjects extends Omit<CustomerRow, 'organization'> {
  readonly subjects: readonly string[];
}

/** Subjects that name another customer already. A subject belongs to one customer at most, or its usage would count twice. */
export class SubjectsTakenError extends Error {
  override readonly name = 'SubjectsTakenError';

  constructor(readonly subjects: readonly string[]) {
    super(`subjects of another customer: ${subjects.map((subject) => JSON.stringify(subject)).join(', ')}`);
  }
}

type CustomerChange = Partial<Pick<CustomerRow, 'name' | 'type' | 'country' | 'currency' | 'timeZone'>> & {
  readonly subjects?: readonly string[];
};

/** The customers of one organization. */
@Injectable()
export class CustomerRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** Creates a customer with its subjects, or finds the one that has its external id. @throws SubjectsTakenError */
  async create(customer: Omit<CustomerWithSubjects, 'updatedAt'>): Promise<Created<CustomerWithSubjects>> {
    const { subjects, ...columns } = customer;
    return inOrganization(this.dataSource, customer.organizationId, async (manager) => {
      const isNew = await insertRow(manager, CustomerRow, { ...columns, updatedAt: columns.createdAt });
      if (isNew) await addSubjects(manager, customer, subjects);
      const row = await manager.findOneByOrFail(CustomerRow, { externalId: customer.externalId });
      return { row: (await withSubjects(manager, [row]))[0]!, isNew };
    });
  }

  async list(organizationId: string, page: PageRequest): Promise<CustomerWithSubjects[]> {
    return inOrganization(this.dataSource, organizationId, async (manager) => {
      const rows = await manager.find(CustomerRow, {
        where: page.afterId === null ? {} : { id: MoreThan(page.afterId) },
        order: { id: 'ASC' },
        take: page.limit,
      });
      return withSubjects(manager, rows);
    });
  }

  /** @param reference an id or an external id; the id wins where a text is both. */
  async find(organizationId: string, reference: string): Promise<CustomerWithSubjects | null> {
    return inOrganization(this.dataSource, organizationId, async (manager) => {
      const row = preferId(await manager.find(CustomerRow, { where: whereReference(reference, 'externalId') }), reference);
      return row === null ? null : (await withSubjects(manager, [row]))[0]!;
    });
  }

  /**
   * Changes a customer under a lock. `change` gets it as it is and returns what becomes different; what it throws undoes all.
   * Other subjects are other usage, so the statements of all its subscriptions are made anew then.
   *
   * @returns the customer as it is now; null when there is none.
   * @throws SubjectsTakenError
   */
  async update(
    organizationId: string,
    reference: string,
    now: Date,
    change: (current: CustomerWithSubjects) => CustomerChange,
  ): Promise<CustomerWithSubjects | null> {
    return inOrganization(this.dataSource, organizationId, async (manager) => {
      const where = whereReference(reference, 'externalId');
      const row = preferId(await manager.find(CustomerRow, { where, lock: { mode: 'pessimistic_write' } }), reference);
      if (row === null) return null;
      const current = (await withSubjects(manager, [row]))[0]!;
      const { subjects, ...columns } = change(current);
      await manager.update(CustomerRow, { id: row.id }, { ...columns, updatedAt: now });
      if (subjects !== undefined) await replaceSubjects(manager, current, subjects, now);
      return (await withSubjects(manager, [await manager.findOneByOrFail(CustomerRow, { id: row.id })]))[0]!;
    });
  }
}

async function withSubjects(manager: EntityManager, rows: readonly CustomerRow[]): Promise<CustomerWithSubjects[]> {
  const found = await manager.find(CustomerSubjectRow, { where: { customerId: In(rows.map((row) => row.id)) } });
  return rows.map((row) => ({
    ...row,
    subjects: found
      .filter((subject) => subject.customerId === row.id)
      .map((subject) => subject.subject)
      .sort(),
  }));
}

async function replaceSubjects(
  manager: EntityManager,
  current: CustomerWithSubjects,
  subjects: readonly string[],
  now: Date,
): Promise<void> {
  const removed = current.subjects.filter((subject) => !subjects.includes(subject));
  const added = subjects.filter((subject) => !current.subjects.includes(subject));
  if (removed.length > 0) await manager.delete(CustomerSubjectRow, { customerId: current.id, subject: In(removed) });
  await addSubjects(manager, current, added);
  if (removed.length + added.length === 0) return;
  const subscriptions = await manager.findBy(SubscriptionRow, { customerId: current.id });
  for (const subscription of subscriptions) {
    const from = new Date(Math.min(subscription.startedAt.getTime(), now.getTime() - 1));
    await queueStatements(manager, [subscription.id], { from, to: now });
  }
}

async function addSubjects(
  manager: EntityManager,
  customer: Pick<CustomerRow, 'id' | 'organizationId'>,
  subjects: readonly string[],
): Promise<void> {
  if (subjects.length === 0) return;
  // Sorted, so that two customers that want the same subjects wait for each other in one order, and never for ever.
  const added: { subject: string }[] = await manager.query(
    `INSERT INTO customer_subject (organization_id, subject, customer_id) SELECT $1, subject, $2 FROM unnest($3::text[]) AS s (subject)
     ON CONFLICT DO NOTHING RETURNING subject`,
    [customer.organizationId, customer.id, [...subjects].sort()],
  );
  if (added.length === subjects.length) return;
  const names = new Set(added.map((row) => row.subject));
  throw new SubjectsTakenError(subjects.filter((subject) => !names.has(subject)));
}
