import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type TestDatabase, UsageWorld, startTestDatabase } from '@tallymark/testing';
import type { DataSource } from 'typeorm';
import { askIn } from './read-batch.js';
import { type RecordedRequest, type RequestHistoryQuery, readRequestHistory } from './request-history.js';
import { requestPageRead } from './request-page.js';
import { inOrganization } from './tenancy.js';

const NOW = new Date('2026-11-21T12:00:00Z');
const ALL = { type: 'api.request', exceptPaths: ['/v1/usage', '/usage'], before: null, limit: 100, maxBytes: 1_000_000 };

describe('requestPageRead', () => {
  let database: TestDatabase;
  let api: DataSource;
  let world: UsageWorld;

  beforeAll(async () => {
    database = await startTestDatabase({ now: NOW });
    api = await database.connect('api');
    world = await UsageWorld.create(database, NOW);
    const event = (time: string, data?: unknown, type = 'api.request', subject = 'a') => ({
      subject,
      time,
      type,
      ...(data === undefined ? {} : { data }),
    });
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
    ['all', {}, 9],
    ['the newest', { limit: 2 }, 2],
    ['those before an instant', { before: new Date('2026-11-03T00:00:02Z') }, 3],
    ['those of the millisecond before an instant', { before: new Date('2026-11-20T10:00:00.124Z'), limit: 2 }, 2],
    ['nothing of a subject without requests', { subjects: ['nobody'] }, 0],
    ['nothing of another organization', { organizationId: '00000000-0000-4000-8000-000000000000' }, 0],
  ])('answers %s as the whole history does', async (_name, change, length) => {
    const found = await page(change);
    expect(found).toHaveLength(length);
    expect(found).toEqual(await whole(change));
  });

  it('is not told where some are left out and older ones come in their place', async () => {
    expect(await page({ limit: 5 })).toBeNull();
    expect(await whole({ limit: 5 })).toHaveLength(5);
  });

  it('is not told where the data are too long together', async () => {
    expect(await page({ maxBytes: 5_000 })).toBeNull();
    expect(await page({ maxBytes: 5_000, limit: 2 })).toHaveLength(2);
  });

  it('is not asked for no subject, nor for several', () => {
    expect([requestPageRead(queryOf({ subjects: [] })), requestPageRead(queryOf({ subjects: ['a', 'b'] }))]).toEqual([null, null]);
  });
});
