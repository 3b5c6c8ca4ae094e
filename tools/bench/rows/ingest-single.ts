import { fileURLToPath } from 'node:url';
import { type BenchContext, scaled, serviceStart } from '../context.js';
import type { Measurement } from '../measurement.js';
import { alternate } from '../rounds.js';
import { runSql } from '../world/bench-server.js';
import { startRival } from '../world/bench-service.js';
import { startIngest } from './ingest-setting.js';

const ROUNDS = 4;
const EVENTS = 30_000;
const RIVAL_EVENTS = 10_000;
const CONNECTIONS = 64;
const RIVAL_ENTRY = fileURLToPath(new URL('../rivals/bare-service.js', import.meta.url));

const RIVAL_TABLE = `CREATE SCHEMA rival;
  CREATE TABLE rival.single (subject text, source text, event_id text, type text, occurred_at timestamptz, data jsonb, PRIMARY KEY (subject, source, event_id));
  GRANT USAGE ON SCHEMA rival TO tallymark_calc; GRANT INSERT, SELECT ON rival.single TO tallymark_calc`;

/** One event a request over 64 connections, beside a bare service that commits each by itself. */
export async function measureIngestSingle(context: BenchContext): Promise<Measurement[]> {
  const { database, send } = await startIngest(context, 'ingest_single');
  await runSql(database.adminUrl, RIVAL_TABLE);
  const rival = await startRival(RIVAL_ENTRY, serviceStart(context, database));
  context.onEnd(() => rival.terminate());
  const single = { connections: CONNECTIONS, eventsPerRequest: 1 };
  const { ingest, commits } = await alternate(
    ROUNDS,
    {
      ingest: (round) => send({ seed: `single-${round}`, events: scaled(context, EVENTS, 3_000), ...single }),
      commits: (round) =>
        send({ seed: `single-${round}`, events: scaled(context, RIVAL_EVENTS, 1_000), ...single, url: rival.url, path: '/events' }),
    },
    context.tell,
  );
  const measured = { value: ingest, unit: 'events/s' };
  return [
    { name: 'ingest-single', measured, rival: { name: 'a commit per event', value: commits }, bound: { of: 'ratio', atLeast: 5 } },
    { name: 'ingest-single', measured, rival: null, bound: { of: 'value', atLeast: 15_000 } },
  ];
}
