import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createRequestRecorder } from '@tallymark/request-recorder';
import { recordFastifyRequests } from '@tallymark/request-recorder/fastify';
import { type TestDatabase, startTestDatabase } from '@tallymark/testing';
import { fastify } from 'fastify';
import { COUNTED } from './counted-plan.js';
import { type TestOrganization, createOrganization } from './organization.js';
import { type Platform, startPlatform } from './platform.js';

/** What nobody may read again, each in a place of its own. Long and random, so that a half of one would show too. */
const CANARIES = {
  header: 'canaryheader7Q2mXv9LrT4kWz8P',
  cookie: 'canarycookie3F6nYb1HsD5jCx0R',
  query: 'canaryquery8K4pZc2GtE7hVy5M',
  body: 'canarybody5J9qUd3NwA6fBx1S',
  nested: 'canarynested2T7rWe4LyC8gKz6D',
  answer: 'canaryanswer6H1sXf5PvB9dMj3G',
} as const;

interface Recorded {
  readonly path: string;
  readonly method: string;
  readonly request: { readonly body: unknown; readonly query: unknown; readonly params: unknown; readonly headers: Record<string, string> };
  readonly response: unknown;
  readonly status: number;
}

/** The whole way of a request: an API that records it, the gateway, ingest, the history its caller reads. */
describe('a Fastify API records its requests through the gateway', () => {
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

  it('and GET /v1/usage shows them, without what was secret in them; the database has none of it either', async () => {
    const errors: Error[] = [];
    const recorder = createRequestRecorder({
      ingestUrl: platform.baseUrl,
      apiKey: organization.apiKey,
      flushIntervalMs: 20,
      onError: (error) => errors.push(error),
    });
    const app = fastify();
    recordFastifyRequests(app, recorder, { subject: () => organization.subject });
    app.post<{ Params: { reportId: string } }>('/v2/reports/:reportId', (request) =>
      Promise.resolve({ id: request.params.reportId, access_token: CANARIES.answer }),
    );
    const url = `${await app.listen({ host: '127.0.0.1', port: 0 })}/v2/reports`;
    await fetch(`${url}/r1?sort=name&api_key=${CANARIES.query}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${CANARIES.header}`,
        cookie: `session=${CANARIES.cookie}`,
        'x-note': 'kept',
      },
      body: JSON.stringify({
        title: 'October',
        password: CANARIES.body,
        envelope: JSON.stringify({ form: `a=1&client_secret=${CANARIES.nested}` }),
      }),
    });
    await fetch(`${url}/unknown`);
    // Sends what waits.
    await app.close();
    expect([errors, recorder.counts()]).toEqual([[], expect.objectContaining({ delivered: 2, dropped: 0, rejected: 0 })]);

    const requests = await readHistory(platform, organization, 2);
    expect(requests.map(({ method, path, status }) => [method, path, status])).toEqual([
      ['POST', '/v2/reports/r1', 200],
      ['GET', '/v2/reports/unknown', 404],
    ]);
    expect(requests[0]).toMatchObject({
      request: {
        body: { title: 'October' },
        query: { sort: 'name' },
        params: { reportId: 'r1' },
        headers: { 'x-note': 'kept', authorization: expect.stringMatching(/^Bearer \*{4}/) },
      },
      response: { id: 'r1' },
    });
    const canaries = Object.values(CANARIES).flatMap((canary) => [canary, canary.slice(0, 18)]);
    expect(canaries.filter((canary) => JSON.stringify(requests).includes(canary))).toEqual([]);
    expect(await findInDatabase(database, [...canaries, 'October'])).toEqual(['October']);
  });
});

/** Reads until there are so many. */
async function readHistory({ baseUrl }: Platform, { customerToken }: TestOrganization, count: number): Promise<Recorded[]> {
  for (;;) {
    const response = await fetch(`${baseUrl}/v1/usage`, { headers: { authorization: `Bearer ${customerToken}` } });
    const { requests } = (await response.json()) as { requests: Recorded[] };
    if (requests.length >= count) return requests;
    await delay(50);
  }
}

/** Which of these texts stand anywhere in a table of ours. */
async function findInDatabase(database: TestDatabase, texts: readonly string[]): Promise<string[]> {
  const owner = await database.connect('owner');
  const tables: { readonly name: string }[] = await owner.query(
    `SELECT quote_ident(table_schema) || '.' || quote_ident(table_name) AS name FROM information_schema.tables
      WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema')`,
  );
  const found = new Set<string>();
  for (const { name } of tables) {
    for (const text of texts) {
      const rows: unknown[] = await owner.query(`SELECT 1 FROM ${name} AS kept WHERE strpos(kept::text, $1) > 0 LIMIT 1`, [text]);
      if (rows.length > 0) found.add(text);
    }
  }
  return [...found];
}
