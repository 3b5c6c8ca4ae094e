import { createDataSource } from '@tallymark/persistence';
import pg from 'pg';
import { type BenchContext, scaled } from '../context.js';
import type { Measurement } from '../measurement.js';
import { copyRows, createRivalTable, renderCopyText, rivalRows } from '../rivals/copy-rows.js';
import { insertRows, toObjects } from '../rivals/typeorm-rows.js';
import { alternate, type Round } from '../rounds.js';
import { makeEvents } from '../world/bench-events.js';
import { runSql } from '../world/bench-server.js';
import { type IngestSetting, startIngest } from './ingest-setting.js';

const ROUNDS = 5;
const EVENTS = 300_000;
/** It is slow, and its speed does not depend on how long it runs. */
const TYPEORM_EVENTS = 20_000;

/** Batches of 500 over HTTP, beside COPY and TypeORM. */
export async function measureIngestBatch(context: BenchContext): Promise<Measurement[]> {
  const setting = await startIngest(context, 'ingest_batch');
  await runSql(
    setting.database.adminUrl,
    `CREATE SCHEMA rival; ${createRivalTable('rival.copied')}; ${createRivalTable('rival.inserted')}`,
  );
  const events = scaled(context, EVENTS, 10_000);
  const { ingest, copy, typeorm } = await alternate(
    ROUNDS,
    {
      ingest: (round) => setting.send({ seed: `batch-${round}`, events }),
      copy: await copyRound(context, setting, events),
      typeorm: await typeormRound(context, setting, scaled(context, TYPEORM_EVENTS, 2_000)),
    },
    context.tell,
  );
  const measured = { value: ingest, unit: 'events/s' };
  return [
    { name: 'ingest-batch', measured, rival: { name: 'COPY', value: copy }, bound: { of: 'ratio', atLeast: 0.8 } },
    { name: 'ingest-batch', measured, rival: null, bound: { of: 'value', atLeast: 100_000 } },
    { name: 'ingest-batch', measured, rival: { name: 'TypeORM insert', value: typeorm }, bound: { of: 'ratio', atLeast: 10 } },
  ];
}

async function copyRound(context: BenchContext, { database, organizationId }: IngestSetting, events: number): Promise<Round> {
  const client = new pg.Client({ connectionString: database.adminUrl });
  await client.connect();
  context.onEnd(() => client.end());
  return async (round) => {
    const buffers = renderCopyText(rivalRows(organizationId, makeEvents({ seed: `batch-${round}`, events, until: new Date() }), round));
    const begin = performance.now();
    await copyRows(client, 'rival.copied', buffers);
    return (events * 1_000) / (performance.now() - begin);
  };
}

async function typeormRound(context: BenchContext, { database, organizationId }: IngestSetting, events: number): Promise<Round> {
  const dataSource = createDataSource({ url: database.adminUrl, poolSize: 1, applicationName: 'tallymark-bench', statementTimeoutMs: 0 });
  await dataSource.initialize();
  context.onEnd(() => dataSource.destroy());
  return async (round) => {
    const rows = toObjects(rivalRows(organizationId, makeEvents({ seed: `batch-${round}`, events, until: new Date() }), round));
    const begin = performance.now();
    await insertRows(dataSource, 'rival.inserted', rows);
    return (events * 1_000) / (performance.now() - begin);
  };
}
