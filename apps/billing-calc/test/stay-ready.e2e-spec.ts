import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { DataSource } from '@tallymark/persistence';
import { type TestDatabase, UsageWorld, startTestDatabase } from '@tallymark/testing';
import { billingCalcConfig } from '../src/config.js';
import { createApp } from '../src/create-app.js';

const NOW = new Date('2026-11-20T12:00:00Z');

describe('readiness', () => {
  const lines: string[] = [];
  let nowMs = NOW.getTime();
  let database: TestDatabase;
  let owner: DataSource;
  let world: UsageWorld;
  let app: NestFastifyApplication;

  beforeAll(async () => {
    database = await startTestDatabase({ now: NOW });
    owner = await database.connect('owner');
    world = await UsageWorld.create(database, NOW);
    await world.addMeter('calls');
    await world.settle();
    const config = billingCalcConfig.parse({ DATABASE_URL: database.calcUrl, POLL_MS: '10', PORT: '0', TOKEN_SECRET: 'x'.repeat(32) });
    const logDestination = { write: (line: string): void => void lines.push(line) };
    app = await createApp(config, { clock: () => new Date(nowMs), logDestination });
  });
  afterAll(async () => {
    await app.close();
    await database.stop();
  });

  const ready = async (): Promise<unknown> => (await app.inject('/readyz')).json();
  const metric = async (name: string): Promise<string | undefined> =>
    new RegExp(`^${name} (.*)$`, 'm').exec((await app.inject('/metrics')).body)?.[1];
  const failures = (): number => lines.filter((line) => line.includes("can't be folded")).length;
  const until = async (condition: () => boolean | Promise<boolean>): Promise<void> => {
    for (let tries = 0; !(await condition()) && tries < 400; tries++) await delay(10);
    expect(await condition()).toBe(true);
  };
  const WELL = { status: 'ok', checks: { database: 'ok', lag: 'ok' } };
  const LAGGING = { status: 'unavailable', checks: { database: 'ok', lag: 'failed' } };
  const refuse = async (subject: string, sqlState: string): Promise<void> => {
    await owner.query(`CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      IF NEW.subject LIKE '${subject}' THEN RAISE EXCEPTION 'refused' USING ERRCODE = '${sqlState}'; END IF; RETURN NEW; END $$`);
    await owner.query('CREATE OR REPLACE TRIGGER refuse BEFORE INSERT ON usage_bucket FOR EACH ROW EXECUTE FUNCTION refuse()');
  };

  it('stays where one commit can never be folded and all others are: metrics tell of it', async () => {
    await refuse('poison', '23514');
    await world.send([{ subject: 'poison' }]);
    await until(() => failures() === 1);
    await world.send([{ subject: 'well' }]);
    await until(async () => (await metric('fold_events_total')) === '1');
    // Before it is tried again, and after.
    nowMs += 61_000;
    expect(await ready()).toEqual(WELL);
    await until(() => failures() === 2);
    expect(await ready()).toEqual(WELL);
    expect([await metric('fold_set_aside_commits'), await metric('fold_lag_seconds')]).toEqual(['1', '61']);
    expect([await metric('fold_readiness_lag_seconds'), await metric('fold_rounds_in_parts_total')]).toEqual(['0', '2']);
    const warnings = lines.filter((line) => line.includes('"level":"warn"'));
    expect(warnings.map((line) => line.includes('a round of 1 commits failed as a whole'))).toEqual([true, true]);
  });

  it('ends where every commit is set aside and none is folded, and comes back', async () => {
    await refuse('%', '42501');
    await world.send([{ subject: 'first' }]);
    await until(() => failures() === 3);
    expect(await ready()).toEqual(WELL);
    await world.send([{ subject: 'second' }]);
    await until(() => failures() === 4);
    expect(await ready()).toEqual(LAGGING);
    expect(await metric('fold_readiness_lag_seconds')).toBe('61');
    await refuse('nobody', '42501');
    nowMs += 60_000;
    await until(async () => (await metric('fold_events_total')) === '4');
    expect(await ready()).toEqual(WELL);
  });

  it('ends where folding itself does not go on', async () => {
    await refuse('any', '40P01');
    await world.send([{ subject: 'any' }]);
    await until(() => lines.some((line) => line.includes('folding failed')));
    expect(await ready()).toEqual(LAGGING);
  });
});
