import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { findRootDir } from '../../e2e/platform.js';
import type { BenchContext } from '../context.js';
import type { Measurement } from '../measurement.js';
import { alternate } from '../rounds.js';
import { type BenchDatabase, withClient } from '../world/bench-server.js';
import { useReadWorld } from '../world/read-world.js';
import { MANY_EVENTS_STORED } from './read-growth.js';

const ROUNDS = 2;

const BUCKET = `shard_key, subject, date_bin('15 minutes', occurred_at, timestamptz 'epoch')`;
const DIMENSIONS = `jsonb_build_object('publisher', data ->> 'publisher', 'product', data ->> 'product', 'endpoint', data ->> 'endpoint', 'label', data ->> 'label')`;

/** What each meter of the world aggregates, as one sequential scan does it: nothing is compared and nothing kept. */
const SCANS = [
  `SELECT ${BUCKET}, count(*) FROM event WHERE type = 'api.request' GROUP BY 1, 2, 3`,
  `SELECT ${BUCKET}, count(*), sum((data ->> 'bytes')::numeric) FROM event WHERE type = 'api.request' GROUP BY 1, 2, 3`,
  `SELECT ${BUCKET}, data ->> 'walletId', count(*) FROM event WHERE type = 'wallet.active' GROUP BY 1, 2, 3, 4`,
  `SELECT ${BUCKET}, ${DIMENSIONS}, data ->> 'activityId', count(*) FROM event WHERE type = 'stream.activity' GROUP BY 1, 2, 3, 4, 5`,
];

/** `npm run verify` on all that is stored, beside scans that aggregate the same. */
export async function measureRecompute(context: BenchContext): Promise<Measurement[]> {
  const { database, events } = await useReadWorld(context, MANY_EVENTS_STORED);
  const { verify, scans } = await alternate(
    ROUNDS,
    { verify: () => timed(events, () => runVerify(database)), scans: () => timed(events, () => runScans(database)) },
    context.tell,
  );
  return [
    {
      name: 'recompute',
      measured: { value: verify, unit: 'events/s' },
      rival: { name: 'sequential scans', value: scans },
      bound: { of: 'ratio', atLeast: 0.5 },
      note: `${events} events stored, four meters`,
    },
  ];
}

async function timed(events: number, work: () => Promise<void>): Promise<number> {
  const begin = performance.now();
  await work();
  return (events * 1_000) / (performance.now() - begin);
}

async function runVerify(database: BenchDatabase): Promise<void> {
  const child = spawn(process.execPath, [join(findRootDir(), 'tools', 'dist', 'verify', 'main.js')], {
    env: { PATH: process.env['PATH'], DATABASE_URL: database.urls.calc },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
  const exitCode = await new Promise<number | null>((settle, fail) => child.once('error', fail).once('close', settle));
  if (exitCode !== 0) throw new Error(`npm run verify ended with ${exitCode}: ${output.slice(-2_000)}`);
}

async function runScans(database: BenchDatabase): Promise<void> {
  await withClient(database.adminUrl, async (client) => {
    // One process, as verify has, so that what differs is the work.
    await client.query('SET max_parallel_workers_per_gather = 0');
    // Counts whole rows: of rows that nobody looks at, PostgreSQL would leave the sums out.
    for (const scan of SCANS) await client.query(`SELECT count(s) FROM (${scan}) AS s`);
  });
}
