import { setTimeout as delay } from 'node:timers/promises';
import type { Child } from '../../e2e/child-process.js';
import { type SentEvent, storeEvents } from '../../e2e/events.js';
import { type BenchContext, scaled, serviceStart, useDatabase } from '../context.js';
import type { Measurement } from '../measurement.js';
import { percentile } from '../statistics.js';
import { EVENT_SOURCE, EVENT_TYPE } from '../world/bench-events.js';
import { startService } from '../world/bench-service.js';
import { METER, PLAN, subscribeCustomer } from '../world/catalogue.js';
import { createOrganization } from '../world/organization.js';
import { EVENTS_PER_REQUEST } from './ingest-setting.js';

const EVENTS_PER_SECOND = 30_000;
const SECONDS = 30;
const CONNECTIONS = 16;
const POLL_MS = 5;
const PATIENCE_MS = 30_000;
const PROBED = 'probe';

/** From acknowledged to visible in `GET /api/billing/usage`, while 30,000 events a second flow. */
export async function measureFreshness(context: BenchContext): Promise<Measurement[]> {
  const database = await useDatabase(context, 'freshness');
  const start = serviceStart(context, database);
  const usageApi = await startService('usage-api', start);
  context.onEnd(() => usageApi.terminate());
  const ingest = await startService('ingest', start);
  context.onEnd(() => ingest.terminate());
  const billingCalc = await startService('billing-calc', start);
  context.onEnd(() => billingCalc.terminate());
  const { apiKey, client } = await createOrganization(usageApi);
  await client.post('/platform/v1/meters', METER.completions);
  await client.post('/platform/v1/meters', METER.tokens);
  await client.post('/platform/v1/plans', PLAN.completions);
  const { key } = await subscribeCustomer(client, PROBED, PLAN.completions.code);

  const seconds = scaled(context, SECONDS, 5);
  await context.load.prepare({
    kind: 'events',
    url: ingest.url,
    path: '/platform/v1/events',
    apiKey,
    connections: CONNECTIONS,
    eventsPerRequest: EVENTS_PER_REQUEST,
    eventsPerSecond: EVENTS_PER_SECOND,
    plan: { seed: 'freshness', events: EVENTS_PER_SECOND * seconds, until: new Date() },
  });
  const flowing = { isOver: false };
  const flow = context.load.start().finally(() => (flowing.isOver = true));
  const [{ done, seconds: took }, delaysMs] = await Promise.all([flow, probe({ ingest, usageApi, apiKey, key }, flowing)]);
  const note = `${delaysMs.length} events observed while ${Math.round(done / took).toLocaleString('en-US')} events/s flowed`;
  context.tell(note);
  const line = (share: number, atMost: number): Measurement => ({
    name: `freshness: p${share * 100}`,
    measured: { value: percentile(delaysMs, share), unit: 'ms' },
    rival: null,
    bound: { of: 'value', atMost },
    note,
  });
  return [line(0.5, 250), line(0.99, 1_000)];
}

interface Probed {
  readonly ingest: Child;
  readonly usageApi: Child;
  readonly apiKey: string;
  /** Of the customer. */
  readonly key: string;
}

/** One event after the other: acknowledged, then looked for until it is counted. */
async function probe({ ingest, usageApi, apiKey, key }: Probed, flowing: { readonly isOver: boolean }): Promise<number[]> {
  const delaysMs: number[] = [];
  await delay(1_000);
  for (let sent = 1; !flowing.isOver; sent += 1) {
    await storeEvents(ingest.url, apiKey, [makeProbe(sent)]);
    const acknowledgedAt = performance.now();
    while ((await readUsed(usageApi, key)) < sent) {
      if (performance.now() - acknowledgedAt > PATIENCE_MS) throw new Error(`an event is not visible after ${PATIENCE_MS / 1_000} s`);
      await delay(POLL_MS);
    }
    delaysMs.push(performance.now() - acknowledgedAt);
  }
  return delaysMs;
}

function makeProbe(index: number): SentEvent {
  const event = { specversion: '1.0', id: `probe-${index}`, source: EVENT_SOURCE, type: EVENT_TYPE, subject: PROBED } as const;
  return { ...event, data: { tokens: 1 } };
}

async function readUsed(usageApi: Child, key: string): Promise<number> {
  const response = await fetch(`${usageApi.url}/api/billing/usage`, { headers: { authorization: `Bearer ${key}` } });
  const text = await response.text();
  if (response.status !== 200) throw new Error(`GET /api/billing/usage answered ${response.status}: ${text}`);
  const { data } = JSON.parse(text) as { readonly data: { readonly metrics: Readonly<Record<string, { readonly used: number }>> } };
  return data.metrics['completions']?.used ?? 0;
}
