import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { createRandom } from '../demo/random.js';
import { waitUntilUsed } from './billing-usage.js';
import { COUNTED } from './counted-plan.js';
import { type EventLoad, startEventLoad } from './event-load.js';
import { findViolations } from './operation-log.js';
import { createOrganization, type TestOrganization } from './organization.js';
import { type Platform, type ProcessName, startPlatform } from './platform.js';
import { runVerify } from './run-verify.js';

const ROUNDS = 2;
const VICTIMS: readonly ProcessName[] = ['ingest', 'billing-calc', 'usage-api', 'postgres'];
/** `SEED=… npm test -- survive-kill` repeats a run. */
const seed = process.env['SEED'] ?? randomUUID();

describe(`kill -9 while events flow (seed ${seed})`, () => {
  let platform: Platform;
  let organization: TestOrganization;
  let load: EventLoad;

  beforeAll(async () => {
    platform = await startPlatform();
    organization = await createOrganization(platform, COUNTED);
    load = startEventLoad({ baseUrl: platform.baseUrl, apiKey: organization.apiKey, seed, clients: 4, mostEventsPerRequest: 25 });
  }, 120_000);
  afterAll(async () => {
    await load?.stop();
    await platform?.stop();
  }, 60_000);

  const random = createRandom(seed);
  const kills = Array.from({ length: ROUNDS }, (_, round) => VICTIMS.map((victim) => ({ round: round + 1, victim }))).flat();

  it.each(kills)(
    'round $round: $victim comes back',
    async ({ victim }) => {
      const acknowledgedBefore = load.log.acknowledged().size;
      await delay(random.integer(200, 800));
      await platform.kill(victim);
      await delay(random.integer(0, 400));
      await platform.restart(victim);
      await expectFlow(acknowledgedBefore);
    },
    120_000,
  );

  it('neither loses an acknowledged event nor stores one twice', async () => {
    await load.stop();
    console.info(
      `${load.log.acknowledged().size} events acknowledged, ${load.log.unknown().size} of unknown outcome; requests: ${JSON.stringify(Object.fromEntries(load.outcomes))}`,
    );
    expect(load.outcomes.get('200')).toBeGreaterThan(0);
    const acknowledged = new Set(load.log.acknowledged());
    const stored = await readStored();
    expect(findViolations({ acknowledged, unknown: load.log.unknown() }, stored)).toEqual({ lost: [], invented: [], repeated: [] });
  }, 60_000);

  it('holds every event once after the client has sent the unknown ones again', async () => {
    await load.retryUnknown();
    const stored = await readStored();
    expect([...stored].sort()).toEqual([...load.log.acknowledged()].sort());
  }, 90_000);

  it('shows them all as usage', async () => {
    const ids = [...load.log.acknowledged()];
    const amount = ids.reduce((sum, id) => sum + Number(load.eventOf(id).data['amount']), 0);
    const { data } = await waitUntilUsed(platform, organization, { metric: 'apiCalls', used: ids.length, patienceMs: 60_000 });
    expect(data.metrics['amount']?.used).toBe(amount);
  }, 90_000);

  it('is equal when it is recomputed', async () => {
    const { exitCode, output } = await runVerify(platform);
    expect({ exitCode, output }).toEqual({ exitCode: 0, output: expect.stringMatching(/^equal: /m) });
  }, 60_000);

  /** Events are acknowledged again. */
  async function expectFlow(acknowledgedBefore: number): Promise<void> {
    for (const deadline = performance.now() + 60_000; load.log.acknowledged().size <= acknowledgedBefore; await delay(20)) {
      if (performance.now() >= deadline)
        throw new Error(`no event was acknowledged for 60 s; requests: ${JSON.stringify([...load.outcomes])}`);
    }
    expect(load.log.acknowledged().size).toBeGreaterThan(acknowledgedBefore);
  }

  async function readStored(): Promise<string[]> {
    const client = new pg.Client({ connectionString: platform.database.adminUrl });
    await client.connect();
    try {
      const { rows } = await client.query<{ event_id: string }>('SELECT event_id FROM event');
      return rows.map((row) => row.event_id);
    } finally {
      await client.end();
    }
  }
});
