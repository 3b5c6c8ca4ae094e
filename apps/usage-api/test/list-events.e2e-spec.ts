import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { EventLog } from '@tallymark/persistence';
import { parseConfig } from '@tallymark/service-kit';
import { type TestDatabase, UsageWorld, addApiKey, addOrganization, startTestDatabase } from '@tallymark/testing';
import { usageApiConfig } from '../src/config.js';
import { createApp } from '../src/create-app.js';

const NOW = new Date('2026-11-11T00:00:00Z');

interface Listed {
  id: string;
  verdict: string;
  customer: string | null;
  meters: string[];
  meters_without_value: string[];
  folded: boolean;
  code: string | null;
}

describe('GET /platform/v1/events', () => {
  let database: TestDatabase;
  let world: UsageWorld;
  let app: NestFastifyApplication;
  let key: string;

  beforeAll(async () => {
    database = await startTestDatabase({ now: NOW });
    world = await UsageWorld.create(database, NOW);
    await world.addMeter('calls');
    await world.addMeter('bytes', { aggregation: 'sum', valueProperty: '$.bytes' });
    await world.addCustomer('acme');
    await world.use([
      { id: 'billed', subject: 'acme', data: { bytes: 5 } },
      { id: 'nobodys', subject: 'stranger', data: { bytes: 5 } },
      { id: 'unmetered', subject: 'acme', type: 'unknown.type' },
      { id: 'valueless', subject: 'acme', data: { bytes: 'many' } },
    ]);
    await world.send([{ id: 'fresh', subject: 'acme', data: { bytes: 1 } }]);
    await world.send([
      { id: 'billed', subject: 'acme', data: { bytes: 5 } },
      { id: 'nobodys', subject: 'stranger', data: { bytes: 6 } },
    ]);
    await new EventLog(await database.connect('ingest')).append(
      [],
      [
        {
          organizationId: world.organizationId,
          code: 'invalid_event',
          message: 'id is 7',
          details: [{ pointer: '/id', code: 'invalid_type', message: 'id is 7' }],
          subject: 'acme',
          type: null,
          source: null,
          eventId: null,
        },
      ],
      NOW,
    );
    key = await addApiKey(world.owner, world.organizationId, { scopes: ['events:read'] });
    app = await createApp(
      parseConfig(usageApiConfig, {
        PORT: '0',
        DATABASE_URL: database.apiUrl,
        TOKEN_SECRET: 's'.repeat(32),
        OPERATOR_TOKEN: 'o'.repeat(32),
        LOG_LEVEL: 'silent',
      }),
      { clock: () => NOW },
    );
  });
  afterAll(async () => {
    await app.close();
    await database.stop();
  });

  const get = (query = '', bearer = key) =>
    app.inject({ method: 'GET', url: `/platform/v1/events${query}`, headers: { authorization: `Bearer ${bearer}` } });
  const list = async (query = ''): Promise<Listed[]> => (await get(query)).json<{ data: Listed[] }>().data;
  const ids = async (query: string): Promise<string[]> => (await list(query)).map((event) => `${event.verdict} ${event.id}`).sort();

  it('says of each event who is billed for it and which meters take it', async () => {
    const stored = new Map((await list('?verdict=stored')).map((event) => [event.id, event]));
    expect(stored.get('billed')).toMatchObject({ customer: 'acme', meters: ['bytes', 'calls'], meters_without_value: [], folded: true });
    expect(stored.get('nobodys')).toMatchObject({ customer: null, meters: ['bytes', 'calls'] });
    expect(stored.get('unmetered')).toMatchObject({ customer: 'acme', meters: [] });
    expect(stored.get('valueless')).toMatchObject({ meters: ['bytes', 'calls'], meters_without_value: ['bytes'] });
    expect(stored.get('fresh')).toMatchObject({ folded: false });
  });

  it('lists what was not stored too, with the reason', async () => {
    expect(await ids('?verdict=duplicate')).toEqual(['duplicate billed']);
    expect(await ids('?verdict=conflict')).toEqual(['conflict nobodys']);
    expect((await list('?verdict=rejected'))[0]).toMatchObject({ code: 'invalid_event', errors: [{ pointer: '/id' }] });
  });

  it.each([
    ['?id=billed', ['duplicate billed', 'stored billed']],
    ['?subject=stranger', ['conflict nobodys', 'stored nobodys']],
    ['?type=unknown.type', ['stored unmetered']],
    ['?received_from=2026-11-11T00:00:01Z', []],
    ['?received_to=2026-11-11T00:00:00Z', []],
  ])('filters by %s', async (query, expected) => {
    expect(await ids(query)).toEqual(expected);
  });

  it('pages through everything once, whatever the size of a page', async () => {
    const all = (await list()).map((event) => `${event.verdict} ${event.id}`);
    const paged: string[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const response = await get(`?limit=3${cursor === '' ? '' : `&cursor=${cursor}`}`);
      const page = response.json<{ data: Listed[]; next_cursor: string | null }>();
      paged.push(...page.data.map((event) => `${event.verdict} ${event.id}`));
      cursor = page.next_cursor;
    }
    expect(paged).toEqual(all);
    expect(all).toHaveLength(8);
  });

  it('shows another organization nothing, and a customer’s key nothing', async () => {
    const foreign = await addApiKey(world.owner, await addOrganization(world.owner));
    expect((await get('', foreign)).json()).toMatchObject({ data: [] });
    const bound = await addApiKey(world.owner, world.organizationId, { customerId: await world.addCustomer('bound') });
    expect((await get('', bound)).statusCode).toBe(403);
  });

  it('refuses a misspelled filter, which would show everything', async () => {
    expect((await get('?subjct=acme')).statusCode).toBe(400);
  });
});
