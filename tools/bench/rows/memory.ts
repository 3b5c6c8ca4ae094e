import { setTimeout as delay } from 'node:timers/promises';
import type { Child } from '../../e2e/child-process.js';
import { type BenchContext, scaled, serviceStart, useDatabase } from '../context.js';
import type { Measurement } from '../measurement.js';
import { median } from '../statistics.js';
import { type BenchDatabase, withClient } from '../world/bench-server.js';
import { startService } from '../world/bench-service.js';
import { METER, PLAN, subscribeCustomer } from '../world/catalogue.js';
import { createOrganization } from '../world/organization.js';
import { waitUntilSettled } from '../world/fold-progress.js';
import { EVENTS_PER_REQUEST } from './ingest-setting.js';

const EVENTS = 3_000_000;
const ROUNDS = 6;
const CONNECTIONS = 16;
const SAMPLE_MS = 250;
const MEGABYTE = 1024 * 1024;
const NAMES = ['ingest', 'usage-api', 'billing-calc'] as const;
type Name = (typeof NAMES)[number];

/** Resident memory of each service at rest and under load, and the bytes that an event takes on the disk. */
export async function measureMemory(context: BenchContext): Promise<Measurement[]> {
  const database = await useDatabase(context, 'memory');
  const children = await startAll(context, database);
  const { apiKey, client } = await createOrganization(children['usage-api']);
  await client.post('/platform/v1/meters', METER.completions);
  await client.post('/platform/v1/meters', METER.tokens);
  await client.post('/platform/v1/plans', PLAN.completions);
  const { key } = await subscribeCustomer(client, 'reader', PLAN.completions.code);
  await delay(1_000);
  const atRest = await sampleAll(children);

  const samples: Record<Name, number>[] = [];
  const loading = { isOver: false };
  const watching = watch(children, samples, loading);
  const reading = readOnAndOn(children['usage-api'], key, loading);
  try {
    for (let round = 0; round < ROUNDS; round += 1) {
      await context.load.run({
        kind: 'events',
        url: children.ingest.url,
        path: '/platform/v1/events',
        apiKey,
        connections: CONNECTIONS,
        eventsPerRequest: EVENTS_PER_REQUEST,
        plan: { seed: `memory-${round}`, events: scaled(context, EVENTS / ROUNDS, 10_000), until: new Date() },
      });
      context.tell(`round ${round + 1}: ingest ${Math.round(samples.at(-1)!.ingest)} MB`);
    }
  } finally {
    loading.isOver = true;
    await Promise.all([watching, reading]);
  }
  await waitUntilSettled(database);
  return [...NAMES.map((name) => peakOf(name, atRest, samples)), growthOf(samples), await storageOf(database)];
}

async function startAll(context: BenchContext, database: BenchDatabase): Promise<Record<Name, Child>> {
  const started: Partial<Record<Name, Child>> = {};
  for (const name of NAMES) {
    const child = await startService(name, serviceStart(context, database));
    context.onEnd(() => child.terminate());
    started[name] = child;
  }
  return started as Record<Name, Child>;
}

function peakOf(name: Name, atRest: Record<Name, number>, samples: readonly Record<Name, number>[]): Measurement {
  return {
    name: `memory: ${name}`,
    measured: { value: Math.max(...samples.map((sample) => sample[name])), unit: 'MB' },
    rival: { name: 'at rest', value: atRest[name] },
    bound: name === 'ingest' ? { of: 'value', atMost: 300 } : null,
  };
}

/** The last third of the load beside the third before it: what was still warming up is in neither. */
function growthOf(samples: readonly Record<Name, number>[]): Measurement {
  const third = Math.floor(samples.length / 3);
  const middle = median(samples.slice(third, 2 * third).map(({ ingest }) => ingest));
  const last = median(samples.slice(2 * third).map(({ ingest }) => ingest));
  return {
    name: 'memory: ingest over time',
    measured: { value: last, unit: 'MB' },
    rival: { name: 'the third before', value: middle },
    bound: { of: 'ratio', atMost: 1.1 },
  };
}

/** Everything that grows with events, at the end of the load. */
async function storageOf(database: BenchDatabase): Promise<Measurement> {
  return withClient(database.adminUrl, async (client) => {
    const { rows } = await client.query<{ bytes: string; events: string }>(`
      SELECT (SELECT count(*) FROM event) AS events,
        (SELECT sum(pg_total_relation_size(c.oid)) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE n.nspname = 'public' AND c.relkind = 'r' AND (c.relname LIKE 'event\\_2%' OR c.relname = 'event_identity')) AS bytes`);
    return {
      name: 'memory: storage',
      measured: { value: Number(rows[0]!.bytes) / Number(rows[0]!.events), unit: 'bytes an event' },
      rival: null,
      bound: { of: 'value', atMost: 260 },
    };
  });
}

async function watch(children: Record<Name, Child>, samples: Record<Name, number>[], loading: { readonly isOver: boolean }): Promise<void> {
  while (!loading.isOver) {
    samples.push(await sampleAll(children));
    await delay(SAMPLE_MS);
  }
}

async function readOnAndOn(usageApi: Child, key: string, loading: { readonly isOver: boolean }): Promise<void> {
  while (!loading.isOver) {
    const response = await fetch(`${usageApi.url}/api/billing/usage`, { headers: { authorization: `Bearer ${key}` } });
    await response.arrayBuffer();
    await delay(POLL_MS);
  }
}
const POLL_MS = 50;

async function sampleAll(children: Record<Name, Child>): Promise<Record<Name, number>> {
  const entries = await Promise.all(NAMES.map(async (name) => [name, await residentMegabytes(children[name])] as const));
  return Object.fromEntries(entries) as Record<Name, number>;
}

/** What a service tells of itself. */
export async function residentMegabytes(child: Child): Promise<number> {
  const metrics = await (await fetch(`${child.url}/metrics`)).text();
  const match = /^process_resident_memory_bytes (\d+)/m.exec(metrics);
  if (match === null) throw new Error(`${child.name} does not tell its resident memory`);
  return Number(match[1]) / MEGABYTE;
}
