import { setTimeout as delay } from 'node:timers/promises';
import { type BenchContext, scaled, serviceStart, useDatabase } from '../context.js';
import type { ReadLoad } from '../load/load-plan.js';
import type { Measurement } from '../measurement.js';
import { median, percentile } from '../statistics.js';
import { SUBJECTS, subjectOf } from '../world/bench-events.js';
import { type BenchDatabase, withClient } from '../world/bench-server.js';
import { startService } from '../world/bench-service.js';
import { METER, PLAN, subscribeCustomer } from '../world/catalogue.js';
import { fillLog } from '../world/fill-log.js';
import { timeFold, waitUntilSettled } from '../world/fold-progress.js';
import { createOrganization } from '../world/organization.js';
import { EVENTS_PER_REQUEST, startIngest } from './ingest-setting.js';
import { residentMegabytes } from './memory.js';

/** Twice what ingest is to reach, sent whatever it answers. */
const OFFERED_EVENTS_PER_SECOND = 200_000;
const OVERLOAD_SECONDS = 6;
/** With 128,000 events on their way, where ingest lets 50,000 wait. */
const OVERLOAD_CONNECTIONS = 256;
const SAMPLE_MS = 100;

const BACKLOG_EVENTS = 1_000_000;
/** Their times: billing-calc is behind by as much. */
const BACKLOG_MS = 15 * 60_000;
const ROUNDS = 2;
const READERS = 100;
const READ_CONNECTIONS = 8;
/** Far from all that usage-api can answer, so that what is seen is how others slow it down. */
const READS_PER_SECOND = 50;
const REST_SECONDS = 10;
/** Three times what the row `read` allows, where reads have the machine to themselves. */
const READ_MS = 45;
/** Reads go on in stretches of this length until all is caught up. */
const STRETCH_MS = 500;

/** Ingest with more events than it can commit, then billing-calc with a backlog while usage is read. */
export async function measureBackPressure(context: BenchContext): Promise<Measurement[]> {
  return [...(await measureOverload(context)), ...(await measureCatchUp(context))];
}

async function measureOverload(context: BenchContext): Promise<Measurement[]> {
  const { database, ingest, apiKey, send } = await startIngest(context, 'overload');
  const warmUp = scaled(context, 100_000, 10_000);
  await send({ seed: 'warm-up', events: warmUp });
  const atRest = await residentMegabytes(ingest);
  const events = OFFERED_EVENTS_PER_SECOND * scaled(context, OVERLOAD_SECONDS, 3);
  await context.load.prepare({
    kind: 'events',
    url: ingest.url,
    path: '/platform/v1/events',
    apiKey,
    connections: OVERLOAD_CONNECTIONS,
    eventsPerRequest: EVENTS_PER_REQUEST,
    eventsPerSecond: OFFERED_EVENTS_PER_SECOND,
    mayBeRefused: true,
    plan: { seed: 'overload', events, until: new Date() },
  });
  let peak = 0;
  const loading = { isOver: false };
  const load = context.load.start().finally(() => (loading.isOver = true));
  const watch = async (): Promise<void> => {
    for (; !loading.isOver; await delay(SAMPLE_MS)) peak = Math.max(peak, await residentMegabytes(ingest));
  };
  const [{ done, refused, seconds }] = await Promise.all([load, watch()]);
  // Whoever comes afterwards is served as if nothing had been.
  await send({ seed: 'afterwards', events: warmUp });
  const acknowledged = done + 2 * warmUp;
  const stored = await countStored(database);
  if (stored > acknowledged) throw new Error(`${stored} events are stored and ${acknowledged} were acknowledged; expected no others`);
  const note = `${count(events)} events offered at ${count(events / seconds)} a second, ${count(done / seconds)} a second acknowledged`;
  context.tell(note);
  return [
    {
      name: 'back-pressure: refused',
      measured: { value: (100 * refused) / (events / EVENTS_PER_REQUEST), unit: '% of requests' },
      rival: null,
      bound: { of: 'value', atLeast: 1 },
      note: `${note}; each refused one with Retry-After`,
    },
    {
      name: 'back-pressure: ingest memory',
      measured: { value: peak, unit: 'MB' },
      rival: { name: 'before the overload', value: atRest },
      bound: { of: 'value', atMost: 300 },
    },
    {
      name: 'back-pressure: stored',
      measured: { value: stored, unit: 'events' },
      rival: { name: 'acknowledged', value: acknowledged },
      bound: { of: 'ratio', atLeast: 1 },
    },
  ];
}

/** Each event once: the identity is unique. */
async function countStored(database: BenchDatabase): Promise<number> {
  return withClient(database.adminUrl, async (client) => {
    const { rows } = await client.query<{ events: string }>('SELECT count(*) AS events FROM event');
    return Number(rows[0]!.events);
  });
}

async function measureCatchUp(context: BenchContext): Promise<Measurement[]> {
  const database = await useDatabase(context, 'catch_up');
  const { organizationId, reads } = await startReaders(context, database);
  const subjects = Array.from({ length: SUBJECTS }, (_, index) => subjectOf(index));
  const events = scaled(context, BACKLOG_EVENTS, 10_000);
  const newest = new Date(Math.floor(Date.now() / BACKLOG_MS) * BACKLOG_MS);
  const read = async (durationMs: number): Promise<readonly number[]> => (await context.load.run({ ...reads, durationMs })).latenciesMs;
  const atRest: number[] = [];
  const meanwhile: number[] = [];
  const rates: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const to = new Date(newest.getTime() - round * BACKLOG_MS);
    const window = { from: new Date(to.getTime() - BACKLOG_MS), to };
    await fillLog(database, { organizationId, subjects, events, ...window, kind: 'completions', prefix: `backlog-${round}-` });
    // The first stretch lets the service get warm again.
    await read(4 * STRETCH_MS);
    atRest.push(...(await read(scaled(context, REST_SECONDS * 1_000, 4_000))));
    const catching = { isUp: false };
    const catchUp = async (): Promise<void> => {
      rates.push(events / (await timeFold(database, window)));
      await waitUntilSettled(database);
      catching.isUp = true;
    };
    const readMeanwhile = async (): Promise<void> => {
      do meanwhile.push(...(await read(STRETCH_MS)));
      while (!catching.isUp);
    };
    await Promise.all([catchUp(), readMeanwhile()]);
  }
  await expectCounted(database, ROUNDS * events);
  const note = `${count(events)} events that appear at once, ${ROUNDS} times; ${count(meanwhile.length)} reads meanwhile`;
  context.tell(note);
  return [
    { name: 'back-pressure: catch-up', measured: { value: median(rates), unit: 'events/s' }, rival: null, bound: null, note },
    {
      name: 'back-pressure: reads meanwhile p99',
      measured: { value: percentile(meanwhile, 0.99), unit: 'ms' },
      rival: { name: 'reads at rest', value: percentile(atRest, 0.99) },
      bound: { of: 'value', atMost: READ_MS },
      note,
    },
  ];
}

/** Customers that read their usage, which the backlog is about, and all that works on it. */
async function startReaders(
  context: BenchContext,
  database: BenchDatabase,
): Promise<{ organizationId: string; reads: Omit<ReadLoad, 'durationMs'> }> {
  const start = serviceStart(context, database);
  const usageApi = await startService('usage-api', start);
  context.onEnd(() => usageApi.terminate());
  const billingCalc = await startService('billing-calc', start);
  context.onEnd(() => billingCalc.terminate());
  const { id, client } = await createOrganization(usageApi);
  await client.post('/platform/v1/meters', METER.completions);
  await client.post('/platform/v1/meters', METER.tokens);
  await client.post('/platform/v1/plans', PLAN.completions);
  const keys: string[] = [];
  while (keys.length < READERS) keys.push((await subscribeCustomer(client, subjectOf(keys.length), PLAN.completions.code)).key);
  // While the log is empty, so that nothing is left to do for the meters as new ones.
  await waitUntilSettled(database);
  return {
    organizationId: id,
    reads: {
      kind: 'reads',
      url: usageApi.url,
      connections: READ_CONNECTIONS,
      requestsPerSecond: READS_PER_SECOND,
      requests: keys.map((key) => ({ path: '/api/billing/usage', headers: { authorization: `Bearer ${key}` } })),
    },
  };
}

/** Caught up means counted, each event once. */
async function expectCounted(database: BenchDatabase, events: number): Promise<void> {
  const counted = await withClient(database.adminUrl, async (client) => {
    const { rows } = await client.query<{ events: string }>(
      `SELECT sum(b.event_count) AS events FROM usage_bucket b JOIN meter m ON m.id = b.meter_id WHERE m.code = $1`,
      [METER.completions.code],
    );
    return Number(rows[0]!.events);
  });
  if (counted !== events) throw new Error(`${counted} events are counted; expected ${events}`);
}

function count(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}
