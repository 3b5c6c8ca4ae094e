import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DataSource } from '@tallymark/persistence';
import { type TestDatabase, UsageWorld, startTestDatabase } from '@tallymark/testing';
import { billingCalcConfig } from '../src/config.js';
import { createApp } from '../src/create-app.js';

const NOW = new Date('2026-11-20T12:00:00Z');

describe('the log of what the database refused', () => {
  const lines: string[] = [];
  let database: TestDatabase;
  let owner: DataSource;
  let world: UsageWorld;
  let app: NestFastifyApplication;

  beforeAll(async () => {
    database = await startTestDatabase({ now: NOW });
    owner = await database.connect('owner');
    world = await UsageWorld.create(database, NOW);
    await world.addMeter('calls', { groupBy: { region: '$.region' } });
    await world.settle();
    const config = billingCalcConfig.parse({ DATABASE_URL: database.calcUrl, POLL_MS: '10', PORT: '0', TOKEN_SECRET: 'x'.repeat(32) });
    app = await createApp(config, { clock: () => NOW, logDestination: { write: (line) => void lines.push(line) } });
  });
  afterAll(async () => {
    await app.close();
    await database.stop();
  });

  const logged = async (text: string): Promise<Record<string, Record<string, unknown>>> => {
    let line: string | undefined;
    for (let tries = 0; line === undefined && tries < 400; tries++) {
      await delay(10);
      line = lines.find((candidate) => candidate.includes(text));
    }
    return JSON.parse(line ?? '{}') as Record<string, Record<string, unknown>>;
  };

  it('says which rule refused it and where, and nothing of the row', async () => {
    await owner.query('ALTER TABLE usage_bucket ADD CONSTRAINT poison CHECK (false) NOT VALID');
    await world.send([{ subject: 'canary-subject', data: { region: 'canary-region' } }]);
    const { err } = await logged("can't be folded");
    expect(err).toMatchObject({
      type: 'QueryFailedError',
      message: expect.stringContaining('violates check constraint "poison"'),
      stack: expect.stringMatching(/violates check constraint "poison"\n +at /),
      code: '23514',
      table: expect.stringContaining('usage_bucket'),
      constraint: 'poison',
    });
    for (const member of ['parameters', 'driverError', 'detail']) expect(err).not.toHaveProperty(member);
    expect(lines.join('')).not.toContain('canary');
  });

  it('says which statement failed, and nothing of its parameters', async () => {
    const error: unknown = await app
      .get(DataSource)
      .query('SELECT $1::text::numeric', ['canary-parameter'])
      .catch((caught: unknown) => caught);
    new Logger('test').error(new Error('a job failed', { cause: error }), 'with a cause');
    new Logger('test').error(new AggregateError([error], 'some failed'), 'with parts');
    expect(await logged('with a cause')).toMatchObject({
      err: { message: 'a job failed: invalid input syntax for type numeric: "[redacted]"', stack: expect.stringContaining('caused by: ') },
    });
    expect(await logged('with parts')).toMatchObject({
      err: { aggregateErrors: [{ type: 'QueryFailedError', code: '22P02', query: 'SELECT $1::text::numeric' }] },
    });
    expect(lines.join('')).not.toContain('canary');
  });
});
