import { createHash } from 'node:crypto';
import type { Child } from '../../e2e/child-process.js';
import { presentKey } from '../../e2e/conformance-contracts.js';
import { startOfMonth } from '../../e2e/organization.js';
import { type BenchContext, scaled, serviceStart, useDatabase } from '../context.js';
import type { ReadLoad } from '../load/load-plan.js';
import type { BenchDatabase } from './bench-server.js';
import { startService } from './bench-service.js';
import { METER, PLAN, subscribeCustomer } from './catalogue.js';
import { fillLog } from './fill-log.js';
import { waitUntilSettled } from './fold-progress.js';
import { type BenchOrganization, createOrganization } from './organization.js';

/** The five contracts. */
export const CONTRACT_NAMES = ['billing', 'crossmint', 'comet', 'lago', 'gnip'] as const;
export type ContractName = (typeof CONTRACT_NAMES)[number];

/** Customers with a year of usage, and what reads it. */
export interface ReadWorld {
  readonly database: BenchDatabase;
  readonly events: number;
  readonly customerIds: readonly string[];
  /** Runs while the world stands. */
  readonly usageApi: Child;
  /** What the customers ask of each contract. */
  readonly requests: Readonly<Record<ContractName, ReadLoad['requests']>>;
}

const CUSTOMERS = 1_000;
const MADE_AT_ONCE = 8;
const YEAR_MS = 365 * 86_400_000;

interface BenchCustomer {
  readonly id: string;
  readonly name: string;
  readonly key: string;
}

/** The world of so many events at full scale; the same one for all rows of the run. */
export function useReadWorld(context: BenchContext, fullEvents: number): Promise<ReadWorld> {
  const events = scaled(context, fullEvents, 10_000);
  return context.shared(`read-${events}`, (kept) => makeReadWorld(kept, events));
}

async function makeReadWorld(context: BenchContext, events: number): Promise<ReadWorld> {
  const database = await useDatabase(context, `read_${events}`);
  const start = serviceStart(context, database);
  const usageApi = await startService('usage-api', start);
  context.onEnd(() => usageApi.terminate());
  const organization = await createOrganization(usageApi);
  const names = Array.from({ length: CUSTOMERS }, (_, index) => nameOf(index));
  context.tell(`filling the log with ${events.toLocaleString('en-US')} events`);
  const to = new Date();
  await fillLog(database, {
    organizationId: organization.id,
    subjects: names,
    events,
    from: new Date(to.getTime() - YEAR_MS),
    to,
    kind: 'mixed',
  });
  context.tell(`making ${CUSTOMERS.toLocaleString('en-US')} customers`);
  for (const meter of [METER.requests, METER.bandwidth, METER.wallets, METER.activities])
    await organization.client.post('/platform/v1/meters', meter);
  await organization.client.post('/platform/v1/plans', PLAN.web);
  const customers = await makeCustomers(organization, names);
  context.tell('folding the log for four new meters');
  const billingCalc = await startService('billing-calc', { ...start, profileDir: undefined });
  await waitUntilSettled(database).finally(() => billingCalc.terminate());
  return { database, events, customerIds: customers.map(({ id }) => id), usageApi, requests: requestsOf(organization, customers) };
}

/** A UUID, since the Crossmint contract names a project by one; a customer is a project, an account and a subject at once. */
function nameOf(index: number): string {
  const hex = createHash('sha256').update(`customer ${index}`).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

async function makeCustomers({ client }: BenchOrganization, names: readonly string[]): Promise<BenchCustomer[]> {
  const customers: BenchCustomer[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < names.length) {
      const name = names[next++]!;
      customers.push({ name, ...(await subscribeCustomer(client, name, PLAN.web.code)) });
    }
  };
  await Promise.all(Array.from({ length: MADE_AT_ONCE }, work));
  return customers;
}

function requestsOf({ apiKey }: BenchOrganization, customers: readonly BenchCustomer[]): ReadWorld['requests'] {
  const bearer = (key: string): Record<string, string> => presentKey('bearer', key, '');
  const month = startOfMonth(new Date()).toISOString().slice(0, 7);
  return {
    billing: customers.map(({ key }) => ({ path: '/api/billing/usage', headers: bearer(key) })),
    crossmint: customers.map(({ name, key }) => ({
      path: `/api/v1-alpha1/projects/${name}/usage?dimension=monthly_active_wallets&startDate=${month}`,
      headers: presentKey('x-api-key', key, ''),
    })),
    comet: customers.map(({ key }) => ({ path: '/v1/usage', headers: bearer(key) })),
    lago: customers.map(({ name }) => ({
      path: `/api/v1/analytics/usage?time_granularity=monthly&external_customer_id=${name}`,
      headers: bearer(apiKey),
    })),
    gnip: customers.map(({ name, key }) => ({ path: `/metrics/usage/accounts/${name}.json`, headers: presentKey('basic', key, name) })),
  };
}
