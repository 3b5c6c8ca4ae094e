import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type TestDatabase, UsageWorld, startTestDatabase } from '@tallymark/testing';
import type { DataSource } from 'typeorm';
import { askIn } from './read-batch.js';
import { type RecordedRequest, type RequestHistoryQuery, readRequestHistory } from './request-history.js';
import { requestPageRead } from './request-page.js';
import { inOrganization } from './tenancy.js';

const NOW = new Date('2026-11-21T12:00:00Z');
const ALL = { type: 'api.request', exceptPaths: ['/v1/usage', '/usage'], before: null, limit: 100, maxBytes: 1_000_000 };

const event = (time: string, data?: unknown, type = 'api.request', subject = 'a') => ({
  subject,
  time,
  type,
  ...(data === undefined ? {} : { data }),
});

describe('requestPageRead', () => {
  let database: TestDatabase;
  let api: DataSource;
  let world: UsageWorld;

  beforeAll(async () => {
    database = await startTestDatabase({ now: NOW });
    api = await database.connect('api');
    world = await UsageWorld.create(database, NOW);
    await world.send([
      event('2026-11-20T10:00:00.123999Z', { path: '/first', method: 'GET' }),
      event('2026-11-20T10:00:00.123001Z', { path: '/same-millisecond' }),
      event('2026-10-31T23:59:59.999Z', { path: '/another/month' }),
      event('2026-11-03T00:00:00Z', { path: '/usages' }),
      event('2026-11-03T00:00:01Z', { path: 7 }),
      event('2026-11-03T00:00:02Z', ['/v1/usage']),
      event('2026-11-03T00:00:03Z', null),
      event('2026-11-03T00:00:04Z'),
      event('2026-11-04T00:00:00Z', { path: '/v1/usage//?limit=1' }),
      event('2026-11-04T00:00:01Z', { path: '/usage/' }),
      event('2026-11-04T00:00:02Z', { path: '/of-another-type' }, 'page.viewed'),
      event('2026-11-04T00:00:03Z', { path: '/of-another' }, 'api.request', 'b'),
      event('2026-11-05T00:00:00Z', { path: '/large', text: 'ü'.repeat(3_000) }),
      // At one microsecond, in the order of their identities.
      ...Array.from({ length: 4 }, (_, n) => event('2026-11-01T00:00:00.000001Z', { path: `/together/${n}` })),
      // Of one who asks for the history more often than for anything else.
      ...Array.from({ length: 40 }, (_, n) => event(`2026-11-07T00:00:${10 + n}Z`, { path: '/v1/usage' }, 'api.request', 'poller')),
      ...Array.from({ length: 20 }, (_, n) => event(`2026-11-06T00:00:${10 + n}Z`, { path: `/${n}` }, 'api.request', 'poller')),
      ...Array.from({ length: 3 }, (_, n) => event(`2026-11-06T00:00:0${n}Z`, undefined, 'api.request', 'silent')),
    ]);
    const stranger = await UsageWorld.create(database, NOW);
    await stranger.send([event('2026-11-06T00:00:00Z', { path: '/of-another-organization' })]);
  }, 60_000);
  afterAll(() => database.stop());

  const queryOf = (change: Partial<RequestHistoryQuery>): RequestHistoryQuery => ({
    ...ALL,
    organizationId: world.organizationId,
    subjects: ['a'],
    ...change,
  });
  const page = (change: Partial<RequestHistoryQuery> = {}): Promise<RecordedRequest[] | null> =>
    inOrganization(api, world.organizationId, (manager) => askIn(manager, requestPageRead(queryOf(change))!));
  const whole = (change: Partial<RequestHistoryQuery> = {}): Promise<RecordedRequest[]> =>
    inOrganization(api, world.organizationId, (manager) => readRequestHistory(manager, queryOf(change)));

  it.each<[string, Partial<RequestHistoryQuery>, number]>([
    ['all', {}, 13],
    ['the newest', { limit: 2 }, 2],
    ['those before an instant', { before: new Date('2026-11-03T00:00:02Z') }, 7],
    ['some of those at one instant', { before: new Date('2026-11-01T00:00:01Z'), limit: 3 }, 3],
    ['older ones in the place of those left out', { limit: 5 }, 5],
    ['all but those left out', { subjects: ['poller'] }, 20],
    ['those that hold no data', { subjects: ['silent'] }, 3],
    ['those of the millisecond before an instant', { before: new Date('2026-11-20T10:00:00.124Z'), limit: 2 }, 2],
    ['nothing of a subject without requests', { subjects: ['nobody'] }, 0],
    ['nothing of another organization', { organizationId: '00000000-0000-4000-8000-000000000000' }, 0],
  ])('answers %s as the whole history does', async (_name, change, length) => {
    const found = await page(change);
    expect(found).toHaveLength(length);
    expect(found).toEqual(await whole(change));
  });

  it.each<[number, number | null]>([
    // The 40 newest are left out; beyond the limit 32 are read, up to the 60 that there are.
    [11, null],
    [28, null],
    [29, 20],
  ])('is not told of the newest %i where older ones than were read come in the place of those left out', async (limit, length) => {
    const found = await page({ subjects: ['poller'], limit });
    expect(found?.length ?? null).toBe(length);
    expect(await whole({ subjects: ['poller'], limit })).toHaveLength(Math.min(20, limit));
  });

  it('is told where just enough were read', async () => {
    // 32 of those before it are left out, and then 33.
    const change = { subjects: ['poller'], before: new Date('2026-11-07T00:00:42Z'), limit: 5 };
    expect(await page(change)).toHaveLength(5);
    expect(await page(change)).toEqual(await whole(change));
    expect(await page({ ...change, before: new Date('2026-11-07T00:00:43Z') })).toBeNull();
  });

  it('is not told where the data are too long together', async () => {
    expect(await page({ maxBytes: 5_000 })).toBeNull();
    // Nor where only those are long that were read beyond the limit.
    expect(await page({ maxBytes: 5_000, limit: 2 })).toBeNull();
    expect(await whole({ maxBytes: 5_000, limit: 2 })).toHaveLength(2);
    const change = { subjects: ['poller'], before: new Date('2026-11-07T00:00:00Z') };
    // Ten of 14 bytes, such as {"path": "/0"}, and ten of 15.
    expect(await page({ ...change, maxBytes: 290 })).toEqual(await whole({ ...change, maxBytes: 290 }));
    expect(await whole({ ...change, maxBytes: 290 })).toHaveLength(20);
    expect(await page({ ...change, maxBytes: 289 })).toBeNull();
    expect(await whole({ ...change, maxBytes: 289 })).toHaveLength(19);
  });

  it('reads no more events of a subject with many than the page may hold, though most subjects have few', async () => {
    const times = (count: number) => Array.from({ length: count }, (_, n) => new Date(NOW.getTime() - n * 3_600_000).toISOString());
    await world.send(times(1_500).map((time) => event(time, { path: '/' }, 'api.request', 'heavy')));
    await world.send(times(1_500).map((time, n) => event(time, { path: '/' }, 'api.request', `light-${n}`)));
    await world.owner.query('ANALYZE event');
    const { statement, values } = requestPageRead(queryOf({ subjects: ['heavy'], limit: 20 }))!;
    const plan = await inOrganization(api, world.organizationId, async (manager) => {
      await manager.query(`SET LOCAL plan_cache_mode = force_generic_plan`);
      await manager.query(`PREPARE page AS ${statement.sql}`);
      const literals = values.map((value) => (value === null ? 'NULL' : `'${String(value)}'`)).join(', ');
      const lines: { 'QUERY PLAN': string }[] = await manager.query(`EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) EXECUTE page (${literals})`);
      await manager.query('DEALLOCATE page');
      return lines.map((line) => line['QUERY PLAN']).join('\n');
    });
    expect(Number(/Append \(actual rows=(\d+)/.exec(plan)?.[1])).toBe(52);
  });

  it('is not asked for no subject, nor for several', () => {
    expect([requestPageRead(queryOf({ subjects: [] })), requestPageRead(queryOf({ subjects: ['a', 'b'] }))]).toEqual([null, null]);
  });
});
