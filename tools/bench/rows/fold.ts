import { type BenchContext, scaled, serviceStart, useDatabase } from '../context.js';
import type { Measurement } from '../measurement.js';
import { alternate } from '../rounds.js';
import { SUBJECTS, subjectOf } from '../world/bench-events.js';
import { type BenchDatabase, runSql, withClient } from '../world/bench-server.js';
import { startService } from '../world/bench-service.js';
import { TEN_METERS } from '../world/catalogue.js';
import { fillLog } from '../world/fill-log.js';
import { timeFold, waitUntilSettled } from '../world/fold-progress.js';
import { createOrganization } from '../world/organization.js';

const ROUNDS = 3;
const EVENTS = 300_000;
/** One bucket, as dense as the usage of a busy platform is. */
const WINDOW_MS = 900_000;

const RIVAL_TABLE = `CREATE SCHEMA rival;
  CREATE TABLE rival.bucket (shard_key bigint, subject text, bucket_start timestamptz, event_count bigint, sum numeric, PRIMARY KEY (shard_key, subject, bucket_start))`;

/** One statement, for one meter that adds up tokens. */
const RIVAL_FOLD = `
  INSERT INTO rival.bucket AS b (shard_key, subject, bucket_start, event_count, sum)
  SELECT shard_key, subject, date_bin('15 minutes', occurred_at, timestamptz 'epoch'), count(*), sum((data ->> 'tokens')::numeric)
  FROM event WHERE organization_id = $1 AND occurred_at >= $2 AND occurred_at < $3 AND type = 'llm.completion'
  GROUP BY 1, 2, 3
  ON CONFLICT (shard_key, subject, bucket_start) DO UPDATE SET event_count = b.event_count + excluded.event_count, sum = b.sum + excluded.sum`;

/** billing-calc with ten meters, beside one `INSERT … SELECT … GROUP BY` for one of them. */
export async function measureFold(context: BenchContext): Promise<Measurement[]> {
  const database = await useDatabase(context, 'fold');
  const organizationId = await makeMeters(context, database);
  await runSql(database.adminUrl, RIVAL_TABLE);
  const billingCalc = await startService('billing-calc', serviceStart(context, database));
  context.onEnd(() => billingCalc.terminate());
  const subjects = Array.from({ length: SUBJECTS }, (_, index) => subjectOf(index));
  const events = scaled(context, EVENTS, 10_000);
  const newest = new Date(Math.floor(Date.now() / WINDOW_MS) * WINDOW_MS);
  const windowOf = (round: number): { from: Date; to: Date } => {
    const to = new Date(newest.getTime() - round * WINDOW_MS);
    return { from: new Date(to.getTime() - WINDOW_MS), to };
  };
  const { fold, statement } = await alternate(
    ROUNDS,
    {
      fold: async (round) => {
        const window = windowOf(round);
        await fillLog(database, { organizationId, subjects, events, ...window, kind: 'completions', prefix: `fold-${round}-` });
        return events / (await timeFold(database, window));
      },
      statement: (round) =>
        withClient(database.adminUrl, async (client) => {
          const { from, to } = windowOf(round);
          const begin = performance.now();
          await client.query(RIVAL_FOLD, [organizationId, from, to]);
          return (events * 1_000) / (performance.now() - begin);
        }),
    },
    context.tell,
  );
  return [
    {
      name: 'fold',
      measured: { value: fold, unit: 'events/s' },
      rival: { name: 'one statement for one meter', value: statement },
      bound: { of: 'ratio', atLeast: 0.5 },
    },
  ];
}

/** Makes the meters while the log is empty, so that nothing is left to do for them as new ones. */
async function makeMeters(context: BenchContext, database: BenchDatabase): Promise<string> {
  const start = { ...serviceStart(context, database), profileDir: undefined };
  const usageApi = await startService('usage-api', start);
  const billingCalc = await startService('billing-calc', start);
  try {
    const { id, client } = await createOrganization(usageApi);
    for (const meter of TEN_METERS) await client.post('/platform/v1/meters', meter);
    await waitUntilSettled(database);
    return id;
  } finally {
    await Promise.all([usageApi.terminate(), billingCalc.terminate()]);
  }
}
