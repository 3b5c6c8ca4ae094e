import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { parseConfig } from '@tallymark/service-kit';
import { type TestDatabase, UsageWorld, addApiKey, startTestDatabase } from '@tallymark/testing';
import { usageApiConfig } from '../src/config.js';
import { createApp } from '../src/create-app.js';

const NOW = new Date('2026-11-11T00:00:00Z');

interface Body {
  as_of: string;
  complete: boolean;
  time_zone: string;
  data: { from: string; to: string; group: Record<string, string | null>; value: string | null; event_count: string }[];
}

describe('GET /platform/v1/usage', () => {
  let database: TestDatabase;
  let world: UsageWorld;
  let app: NestFastifyApplication;
  let key: string;
  let customerId: string;

  beforeAll(async () => {
    database = await startTestDatabase({ now: NOW });
    world = await UsageWorld.create(database, NOW);
    await world.addMeter('calls', { groupBy: { region: '$.region' } });
    await world.addMeter('bytes', { aggregation: 'sum', valueProperty: '$.bytes' });
    await world.addMeter('peak', { aggregation: 'max', valueProperty: '$.bytes' });
    customerId = await world.addCustomer('acme');
    await world.addCustomer('other');
    await world.use([
      { subject: 'acme', time: '2026-11-01T06:30:00Z', data: { bytes: 1, region: 'us' } },
      { subject: 'acme', time: '2026-11-01T09:30:00Z', data: { bytes: '2.5', region: 'eu' } },
      { subject: 'acme', time: '2026-11-02T07:59:59.999Z', data: { bytes: 4, region: 'eu' } },
      { subject: 'acme', time: '2026-11-02T08:00:00Z', data: { bytes: 8 } },
      { subject: 'other', time: '2026-11-01T12:00:00Z', data: { bytes: 100 } },
      { subject: 'unclaimed', time: '2026-11-01T12:00:00Z', data: { bytes: 7 } },
    ]);
    key = await addApiKey(world.owner, world.organizationId, { scopes: ['usage:read'] });
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

  const get = (query: string, bearer = key) =>
    app.inject({ method: 'GET', url: `/platform/v1/usage?${query}`, headers: { authorization: `Bearer ${bearer}` } });
  const read = async (query: string): Promise<Body> => {
    const response = await get(query);
    expect(response.statusCode).toBe(200);
    return response.json<Body>();
  };
  const november = 'from=2026-11-01T00:00:00Z&to=2026-11-03T00:00:00Z';

  it.each([
    ['the whole window', `meter=bytes&customer=acme&${november}`, ['15.5']],
    [
      'days in UTC, gaps included',
      `meter=bytes&customer=acme&from=2026-10-31T00:00:00Z&to=2026-11-03T00:00:00Z&window=day`,
      ['0', '3.5', '12'],
    ],
    [
      'days of Los Angeles, one of 25 hours',
      `meter=bytes&customer=acme&from=2026-10-31T07:00:00Z&to=2026-11-03T08:00:00Z&window=day&time_zone=America/Los_Angeles`,
      ['1', '6.5', '8'],
    ],
    ['a maximum of nothing', `meter=peak&customer=acme&from=2026-11-05T00:00:00Z&to=2026-11-06T00:00:00Z`, [null]],
    ['bounds that cut a bucket', `meter=bytes&customer=acme&from=2026-11-02T07:59:59.999Z&to=2026-11-02T08:00:00.001Z`, ['12']],
    ['a subject that is nobody’s', `meter=bytes&subject=unclaimed&${november}`, ['7']],
  ])('answers for %s', async (_name, query, values) => {
    expect((await read(query)).data.map((row) => row.value)).toEqual(values);
  });

  it('keeps dimensions apart and gives each group a row in every window', async () => {
    const { data } = await read(`meter=calls&customer=acme&${november}&window=day&group_by=region`);
    const shown = data.map((row) => `${row.from.slice(0, 10)} ${row.group['region']} ${row.value}`).sort();
    expect(shown).toEqual([
      '2026-11-01 eu 1',
      '2026-11-01 null 0',
      '2026-11-01 us 1',
      '2026-11-02 eu 1',
      '2026-11-02 null 1',
      '2026-11-02 us 0',
    ]);
  });

  it('says up to when usage is counted, and whether a new meter has seen the whole log', async () => {
    expect(await read(`meter=bytes&customer=acme&${november}`)).toMatchObject({
      as_of: NOW.toISOString(),
      complete: true,
      time_zone: 'UTC',
    });
    await world.addMeter('newborn');
    expect(await read(`meter=newborn&customer=acme&${november}`)).toMatchObject({ complete: false });
  });

  it('answers a customer’s own credential for that customer, and knows no other', async () => {
    const own = await addApiKey(world.owner, world.organizationId, { customerId, scopes: ['usage:read'] });
    expect((await get(`meter=bytes&${november}`, own)).json<Body>().data[0]!.value).toBe('15.5');
    expect((await get(`meter=bytes&customer=acme&${november}`, own)).statusCode).toBe(200);
    for (const foreign of ['customer=other', 'subject=other', 'subject=unclaimed'])
      expect((await get(`meter=bytes&${foreign}&${november}`, own)).statusCode).toBe(404);
  });

  it('says how to write an offset whose + arrives as a space', async () => {
    const answer = await get('meter=bytes&customer=acme&from=2026-11-01T00:00:00+02:00&to=2026-11-03T00:00:00%2B02:00');
    expect(answer.json()).toMatchObject({
      errors: [
        { parameter: 'from', message: expect.stringMatching(/^received "2026-11-01T00:00:00 02:00"; .* write \+ as %2B in a query$/) },
      ],
    });
  });

  it.each([
    ['no customer and no subject', `meter=bytes&${november}`, 400],
    ['an unknown meter', `meter=bites&customer=acme&${november}`, 404],
    ['an unknown customer', `meter=bytes&customer=acm&${november}`, 404],
    ['an unknown dimension', `meter=bytes&customer=acme&${november}&group_by=region`, 400],
    ['a window that ends before it begins', 'meter=bytes&customer=acme&from=2026-11-03T00:00:00Z&to=2026-11-01T00:00:00Z', 400],
    ['a window of no instant', 'meter=bytes&customer=acme&from=2026-11-03T00:00:00Z&to=2026-11-03T00:00:00Z', 400],
    ['an unknown zone', `meter=bytes&customer=acme&${november}&window=day&time_zone=Mars/Olympus`, 400],
    ['a misspelled parameter', `meter=bytes&customer=acme&${november}&windw=day`, 400],
    ['NUL in a name', `meter=bytes&customer=%00&${november}`, 400],
  ])('refuses %s with %i', async (_name, query, status) => {
    const response = await get(query);
    expect([response.statusCode, response.headers['content-type']]).toEqual([status, 'application/problem+json']);
  });
});
