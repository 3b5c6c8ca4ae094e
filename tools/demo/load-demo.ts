import { setTimeout as delay } from 'node:timers/promises';
import type { RunStep, Terminal } from '../stack/steps.js';
import { DEMO_CUSTOMER_RESOURCES, DEMO_CUSTOMERS, DEMO_METERS, DEMO_PLANS, demoSubscriptions } from './catalogue.js';
import { type DemoCredentials, readCredentials, writeCredentials } from './credentials.js';
import { addVerdicts, noVerdicts, sendAll } from './event-sender.js';
import { buildDemoEvents } from './events/build-demo-events.js';
import { type DemoSpan, demoSpan } from './events/demo-event.js';
import { createPlatformClient, type PlatformClient, PlatformError, textOf } from './platform-client.js';
import { createProgress } from './progress.js';
import { readSources, SOURCE_FILES } from './sources/read-sources.js';

/** What the demo is loaded with. */
export interface LoadDemoOptions {
  /** Of the gateway. */
  readonly baseUrl: string;
  /** Events go to ingest itself: the way through the gateway would cost a third of a small machine. */
  readonly ingestUrl: string;
  /** Whose `/readyz` tells that everything sent is counted. */
  readonly billingCalcUrl: string;
  readonly operatorToken: string;
  /** Folder of the input. */
  readonly demoDataDir: string;
  /** Where the credentials go. */
  readonly dataDir: string;
  readonly step: RunStep;
  readonly terminal: Terminal & NodeJS.WritableStream;
  readonly signal: AbortSignal;
}

/** A loaded demo. */
export interface Demo {
  readonly credentials: DemoCredentials;
  /** Opens the dashboard of the demo's web customer for a day. */
  readonly dashboardToken: string;
}

const BATCH_SIZE = 1_000;
const CONCURRENCY = 4;
const TOKEN_SECONDS = 86_400;
const COUNTED_PATIENCE_MS = 60_000;

/**
 * Makes the demo organization and loads its data over HTTP, once: when the credentials of an earlier run still open it, only the address in them is
 * renewed. A load that was cut short goes on where it stood, since what was kept is a duplicate.
 */
export async function loadDemo(options: LoadDemoOptions): Promise<Demo> {
  const known = readCredentials(options.dataDir);
  const credentials = known && (await opens(known, options)) ? { ...known, baseUrl: options.baseUrl } : await loadOnce(options);
  writeCredentials(options.dataDir, credentials);
  const { dashboardToken } = await makeToken(credentials, options);
  return { credentials, dashboardToken };
}

/** Whether the credentials belong to the database that runs now. */
async function opens(credentials: DemoCredentials, options: LoadDemoOptions): Promise<boolean> {
  try {
    await makeToken(credentials, options);
    return true;
  } catch (error) {
    if (error instanceof PlatformError && [401, 403, 404].includes(error.status)) return false;
    throw error;
  }
}

async function makeToken(
  { organization, billingUsage }: DemoCredentials,
  { baseUrl, signal }: LoadDemoOptions,
): Promise<{ dashboardToken: string }> {
  const client = createPlatformClient(baseUrl, organization.apiKey, signal);
  return {
    dashboardToken: textOf(
      await client.post(`/platform/v1/customers/${billingUsage.customerId}/tokens`, { expires_in_seconds: TOKEN_SECONDS }),
      'token',
    ),
  };
}

async function loadOnce(options: LoadDemoOptions): Promise<DemoCredentials> {
  const { baseUrl, operatorToken, signal, step } = options;
  const operator = createPlatformClient(baseUrl, operatorToken, signal);
  const { credentials, span } = await step('Demo organization', async (note) => {
    const organization = await operator.post('/platform/v1/organizations', { external_id: 'demo', name: 'Demo' });
    // The end of the demo is the organization's beginning, so that a repeated load sends the same events.
    const end = new Date(Math.floor(Date.parse(textOf(organization, 'created_at')) / 1_000) * 1_000);
    const made = await makeCatalogue(operator, textOf(organization, 'id'), demoSpan(end), options);
    note(`${DEMO_METERS.length} meters, ${DEMO_PLANS.length} plans, ${DEMO_CUSTOMER_RESOURCES.length} customers`);
    return { credentials: made, span: demoSpan(end) };
  });
  await step('Demo events', (note) => sendEvents(credentials, span, options, note));
  await step('Demo usage', () => waitUntilCounted(options));
  return credentials;
}

async function makeCatalogue(
  operator: PlatformClient,
  organizationId: string,
  span: DemoSpan,
  { baseUrl, signal }: LoadDemoOptions,
): Promise<DemoCredentials> {
  const admin = await operator.post(`/platform/v1/organizations/${organizationId}/api-keys`, {
    name: 'demo admin',
    scopes: [
      'events:write',
      'events:read',
      'usage:read',
      'catalogue:read',
      'catalogue:write',
      'corrections:write',
      'keys:admin',
      'projects:usage.read',
      'analytic:read',
    ],
  });
  const apiKey = textOf(admin, 'key');
  const client = createPlatformClient(baseUrl, apiKey, signal);
  for (const meter of DEMO_METERS) await client.post('/platform/v1/meters', meter);
  for (const plan of DEMO_PLANS) await client.post('/platform/v1/plans', plan);
  const ids = new Map<unknown, string>();
  for (const customer of DEMO_CUSTOMER_RESOURCES)
    ids.set(customer['external_id'], textOf(await client.post('/platform/v1/customers', customer), 'id'));
  for (const subscription of demoSubscriptions(span)) {
    await client.post('/platform/v1/subscriptions', { ...subscription, customer_id: ids.get(subscription['customer_id']) });
  }
  const makeKey = async (name: string, scopes: readonly string[], customer?: string): Promise<string> =>
    textOf(
      await client.post('/platform/v1/api-keys', { name, scopes, ...(customer === undefined ? {} : { customer_id: ids.get(customer) }) }),
      'key',
    );
  // The user of HTTP Basic is the key's name.
  const gnipUser = `usage@${DEMO_CUSTOMERS.search}.example`;
  return {
    baseUrl,
    organization: { id: organizationId, apiKey },
    billingUsage: {
      token: await makeKey('demo billing usage', ['usage:read'], DEMO_CUSTOMERS.web),
      customerId: ids.get(DEMO_CUSTOMERS.web)!,
    },
    lago: { apiKey: await makeKey('demo lago', ['analytic:read']) },
    crossmint: {
      projectId: DEMO_CUSTOMERS.wallets,
      apiKey: await makeKey('demo crossmint', ['projects:usage.read'], DEMO_CUSTOMERS.wallets),
    },
    comet: { token: await makeKey('demo comet', ['usage:read'], DEMO_CUSTOMERS.edge) },
    gnip: { account: DEMO_CUSTOMERS.search, user: gnipUser, password: await makeKey(gnipUser, ['usage:read'], DEMO_CUSTOMERS.search) },
  };
}

async function sendEvents(
  { organization }: DemoCredentials,
  span: DemoSpan,
  options: LoadDemoOptions,
  note: (detail: string) => void,
): Promise<void> {
  const sources = readSources(options.demoDataDir);
  const events = buildDemoEvents(sources, span);
  const counts = noVerdicts();
  const progress = createProgress(options.terminal, 'events', events.length);
  try {
    await sendAll(
      events,
      { baseUrl: options.ingestUrl, apiKey: organization.apiKey, signal: options.signal, batchSize: BATCH_SIZE, concurrency: CONCURRENCY },
      (batch) => {
        addVerdicts(counts, batch);
        progress.advance(batch.stored + batch.duplicate + batch.conflict + batch.rejected);
      },
    );
  } finally {
    progress.end();
  }
  if (counts.conflict + counts.rejected > 0) throw new Error(`the demo's events were not all kept: ${JSON.stringify(counts)}`);
  const missing = sources.generated.length;
  const origin =
    missing === 0
      ? 'real input'
      : `${missing === SOURCE_FILES ? 'all' : `${missing} of ${SOURCE_FILES} sources`} generated: not in ${options.demoDataDir}`;
  note(`${events.length} (${origin})${counts.duplicate > 0 ? `, ${counts.duplicate} were there` : ''}`);
}

async function waitUntilCounted({ billingCalcUrl, signal }: LoadDemoOptions): Promise<void> {
  for (const deadline = performance.now() + COUNTED_PATIENCE_MS; performance.now() < deadline; await delay(100, undefined, { signal })) {
    const response = await fetch(`${billingCalcUrl}/readyz`, { signal }).catch(() => undefined);
    await response?.arrayBuffer();
    if (response?.ok === true) return;
  }
  throw new Error(`the demo's events are not counted after ${COUNTED_PATIENCE_MS / 1_000} s: ${billingCalcUrl}/readyz is not ready`);
}
