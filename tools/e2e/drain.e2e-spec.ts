import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type TestDatabase, startTestDatabase } from '@tallymark/testing';
import { COUNTED } from './counted-plan.js';
import { startEventLoad } from './event-load.js';
import { findViolations } from './operation-log.js';
import { createOrganization, type TestOrganization } from './organization.js';
import { type Platform, startPlatform } from './platform.js';

const ROUNDS = 3;
const ANSWERED = ['200', '503'];
/** Refused, or cut off: HTTP lets a server close an idle connection at the very moment at which a client writes to it. */
const NEVER_TAKEN = ['ECONNREFUSED', 'ECONNRESET', 'UND_ERR_SOCKET'];

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

  afterEach(() => platform.restart('ingest'), 60_000);

  it.each(Array.from({ length: ROUNDS }, (_, index) => [index + 1]))(
    'loses no request (round %i)',
    async (round) => {
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
      expect(Object.keys(outcomes).filter((outcome) => ![...ANSWERED, ...NEVER_TAKEN].includes(outcome))).toEqual([]);
      // Stored and acknowledged are one and the same: what was not answered was not taken either.
      const stored = (await readStored()).filter((id) => !before.has(id));
      expect(findViolations({ acknowledged: load.log.acknowledged(), unknown: new Set() }, stored)).toEqual({
        lost: [],
        invented: [],
        repeated: [],
      });
    },
    90_000,
  );

  async function readStored(): Promise<string[]> {
    const owner = await database.connect('owner');
    const rows: { event_id: string }[] = await owner.query('SELECT event_id FROM event');
    return rows.map((row) => row.event_id);
  }
});
