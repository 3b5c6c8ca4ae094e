import type { Child } from '../../e2e/child-process.js';
import { type BenchContext, serviceStart, useDatabase } from '../context.js';
import type { EventLoad } from '../load/load-plan.js';
import type { BenchDatabase } from '../world/bench-server.js';
import { startService } from '../world/bench-service.js';
import { createOrganizationAlone } from '../world/organization.js';

/** Ingest before a database of its own. */
export interface IngestSetting {
  readonly database: BenchDatabase;
  readonly organizationId: string;
  readonly apiKey: string;
  readonly ingest: Child;
  /** Sends events and returns how many a second were acknowledged. Seeds must differ: an event counts once. */
  readonly send: (load: Partial<EventLoad> & { readonly seed: string; readonly events: number }) => Promise<number>;
}

export const EVENTS_PER_REQUEST = 500;
const CONNECTIONS = 32;

/** Starts it. `prepare` may fill the database before ingest starts. */
export async function startIngest(
  context: BenchContext,
  name: string,
  prepare: (database: BenchDatabase, organizationId: string) => Promise<void> = () => Promise.resolve(),
): Promise<IngestSetting> {
  const database = await useDatabase(context, name);
  const start = serviceStart(context, database);
  const { id, apiKey } = await createOrganizationAlone(start);
  await prepare(database, id);
  const ingest = await startService('ingest', start);
  context.onEnd(() => ingest.terminate());
  return {
    database,
    organizationId: id,
    apiKey,
    ingest,
    send: async ({ seed, events, ...load }) => {
      await context.load.prepare({
        kind: 'events',
        url: ingest.url,
        path: '/platform/v1/events',
        apiKey,
        connections: CONNECTIONS,
        eventsPerRequest: EVENTS_PER_REQUEST,
        plan: { seed, events, until: new Date() },
        ...load,
      });
      const before = await readCosts(ingest);
      const result = await context.load.start();
      const after = await readCosts(ingest);
      const microseconds = ((after.processorSeconds - before.processorSeconds) * 1e6) / result.done;
      const perCommit = (after.committedEvents - before.committedEvents) / (after.commits - before.commits);
      context.tell(`ingest spent ${microseconds.toFixed(1)} µs of processor time an event, in commits of ${Math.round(perCommit)} events`);
      return result.done / result.seconds;
    },
  };
}

/** What ingest tells of itself, which helps to see where a figure comes from. */
async function readCosts(child: Child): Promise<{ processorSeconds: number; commits: number; committedEvents: number }> {
  const metrics = await (await fetch(`${child.url}/metrics`)).text();
  const valueOf = (name: string): number => Number(new RegExp(`^${name} ([\\d.e+-]+)`, 'm').exec(metrics)?.[1] ?? Number.NaN);
  return {
    processorSeconds: valueOf('process_cpu_seconds_total'),
    commits: valueOf('ingest_commit_events_count'),
    committedEvents: valueOf('ingest_commit_events_sum'),
  };
}
