import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Billable } from './billable.js';
import type { CustomerWithSubjects } from './catalogue/customer-repository.js';
import {
  type CatalogueState,
  type CustomerReference,
  type OrganizationSnapshot,
  catalogueState,
  loadCustomerSnapshot,
  loadOrganizationSnapshot,
} from './catalogue-snapshot.js';
import { LruMap } from './lru-map.js';
import { type Read, readBatch } from './read-batch.js';
import { NotSettled, SettledUsage } from './settled-usage.js';

/** The catalogue as one customer's reads need it. */
export interface CustomerCatalogue {
  readonly organization: OrganizationSnapshot;
  readonly customer: CustomerWithSubjects;
  /** Its subscriptions, in no particular order. */
  readonly billables: readonly Billable[];
}

/** What to ask the database, given the catalogue, and what the answers come to. */
export interface CustomerQuestion<T> {
  readonly reads: readonly Read<unknown>[];
  /** @param usageAsOf up to when the organization's usage is complete, at most `now`: the receipt of the oldest commit that is not folded yet. */
  readonly answer: (answers: readonly unknown[], usageAsOf: (now: Date) => Date) => T;
}

/** One question of the types of its reads. */
export function customerQuestion<R extends readonly unknown[], T>(
  reads: { readonly [K in keyof R]: Read<R[K]> },
  answer: (answers: R, usageAsOf: (now: Date) => Date) => T,
): CustomerQuestion<T> {
  return { reads, answer: (answers, usageAsOf) => answer(answers as unknown as R, usageAsOf) };
}

const ORGANIZATIONS_KEPT = 500;
/** By each of their two names. */
const CUSTOMERS_KEPT = 2 * 5_000;

/** How often a read begins anew because the catalogue changed meanwhile. */
const MOST_TURNS = 5;

/**
 * Answers reads of one customer in one round trip. What changes seldom is kept in memory, and each read asks for its version together with the usage:
 * where the version is another one by now, what was kept is read anew and the question asked again. So nothing is ever answered from a catalogue that
 * was out of date when the read began. Of a catalogue that changes as fast as it is read, the state of the last turn is answered, which was read after the
 * read began.
 */
@Injectable()
export class CatalogueReader {
  private readonly organizations = new LruMap<string, OrganizationSnapshot>(ORGANIZATIONS_KEPT);
  private readonly customers = new LruMap<string, Kept>(CUSTOMERS_KEPT);

  constructor(
    private readonly dataSource: DataSource,
    private readonly settled: SettledUsage,
  ) {}

  /**
   * @param now by the service's clock, taken before this is called
   * @param ask turns the catalogue into a question; null where one round trip does not do. What it throws is thrown once the catalogue is known to be
   *   up to date. It may be called more than once, the first time alone with what is remembered of usage.
   * @returns null when there is no such customer, or when `ask` says so: then ask in a transaction.
   */
  async read<T>(
    organizationId: string,
    reference: CustomerReference,
    now: Date,
    ask: (catalogue: CustomerCatalogue, settled: SettledUsage | undefined) => CustomerQuestion<T> | null,
  ): Promise<T | null> {
    const key = keyOf(organizationId, reference);
    for (let turn = 1; ; turn += 1) {
      const organization = this.organizations.get(organizationId) ?? (await this.loadOrganization(organizationId));
      const kept = this.recallCustomer(key, organization) ?? (await this.loadCustomer(organization, organizationId, reference));
      if (kept === null) return null;
      const { catalogue } = kept;
      const question = settle(() => ask(catalogue, turn === 1 ? this.settled : undefined));
      if (question === null) return null;
      const batch = readBatch<[CatalogueState, ...unknown[]]>(this.dataSource, organizationId, [
        catalogueState(organizationId, catalogue.customer.id),
        ...question.reads,
      ]);
      const found = await unlessUnsettled(batch);
      if (found === null) continue;
      const [state, ...answers] = found;
      const isStale = {
        organization: state.organization !== organization.version,
        customer: state.customer !== kept.version,
      };
      // The batch began after `now`, so what it saw stood then or has come since.
      if (!isStale.customer) kept.stoodAt = now;
      const isProven = !isStale.organization && !isStale.customer;
      if (isProven || turn === MOST_TURNS) return question.answer(answers, (instant) => asOf(instant, state));
      // Only what was found to be stale: another read may have put something newer in its place.
      if (isStale.organization && this.organizations.get(organizationId) === organization) this.organizations.delete(organizationId);
      if (isStale.customer && this.customers.get(key) === kept) this.customers.delete(key);
    }
  }

  /**
   * The last instant at which nothing of a customer, its keys included, is known to be another than at a version; null when nothing tells. It is the time
   * of a read that began then at the earliest, and found the same version.
   */
  lastStood(organizationId: string, customerId: string, version: string | null): Date | null {
    const kept = this.customers.get(keyOf(organizationId, { id: customerId }));
    return kept?.version === version ? kept.stoodAt : null;
  }

  private async loadOrganization(organizationId: string): Promise<OrganizationSnapshot> {
    const organization = await loadOrganizationSnapshot(this.dataSource, organizationId);
    // Of requests that come at once, all go on with the same one, by which customers are kept.
    const known = this.organizations.get(organizationId);
    if (known !== undefined && known.version === organization.version) return known;
    this.organizations.set(organizationId, organization);
    return organization;
  }

  /** What was read with another state of the organization, whose plans a customer's subscriptions are on, does not count. */
  private recallCustomer(key: string, organization: OrganizationSnapshot): Kept | undefined {
    const kept = this.customers.get(key);
    return kept?.catalogue.organization === organization ? kept : undefined;
  }

  private async loadCustomer(
    organization: OrganizationSnapshot,
    organizationId: string,
    reference: CustomerReference,
  ): Promise<Kept | null> {
    const snapshot = await loadCustomerSnapshot(this.dataSource, organizationId, reference);
    if (snapshot === null) return null;
    const { version, customer, subscriptions } = snapshot;
    const { id, externalId } = customer;
    const billables = subscriptions.map((one) => ({ ...one, meters: organization.metersByCode }));
    const kept: Kept = { version, stoodAt: null, catalogue: { organization, customer, billables } };
    this.customers.set(keyOf(organizationId, { id }), kept);
    this.customers.set(keyOf(organizationId, { externalId }), kept);
    return kept;
  }
}

/** A customer's snapshot, put together with its organization's. */
interface Kept {
  readonly version: string | null;
  /** When it was last known to be what is stored. */
  stoodAt: Date | null;
  readonly catalogue: CustomerCatalogue;
}

function keyOf(organizationId: string, reference: CustomerReference): string {
  return 'id' in reference ? `${organizationId} id ${reference.id}` : `${organizationId} external ${reference.externalId}`;
}

/** Null where the answer rested on what is no longer so: then the question is asked again, whole. */
async function unlessUnsettled<T>(batch: Promise<T>): Promise<T | null> {
  try {
    return await batch;
  } catch (error) {
    if (error instanceof NotSettled) return null;
    throw error;
  }
}

/** What can't be asked is refused where the answer would be given. */
function settle<T>(ask: () => CustomerQuestion<T> | null): CustomerQuestion<T> | null {
  try {
    return ask();
  } catch (error) {
    return {
      reads: [],
      answer: () => {
        throw error;
      },
    };
  }
}

function asOf(now: Date, { oldest }: CatalogueState): Date {
  return oldest === null ? now : new Date(Math.min(now.getTime(), Number(oldest)));
}
