import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import type { DataSource } from '@tallymark/persistence';
import { Registry } from '@tallymark/service-kit';
import { type TestDatabase, UsageWorld, startTestDatabase } from '@tallymark/testing';
import { billingCalcConfig } from '../src/config.js';
import { WorkService } from '../src/workers/work.service.js';

const NOW = new Date('2026-11-20T12:00:00Z');

describe('the workers', () => {
  let database: TestDatabase;
  let owner: DataSource;
  let sick: UsageWorld;
  let well: UsageWorld;
  let subscriptions: string[];
  let work: WorkService;
  let nowMs = NOW.getTime();
  const registry = new Registry();

  beforeAll(async () => {
    // The failures are meant.
    Logger.overrideLogger(false);
    database = await startTestDatabase({ now: NOW });
    owner = await database.connect('owner');
    [sick, well] = [await UsageWorld.create(database, NOW), await UsageWorld.create(database, NOW)];
    subscriptions = [];
    for (const world of [sick, well]) {
      await world.addMeter('calls');
      const customerId = await world.addCustomer('acme');
      subscriptions.push(await world.subscribe({ customerId, startedAt: '2026-11-01T00:00:00Z', charges: [{ metric: 'calls' }] }));
      await world.settle();
    }
    const config = billingCalcConfig.parse({ DATABASE_URL: database.calcUrl, POLL_MS: '10', PORT: '0', TOKEN_SECRET: 'x'.repeat(32) });
    work = new WorkService(await database.connect('calc'), registry, () => new Date(nowMs), config);
    work.onApplicationBootstrap();
  });
  afterAll(async () => {
    await work.onApplicationShutdown();
    await database.stop();
  });

  const totals = async (): Promise<unknown[]> =>
    Promise.all(
      subscriptions.map(async (id) => {
        const rows: { total: string }[] = await owner.query('SELECT total FROM statement WHERE subscription_id = $1', [id]);
        return rows[0]?.total ?? null;
      }),
    );
  const counted = async (name: string): Promise<number> => (await registry.getSingleMetric(name)!.get()).values[0]!.value;
  const until = async (condition: () => Promise<boolean>): Promise<void> => {
    while (!(await condition())) await delay(10);
  };
  const refuse = async (table: string): Promise<void> => {
    await owner.query(`ALTER TABLE ${table} ADD CONSTRAINT poison CHECK (organization_id <> '${sick.organizationId}') NOT VALID`);
  };

  it.each([
    { table: 'usage_bucket', metric: 'fold_failures_total', before: [null, null], during: [null, '1'], after: ['1', '1'] },
    { table: 'statement', metric: 'statement_failures_total', before: ['1', '1'], during: ['1', '2'], after: ['2', '2'] },
  ])('go on for others where $table refuses what one organization sent, and catch up', async ({ table, metric, before, during, after }) => {
    expect(await totals()).toEqual(before);
    await refuse(table);
    for (const world of [sick, well]) await world.send([{ subject: 'acme' }]);
    await until(async () => (await counted(metric)) > 0 && (await totals())[1] === during[1]);
    expect(await totals()).toEqual(during);
    await owner.query(`ALTER TABLE ${table} DROP CONSTRAINT poison`);
    nowMs += 60_000;
    await until(async () => (await totals())[0] === after[0]);
    expect(await totals()).toEqual(after);
  });
});
