import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Window } from '@tallymark/date-window';
import { formatDecimal } from '@tallymark/domain';
import { type TestDatabase, UsageWorld, startTestDatabase } from '@tallymark/testing';
import type { DataSource } from 'typeorm';
import { dailyUniqueSetsRead } from './daily-unique-sets.js';
import { type DailyUniques, type DailyUniquesRequest, countDailyUniques } from './daily-uniques.js';
import { metersGroupedBy } from './grouped-meters.js';
import { type Read, askIn } from './read-batch.js';
import { MeterRow } from './rows/meter-row.js';
import { inOrganization } from './tenancy.js';

const NOW = new Date('2026-11-21T12:00:00Z');
const WINDOW = Window.of(new Date('2026-11-20T00:00:00Z'), new Date('2026-11-22T00:00:00Z'));
const PLACES = { region: '$.region', room: '$.room' };

describe('countDailyUniques', () => {
  let database: TestDatabase;
  let api: DataSource;
  let world: UsageWorld;
  let doors: string;
  let windows: string;
  let visits: string;

  beforeAll(async () => {
    database = await startTestDatabase({ now: NOW });
    api = await database.connect('api');
    world = await UsageWorld.create(database, NOW);
    const unique = { aggregation: 'unique_count', valueProperty: '$.who', groupBy: PLACES };
    doors = await world.addMeter('doors', { eventType: 'door', ...unique });
    windows = await world.addMeter('windows', { eventType: 'window', ...unique });
    visits = await world.addMeter('visits', { eventType: 'visit', ...unique, groupBy: { ...PLACES, badge: '$.badge' } });
    await world.addMeter('regions', { eventType: 'door', ...unique, groupBy: { region: '$.region' } });
    await world.addMeter('gone', { eventType: 'door', ...unique });
    await world.owner.query(`UPDATE meter SET deleted_at = now() WHERE code = 'gone'`);
    const enter = (type: string, subject: string, time: string, who: string, region: string | null, room?: string) => ({
      type,
      subject,
      time,
      data: { who, region, room },
    });
    const visit = (who: string, region: string | null, room: string | undefined, badge: string | null) => ({
      type: 'visit',
      subject: 'a',
      time: '2026-11-21T09:00:00Z',
      data: { who, region, room, badge },
    });
    await world.use([
      enter('door', 'a', '2026-11-20T00:00:00Z', 'ann', 'eu', 'hall'),
      enter('door', 'a', '2026-11-20T10:00:00Z', 'ann', 'eu', 'attic'),
      enter('window', 'b', '2026-11-20T10:00:00Z', 'ann', 'eu', 'hall'),
      enter('window', 'a', '2026-11-20T23:59:59.999Z', 'bob', 'us', 'hall'),
      enter('door', 'a', '2026-11-21T00:00:00Z', 'ann', null),
      enter('door', 'a', '2026-11-19T23:59:59Z', 'cid', 'eu', 'hall'),
      enter('door', 'a', '2026-11-22T00:00:00Z', 'cid', 'eu', 'hall'),
      enter('door', 'c', '2026-11-20T00:00:00Z', 'cid', 'eu', 'hall'),
      visit('ann', 'eu', 'hall', 'b1'),
      visit('ann', 'eu', 'hall', 'b2'),
      visit('ann', 'eu', undefined, 'b3'),
      ...Array.from({ length: 6 }, (_, n) => visit(`eve ${n}`, 'eu', 'hall', `of her own ${n}`)),
      visit('cid', null, 'hall', null),
      visit('cid', null, 'hall', 'b5'),
      ...Array.from({ length: 16 }, (_, n) => visit('dan', 'us', `room ${n}`, 'b6')),
    ]);
  }, 60_000);
  afterAll(() => database.stop());

  const count = async (request: Partial<DailyUniquesRequest> = {}, organizationId = world.organizationId): Promise<unknown[]> => {
    const complete = {
      organizationId: world.organizationId,
      meterIds: [doors, windows],
      subjects: ['a', 'b'],
      window: WINDOW,
      levels: [['region'], ['room', 'region']],
      ...request,
    };
    const answers = await inOrganization(api, organizationId, (manager) => countDailyUniques(manager, complete));
    const sets = dailyUniqueSetsRead(complete);
    const bySets = sets === null ? [] : await inOrganization(api, organizationId, (manager) => askIn(manager, sets));
    expect(bySets!.map(textOf).sort()).toEqual(answers.map(textOf).sort());
    return answers.map((answer) => [answer.day.toISOString().slice(0, 10), answer.level, answer.group, formatDecimal(answer.count)]);
  };
  const textOf = ({ day, level, group, count: number }: DailyUniques): string =>
    JSON.stringify([day, level, Object.entries(group).sort(), formatDecimal(number)]);

  it('counts a value once a day and group, over meters and subjects together, at each level', async () => {
    expect(await count()).toEqual([
      ['2026-11-20', 0, { region: 'eu' }, '1'],
      ['2026-11-20', 0, { region: 'us' }, '1'],
      ['2026-11-20', 1, { region: 'eu', room: 'attic' }, '1'],
      ['2026-11-20', 1, { region: 'eu', room: 'hall' }, '1'],
      ['2026-11-20', 1, { region: 'us', room: 'hall' }, '1'],
      ['2026-11-21', 0, { region: null }, '1'],
      ['2026-11-21', 1, { region: null, room: null }, '1'],
    ]);
  });

  it('takes the levels in any order', async () => {
    const byRoom = await count({
      levels: [['room', 'region'], ['room']],
      window: Window.of(WINDOW.from, new Date('2026-11-21T00:00:00Z')),
    });
    expect(byRoom).toEqual([
      ['2026-11-20', 1, { room: 'attic' }, '1'],
      ['2026-11-20', 1, { room: 'hall' }, '2'],
      ['2026-11-20', 0, { region: 'eu', room: 'attic' }, '1'],
      ['2026-11-20', 0, { region: 'eu', room: 'hall' }, '1'],
      ['2026-11-20', 0, { region: 'us', room: 'hall' }, '1'],
    ]);
  });

  it.each<[string, Partial<DailyUniquesRequest>]>([
    ['no meters', { meterIds: [] }],
    ['no subjects', { subjects: [] }],
    ['no levels', { levels: [] }],
  ])('counts nothing for %s', async (_name, request) => {
    expect(await count(request)).toEqual([]);
  });

  it('counts nothing for another organization', async () => {
    expect(await count({}, '00000000-0000-4000-8000-000000000000')).toEqual([]);
  });

  it('refuses a window that cuts a day', async () => {
    await expect(count({ window: Window.of(WINDOW.from, NOW) })).rejects.toThrow(/2026-11-21T12:00:00.000Z.*expected whole UTC days/);
  });

  const LEVELS = [['region'], ['room', 'region']];
  const setsOf = (request: Partial<DailyUniquesRequest>): Read<DailyUniques[] | null> =>
    dailyUniqueSetsRead({
      organizationId: world.organizationId,
      meterIds: [visits],
      subjects: ['a'],
      window: WINDOW,
      levels: LEVELS,
      ...request,
    })!;

  it('takes meters that keep apart more than the levels do, without a set for each value of what they keep apart', async () => {
    const dimensions = ['region', 'room', 'badge'];
    for (const keptApart of [undefined, [], ['region', 'room'], dimensions])
      expect(await count({ meterIds: [visits], dimensions: keptApart })).toHaveLength(22);
    const asked = setsOf({ dimensions });
    const sets = async ({ statement, values }: Read<unknown>): Promise<number> =>
      (await inOrganization(api, world.organizationId, (manager) => manager.query<unknown[]>(statement.sql, [...values]))).length;
    expect([await sets(setsOf({})), await sets(asked)]).toEqual([9, 4]);
  });

  it('is not told by sets of groups where a value came in too many groups', async () => {
    const ask = (request: Partial<DailyUniquesRequest>) =>
      inOrganization(api, world.organizationId, (manager) => askIn(manager, setsOf(request)));
    expect(await ask({})).toHaveLength(22);
    await world.use([
      { type: 'visit', subject: 'a', time: '2026-11-21T10:00:00Z', data: { who: 'dan', region: 'us', room: 'attic', badge: 'b6' } },
    ]);
    expect(await ask({})).toBeNull();
  });

  it('is not told by sets of groups where there are too many of them', () => {
    const read = setsOf({ meterIds: [doors], levels: [['region']] });
    const records = Array.from({ length: 2_001 }, (_, n) => ({ second: '1794960000', groups: [{ region: `r${n}` }], uniques: '1' }));
    expect(read.answer(records.slice(1) as never[])).toHaveLength(2_000);
    expect(read.answer(records as never[])).toBeNull();
  });

  it('finds the meters that keep all of the dimensions apart', async () => {
    const codes = async (dimensions: string[]): Promise<string[]> =>
      metersGroupedBy(await inOrganization(api, world.organizationId, (manager) => manager.find(MeterRow)), dimensions).map(
        ({ code }) => code,
      );
    expect(await codes(['region'])).toEqual(['doors', 'regions', 'visits', 'windows']);
    expect(await codes(['room', 'region'])).toEqual(['doors', 'visits', 'windows']);
    expect(await codes(['floor'])).toEqual([]);
  });
});
