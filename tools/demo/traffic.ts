import { randomUUID } from 'node:crypto';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { DEMO_CUSTOMERS } from './catalogue.js';
import { type DemoCredentials, readCredentials } from './credentials.js';
import { addVerdicts, noVerdicts, sendBatch, type VerdictCounts } from './event-sender.js';
import { buildLiveEvent } from './events/live-event.js';
import { createRandom } from './random.js';

const USAGE = `Usage: npm run demo:traffic -- [--rate 50]

  --rate N    events a second, from 1 to 20000 (default 50)

Sends live events of the demo's customers to a running platform until stopped. DATA_DIR=.data says where its credentials lie.
`;
const TICK_MS = 100;
const BATCH_SIZE = 1_000;
/** Batches under way at most; a platform that is slower than the rate gets fewer events, not more memory. */
const MOST_BATCHES = 8;
const ROOT_DIR = join(import.meta.dirname, '..', '..', '..');

const rate = parseRate(process.argv.slice(2));
const dataDir = resolve(ROOT_DIR, process.env['DATA_DIR'] ?? '.data');
const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort());

const credentials = readCredentials(dataDir);
if (credentials === null) {
  process.stderr.write(`there is no demo in ${dataDir}; start the platform first: npm start\n`);
  process.exit(1);
}
await sendTraffic(credentials, rate);

function parseRate(args: string[]): number {
  const { values } = parseArgs({ args, options: { rate: { type: 'string', default: '50' }, help: { type: 'boolean', short: 'h' } } });
  const parsed = /^\d{1,5}$/.test(values.rate) ? Number(values.rate) : 0;
  if (values.help !== true && parsed >= 1 && parsed <= 20_000) return parsed;
  process.stdout.write(
    values.help === true ? USAGE : `--rate is ${JSON.stringify(values.rate)}; expected a whole number from 1 to 20000\n\n${USAGE}`,
  );
  process.exit(values.help === true ? 0 : 1);
}

async function sendTraffic({ baseUrl, organization }: DemoCredentials, eventsPerSecond: number): Promise<void> {
  const random = createRandom(randomUUID());
  const options = { baseUrl, apiKey: organization.apiKey, signal: stopping.signal };
  const total = noVerdicts();
  let lastTotal = 0;
  let owed = 0;
  let away = '';
  const underWay = new Set<Promise<void>>();

  process.stdout.write(`sending ${eventsPerSecond} events a second to ${baseUrl}; Ctrl-C stops\n`);
  const report = setInterval(() => {
    const acked = total.stored + total.duplicate;
    process.stdout.write(
      `${new Date().toISOString().slice(11, 19)}  ${acked - lastTotal} acked/s  ${formatCounts(total)}${away === '' ? '' : `  away: ${away}`}\n`,
    );
    lastTotal = acked;
    away = '';
  }, 1_000);

  for (let last = performance.now(); !stopping.signal.aborted;) {
    await delay(TICK_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
    const now = performance.now();
    // What could not be sent in time is let go, so that an outage is not followed by a flood.
    owed = Math.min(owed + ((now - last) * eventsPerSecond) / 1_000, eventsPerSecond);
    last = now;
    while (owed >= 1 && underWay.size < MOST_BATCHES && !stopping.signal.aborted) {
      const count = Math.min(Math.floor(owed), BATCH_SIZE);
      owed -= count;
      const events = Array.from({ length: count }, () => buildLiveEvent(DEMO_CUSTOMERS, random, randomUUID(), new Date()));
      const sending: Promise<void> = sendBatch(events, options, (reason) => (away = reason))
        .then((counts) => addVerdicts(total, counts))
        .catch((error: unknown) => {
          if (!stopping.signal.aborted) away = error instanceof Error ? error.message : String(error);
        })
        .finally(() => underWay.delete(sending));
      underWay.add(sending);
    }
  }
  clearInterval(report);
  await Promise.allSettled(underWay);
  process.stdout.write(`\nsent in all: ${formatCounts(total)}\n`);
}

function formatCounts(counts: Readonly<VerdictCounts>): string {
  return Object.entries(counts)
    .map(([verdict, count]) => `${verdict} ${count}`)
    .join(', ');
}
