import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { UsageWorld } from '@tallymark/testing';
import {
  CorrectionSetting,
  type CorrectionWorld,
  addBilledUsage,
  eventOf as event,
  forgetBilledUsage,
  named,
  totalOf,
} from '../test/correction-world.js';
import { EventLog } from './event-log.js';
import { readRequestHistory } from './request-history.js';
import { inOrganization } from './tenancy.js';

const NOW = new Date('2026-11-21T12:00:00Z');

/** What a correction makes of events and of all that rests on them. */
describe('corrections', () => {
  let setting: CorrectionSetting;
  let world: UsageWorld;
  let corrections: CorrectionWorld;
  beforeAll(async () => {
    setting = await CorrectionSetting.start(NOW);
  });
  afterAll(() => setting.stop());

  beforeEach(async () => {
    ({ world, corrections } = await setting.addOrganization());
    await addBilledUsage(world);
  });
  // What is done need not be verified again with every case.
  afterEach(() => forgetBilledUsage(world));

  const verified = async (): Promise<void> => expect(await setting.differencesOf(world)).toEqual([]);

  it('amends an event: usage and statement follow, and say what changed', async () => {
    await world.use([event('a', '2026-11-20T10:00:00Z', 100), event('b', '2026-11-20T10:01:00Z', 7)]);
    expect(await totalOf(world)).toBe('3.07');
    const done = await corrections.apply('amend', { event: named('a'), replacement: { data: { bytes: 250 } } });
    expect(done).toMatchObject({ status: 'applied', voidedEvents: 1, addedEvents: 1, failure: null });
    expect(done.impact).toMatchObject({
      isComplete: true,
      statements: [
        {
          periodFrom: '2026-11-01T00:00:00.000Z',
          isClosed: false,
          totalBefore: '3.07',
          totalAfter: '4.57',
          metrics: [{ metric: 'bytes', unitsBefore: '107', unitsAfter: '257', amountBefore: '1.07', amountAfter: '2.57' }],
        },
      ],
    });
    await verified();
    expect(await totalOf(world)).toBe('4.57');
  });

  it('moves an event to another time and another subject, and finds it by either name', async () => {
    await world.use([event('a', '2026-11-20T10:00:00Z', 100)]);
    await corrections.apply('amend', { event: named('a'), replacement: { subject: 'other', time: '2026-11-19T08:00:00.123456+01:00' } });
    expect(await corrections.usage()).toEqual(['bytes other 2026-11-19T07:00 100 (1)', 'calls other 2026-11-19T07:00 0 (1)']);
    await verified();
    await corrections.apply('amend', { event: named('a'), replacement: { data: { bytes: 1 } } });
    await corrections.apply('amend', { event: named('a', 'other'), replacement: { data: { bytes: 2 } } });
    expect(await corrections.usage()).toEqual(['bytes other 2026-11-19T07:00 2 (1)', 'calls other 2026-11-19T07:00 0 (1)']);
    const times: unknown[] = await world.owner.query(
      `SELECT occurred_at::text FROM event WHERE organization_id = $1 AND voided_by IS NULL`,
      [world.organizationId],
    );
    expect(times).toEqual([{ occurred_at: '2026-11-19 07:00:00.123456+00' }]);
    await verified();
  });

  it('voids an event, and leaves no bucket behind', async () => {
    await world.use([event('a', '2026-11-20T10:00:00Z', 100)]);
    await corrections.apply('void', { event: named('a') });
    expect(await corrections.usage()).toEqual([]);
    await verified();
    expect(await totalOf(world)).toBe('0');
  });

  it('keeps what was sent: a resend is a duplicate, of the voided, the amended and the given event', async () => {
    const log = new EventLog(await setting.database.connect('ingest'));
    const sent = (id: string, bytes: number): Parameters<EventLog['append']>[0][number] => ({
      organizationId: world.organizationId,
      event: {
        id,
        source: '/t',
        type: 'api.request',
        subject: 'acme',
        time: '2026-11-20T10:00:00.000000Z',
        dataJson: JSON.stringify({ bytes }),
      },
    });
    await log.append([sent('a', 1), sent('b', 2)], [], NOW);
    await world.settle();
    await corrections.apply('void', { event: named('a') });
    await corrections.apply('amend', { event: named('b'), replacement: { data: { bytes: 3 } } });
    await corrections.apply('backfill', {
      window: { from: '2026-11-20T11:00:00Z', to: '2026-11-20T12:00:00Z' },
      subjects: ['acme'],
      events: [{ ...named('c'), type: 'api.request', time: '2026-11-20T11:30:00Z', data: { bytes: 9 } }],
    });
    const given = { ...sent('c', 9), event: { ...sent('c', 9).event, time: '2026-11-20T11:30:00.000000Z' } };
    const verdicts = await log.append([sent('a', 1), sent('b', 2), sent('b', 3), given], [], NOW);
    expect(verdicts.map((one) => one.verdict)).toEqual(['duplicate', 'duplicate', 'conflict', 'duplicate']);
    await world.settle();
    expect(await corrections.usage()).toEqual([
      'bytes acme 2026-11-20T10:00 3 (1)',
      'bytes acme 2026-11-20T11:30 9 (1)',
      'calls acme 2026-11-20T10:00 0 (1)',
      'calls acme 2026-11-20T11:30 0 (1)',
    ]);
    await verified();
  });

  it('corrects an event that is not folded yet', async () => {
    await world.send([event('a', '2026-11-20T10:00:00Z', 100), event('b', '2026-11-20T10:00:00Z', 1)]);
    await corrections.apply('amend', { event: named('a'), replacement: { data: { bytes: 5 } } });
    expect(await corrections.usage()).toEqual(['bytes acme 2026-11-20T10:00 5 (1)', 'calls acme 2026-11-20T10:00 0 (1)']);
    await verified();
    expect(await corrections.usage()).toEqual(['bytes acme 2026-11-20T10:00 6 (2)', 'calls acme 2026-11-20T10:00 0 (2)']);
  });

  it('replaces the events of a window, of the subjects and types named, ends half-open', async () => {
    await world.use([
      event('before', '2026-11-20T09:59:59.999999Z', 1),
      event('first', '2026-11-20T10:00:00Z', 2),
      event('last', '2026-11-20T10:59:59.999999Z', 4),
      event('after', '2026-11-20T11:00:00Z', 8),
      event('others', '2026-11-20T10:30:00Z', 16, 'other'),
      { ...event('type', '2026-11-20T10:30:00Z', 32), type: 'other.type' },
    ]);
    const done = await corrections.apply('backfill', {
      window: { from: '2026-11-20T10:00:00Z', to: '2026-11-20T11:00:00Z' },
      subjects: ['acme'],
      types: ['api.request'],
      events: [
        { ...named('first'), type: 'api.request', time: '2026-11-20T10:20:00Z', data: { bytes: 100 } },
        { ...named('new'), type: 'api.request', time: '2026-11-20T10:20:00Z', data: null },
      ],
    });
    expect(done).toMatchObject({ status: 'applied', voidedEvents: 2, addedEvents: 2 });
    const rows: { event_id: string }[] = await world.owner.query(
      'SELECT event_id FROM event WHERE organization_id = $1 AND voided_by IS NULL ORDER BY event_id',
      [world.organizationId],
    );
    expect(rows.map((row) => row.event_id)).toEqual(['after', 'before', 'first', 'new', 'others', 'type']);
    await verified();
  });

  it('keeps every digit of what is given', async () => {
    const digits = '123456789012345678901.12345678901234567891';
    await corrections.apply(
      'backfill',
      `{"window":{"from":"2026-11-20T00:00:00Z","to":"2026-11-21T00:00:00Z"},"types":["api.request"],"events":
      [{"subject":"acme","source":"/t","id":"d","type":"api.request","time":"2026-11-20T10:00:00Z","data":{"bytes":${digits}}}]}`,
    );
    expect(await corrections.usage()).toEqual([`bytes acme 2026-11-20T10:00 ${digits} (1)`, 'calls acme 2026-11-20T10:00 0 (1)']);
    await verified();
  });

  it('refuses, with the reason, and changes nothing', async () => {
    await world.use([event('a', '2026-11-20T10:00:00Z', 100), event('outside', '2026-11-18T10:00:00Z', 1)]);
    const first = await corrections.apply('void', { event: named('a') });
    const before = await corrections.buckets();
    const day = { from: '2026-11-20T00:00:00Z', to: '2026-11-21T00:00:00Z' };
    const given = (name: object): object => ({ ...name, type: 'api.request', time: '2026-11-20T10:00:00Z', data: {} });
    const refused: [string, object][] = [
      ['event_not_found', { kind: 'void', event: named('nobody') }],
      ['event_voided', { kind: 'void', event: named('a') }],
      ['event_voided', { kind: 'amend', event: named('a'), replacement: { data: {} } }],
      ['changes_nothing', { kind: 'amend', event: named('outside'), replacement: { data: { bytes: 1 } } }],
      [
        'changes_nothing',
        { kind: 'backfill', window: { from: '2026-10-01T00:00:00Z', to: '2026-10-02T00:00:00Z' }, subjects: ['acme'], events: [] },
      ],
      ['event_exists', { kind: 'backfill', window: day, subjects: ['acme'], events: [given(named('outside'))] }],
      ['not_storable', { kind: 'amend', event: named('outside'), replacement: { time: '2031-01-01T00:00:00Z' } }],
    ];
    for (const [code, { kind, ...request }] of refused as [string, { kind: 'void' }][]) {
      const row = await corrections.apply(kind, request);
      expect([row.status, row.failure?.code]).toEqual(['failed', code]);
      if (code === 'event_voided') expect(row.failure?.correctionId).toBe(first.id);
    }
    expect(await corrections.buckets()).toEqual(before);
    expect(await world.owner.query(`SELECT count(*) FROM correction_event WHERE organization_id = $1`, [world.organizationId])).toEqual([
      { count: '1' },
    ]);
    await verified();
  });

  it('refuses to move an event onto one that is another', async () => {
    await world.use([event('a', '2026-11-20T10:00:00Z', 1), event('a', '2026-11-20T10:00:00Z', 1, 'other')]);
    const row = await corrections.apply('amend', { event: named('a'), replacement: { subject: 'other' } });
    expect(row.failure?.code).toBe('event_exists');
  });

  it('moves an event there and back', async () => {
    await world.use([event('a', '2026-11-20T10:00:00Z', 1)]);
    const before = await corrections.usage();
    await corrections.apply('amend', { event: named('a'), replacement: { subject: 'other' } });
    expect((await corrections.apply('amend', { event: named('a', 'other'), replacement: { subject: 'acme' } })).status).toBe('applied');
    expect(await corrections.usage()).toEqual(before);
    await verified();
  });

  it('is kept apart by organization', async () => {
    await world.use([event('a', '2026-11-20T10:00:00Z', 100)]);
    const stranger = await UsageWorld.create(setting.database, NOW);
    const theirs = setting.correctionsOf(stranger);
    expect((await theirs.apply('void', { event: named('a') })).failure?.code).toBe('event_not_found');
    const mine = await corrections.apply('void', { event: named('a') });
    expect(await theirs.repository.find(stranger.organizationId, mine.id)).toBeNull();
    const backfill = { window: { from: '2026-01-01T00:00:00Z', to: '2027-01-01T00:00:00Z' }, types: ['api.request'], events: [] };
    expect((await theirs.apply('backfill', backfill)).failure?.code).toBe('changes_nothing');
  });

  it('takes an event that is out out of the request history too', async () => {
    await world.use([event('a', '2026-11-20T10:00:00Z', 100), event('b', '2026-11-20T10:00:00Z', 1)]);
    const history = async (): Promise<unknown[]> => {
      const query = { subjects: ['acme'], type: 'api.request', exceptPaths: [], before: null, limit: 10, maxBytes: 1_000 };
      const found = await inOrganization(setting.connections.api, world.organizationId, (manager) =>
        readRequestHistory(manager, { ...query, organizationId: world.organizationId }),
      );
      return found.map((request) => request.data);
    };
    const done = await corrections.apply('void', { event: named('a') });
    expect(await history()).toEqual([{ bytes: 1 }]);
    await corrections.revert(done.id);
    expect(await history()).toHaveLength(2);
  });

  it('has the back-fill of a new meter start over', async () => {
    await world.use([event('a', '2026-11-20T10:00:00Z', 100)]);
    const id = await world.addMeter('fresh', { aggregation: 'sum', valueProperty: '$.bytes' });
    await corrections.apply('amend', { event: named('a'), replacement: { data: { bytes: 1 } } });
    expect(await setting.connections.owner.query('SELECT fold_attempt FROM meter WHERE id = $1', [id])).toEqual([{ fold_attempt: 1 }]);
    await verified();
    expect(await corrections.usage()).toContain('fresh acme 2026-11-20T10:00 1 (1)');
  });
});
