import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type TestDatabase, startTestDatabase } from '@tallymark/testing';
import { COUNTED } from './counted-plan.js';
import { startEventLoad } from './event-load.js';
import { findViolations } from './operation-log.js';
import { createOrganization, type TestOrganization } from './organization.js';
import { type Platform, startPlatform } from './platform.js';

const ROUNDS = 3;

describe('SIGTERM to ingest under load', () => {
  let database: TestDatabase;
  let platform: Platform;
  let organization: TestOrganization;

  beforeAll(async () => {
    database = await startTestDatabase();
    platform = await startPlatform({ database });
    organization = await createOrganization(platform, COUNTED);
  }, 120_000);
  afterAll(async () => {
    await platform?.stop();
    await database?.stop();
  }, 60_000);

  it.each(Array.from({ length: ROUNDS }, (_, index) => [index + 1]))(
    'loses no request (round %i)',
    async (round) => {
      await platform.restart('ingest');
      const before = new Set(await readStored());
      const load = startEventLoad({
        // Not through the gateway, which would answer in its place.
        baseUrl: platform.urlOf('ingest'),
        apiKey: organization.apiKey,
        seed: `drain-${round}`,
        clients: 24,
        mostEventsPerRequest: 50,
        idPrefix: `round-${round}-`,
      });
      await delay(700);
      expect(await platform.terminate('ingest')).toBe(0);
      await delay(200);
      await load.stop();
      const outcomes = Object.fromEntries(load.outcomes);
      console.info(`requests while draining: ${JSON.stringify(outcomes)}`);
      expect(outcomes['200']).toBeGreaterThan(0);
      // Answered, or refused before it was taken.
      expect(Object.keys(outcomes).filter((outcome) => !['200', '503', 'ECONNREFUSED'].includes(outcome))).toEqual([]);
      const stored = (await readStored()).filter((id) => !before.has(id));
      expect(findViolations({ acknowledged: load.log.acknowledged(), unknown: new Set() }, stored)).toEqual({
        lost: [],
        invented: [],
        repeated: [],
      });
      await platform.restart('ingest');
    },
    90_000,
  );

  async function readStored(): Promise<string[]> {
    const owner = await database.connect('owner');
    const rows: { event_id: string }[] = await owner.query('SELECT event_id FROM event');
    return rows.map((row) => row.event_id);
  }
});
