import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { refreshQueuedStatements } from '@tallymark/persistence';
import { type TestDatabase, startTestDatabase } from '@tallymark/testing';
import pg from 'pg';
import { waitUntilUsed } from './billing-usage.js';
import { COUNTED } from './counted-plan.js';
import { makeEvent, storeEvents } from './events.js';
import { createOrganization, type TestOrganization } from './organization.js';
import { type Platform, startPlatform } from './platform.js';
import { runVerify } from './run-verify.js';

const EVENTS = 2_500;

describe('npm run verify', () => {
  let database: TestDatabase;
  let platform: Platform;
  let organization: TestOrganization;

  beforeAll(async () => {
    database = await startTestDatabase();
    platform = await startPlatform({ database });
    organization = await createOrganization(platform, {
      ...COUNTED,
      meters: [
        ...COUNTED.meters,
        {
          code: 'users',
          name: 'Users',
          unit: 'users',
          event_type: 'api.request',
          aggregation: 'unique_count',
          value_property: '$.user',
          filters: [],
          group_by: { region: '$.region' },
          recurring: false,
        },
      ],
    });
    const events = Array.from({ length: EVENTS }, (_, index) =>
      makeEvent(randomUUID(), { amount: index % 10, user: `user-${index % 40}`, region: index % 2 === 0 ? 'eu' : 'us' }),
    );
    for (let start = 0; start < EVENTS; start += 500)
      await storeEvents(platform.baseUrl, organization.apiKey, events.slice(start, start + 500));
    await waitUntilUsed(platform, organization, { metric: 'apiCalls', used: EVENTS });
    await expectEqual();
    // It would put right what we are about to change.
    await platform.terminate('billing-calc');
  }, 180_000);
  afterAll(async () => {
    await platform?.stop();
    await database?.stop();
  }, 60_000);

  it('says equal about untouched data', expectEqual, 60_000);

  it.each([
    [
      'a sum',
      `UPDATE usage_bucket SET sum = sum + 1 WHERE meter_id = (SELECT id FROM meter WHERE code = 'amount')`,
      /^test {2}amount: \d+ buckets recomputed, [12] different\n {4}acme \S+: sum stored \d+, recomputed \d+$/m,
    ],
    [
      'a missing bucket',
      `DELETE FROM usage_bucket WHERE meter_id = (SELECT id FROM meter WHERE code = 'api_calls')`,
      /^test {2}api_calls: \d+ buckets recomputed, [12] different\n {4}acme \S+: stored nothing, recomputed \{/m,
    ],
    [
      'a bucket that nothing explains',
      `INSERT INTO usage_bucket (shard_key, meter_id, subject, dimensions, bucket_start, organization_id, event_count, value_count, sum)
       SELECT shard_key, meter_id, 'nobody', dimensions, bucket_start, organization_id, event_count, value_count, sum FROM usage_bucket LIMIT 1`,
      /^test {2}\w+: \d+ buckets recomputed, 1 different\n {4}nobody \S+: stored \{.*, recomputed nothing$/m,
    ],
    [
      'a distinct value',
      `UPDATE usage_unique SET event_count = event_count + 1 WHERE value_hash = (SELECT value_hash FROM usage_unique LIMIT 1)`,
      /^test {2}users: \d+ buckets recomputed, [12] different\n {4}acme \S+ \{"region":"(eu|us)"\}: event_count stored \d+, recomputed \d+$/m,
    ],
    [
      'a statement',
      `UPDATE statement SET amounts = jsonb_set(amounts, '{total}', '"0.01"')`,
      /^test {2}statements: 1 recomputed, 0 of them closed, 1 different\n {4}subscription \S+ from \S+: total stored "0\.01", recomputed "\S+"$/m,
    ],
  ])(
    'finds %s that was changed by hand, and where',
    async (_name, change, finding) => {
      await changeAndRestore(
        async (client) => expect((await client.query(change)).rowCount).toBeGreaterThan(0),
        (output) => expect(output).toMatch(finding),
      );
    },
    60_000,
  );

  it('finds both a bucket and a statement that were changed to fit each other', async () => {
    await changeAndRestore(
      async (client) => {
        await client.query(`UPDATE usage_bucket SET sum = sum + 1 WHERE meter_id = (SELECT id FROM meter WHERE code = 'amount')`);
        await client.query(
          `INSERT INTO statement_queue (organization_id, subscription_id, touched_from, touched_to) SELECT organization_id, id, now(), now() FROM subscription`,
        );
        expect(await refreshQueuedStatements(await database.connect('calc'), new Date())).toBe(1);
      },
      (output) => {
        expect(output).toMatch(/^test {2}amount: \d+ buckets recomputed, [12] different$/m);
        expect(output).toMatch(
          /^test {2}statements: 1 recomputed, 0 of them closed, 1 different\n {4}subscription .*lines\.1\.used stored "\d+", /m,
        );
        expect(output).toMatch(/^open statements: 0 priced from the buckets of meters found equal above, 1 from the events;/m);
      },
    );
  }, 60_000);

  it('ends with 2 when it cannot tell', async () => {
    const urls = { ...database.urls, calc: database.urls.api };
    const { exitCode, output } = await runVerify({ ...platform, database: { ...database, urls } });
    expect({ exitCode, output }).toEqual({ exitCode: 2, output: expect.stringContaining('tallymark_api does not see every row') });
  }, 60_000);

  async function expectEqual(): Promise<void> {
    const { exitCode, output } = await runVerify(platform);
    expect({ exitCode, output }).toEqual({
      exitCode: 0,
      output: expect.stringMatching(/^equal: \d+ buckets of 3 meters, 1 open and 0 closed statements/m),
    });
  }

  /** What was changed is to be found, and nothing else once it is as it was. */
  async function changeAndRestore(change: (client: pg.Client) => Promise<void>, check: (output: string) => void): Promise<void> {
    const tables = ['usage_bucket', 'usage_unique', 'statement'];
    await withSuperuser(async (client) => {
      for (const table of tables) await client.query(`CREATE TABLE kept_${table} AS TABLE ${table}`);
      await change(client);
    });
    const { exitCode, output } = await runVerify(platform);
    check(output);
    expect({ exitCode, output }).toEqual({ exitCode: 1, output: expect.stringMatching(/^different: \d+ of /m) });
    await withSuperuser(async (client) => {
      for (const table of tables)
        await client.query(`DELETE FROM ${table}; INSERT INTO ${table} TABLE kept_${table}; DROP TABLE kept_${table}`);
    });
    await expectEqual();
  }

  async function withSuperuser(work: (client: pg.Client) => Promise<void>): Promise<void> {
    const client = new pg.Client({ connectionString: database.adminUrl });
    await client.connect();
    try {
      await work(client);
    } finally {
      await client.end();
    }
  }
});
