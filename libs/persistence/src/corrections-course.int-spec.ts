import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { UsageWorld } from '@tallymark/testing';
import {
  CorrectionSetting,
  type CorrectionWorld,
  addBilledUsage,
  eventOf as event,
  forgetBilledUsage,
  named,
  totalOf,
} from '../test/correction-world.js';
import { foldPendingCommits } from './fold.js';
import { dropOldPartitions } from './provisioning.js';

const NOW = new Date('2026-11-21T12:00:00Z');

/** How a correction is tried, made and taken back, beside others and beside the fold, and what it says of statements. */
describe('the course of a correction', () => {
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

  it('takes back a correction of an event that is still not folded', async () => {
    await world.send([event('a', '2026-11-20T10:00:00Z', 100)]);
    const done = await corrections.apply('void', { event: named('a') });
    await corrections.revert(done.id);
    expect(await corrections.usage()).toEqual([]);
    await verified();
    expect(await corrections.usage()).toEqual(['bytes acme 2026-11-20T10:00 100 (1)', 'calls acme 2026-11-20T10:00 0 (1)']);
  });

  it('tries without effect, and then applies what it tried', async () => {
    await world.use([event('a', '2026-11-20T10:00:00Z', 100)]);
    const before = await corrections.buckets();
    const tried = await corrections.perform(
      await corrections.ask('amend', { event: named('a'), replacement: { data: { bytes: 1 } } }, 'dry_run'),
    );
    expect(tried).toMatchObject({ status: 'proposed', appliedAt: null, voidedEvents: 1, addedEvents: 1 });
    expect(tried.impact?.statements).toMatchObject([{ totalBefore: '2', totalAfter: '1.01' }]);
    expect(await corrections.buckets()).toEqual(before);
    expect(await world.owner.query('SELECT FROM statement_queue')).toEqual([]);
    const applied = await corrections.again(tried.id, 'apply');
    expect(applied).toMatchObject({ status: 'applied', impact: tried.impact });
    await verified();
    expect(await totalOf(world)).toBe('1.01');
  });

  it('does not apply what was tried on other events', async () => {
    await world.use([event('a', '2026-11-20T10:00:00Z', 100)]);
    const request = { window: { from: '2026-11-20T00:00:00Z', to: '2026-11-21T00:00:00Z' }, subjects: ['acme'], events: [] };
    const tried = await corrections.perform(await corrections.ask('backfill', request, 'dry_run'));
    await world.use([event('late', '2026-11-20T11:00:00Z', 1)]);
    expect(await corrections.again(tried.id, 'apply')).toMatchObject({ status: 'proposed', failure: { code: 'outdated' } });
    expect(await corrections.again(tried.id, 'dry_run')).toMatchObject({ status: 'proposed', voidedEvents: 2, failure: null });
    expect(await corrections.again(tried.id, 'apply')).toMatchObject({ status: 'applied', voidedEvents: 2 });
    await verified();
  });

  it('makes two corrections of one event one after the other', async () => {
    await world.use([event('a', '2026-11-20T10:00:00Z', 100)]);
    const ids = [
      await corrections.ask('amend', { event: named('a'), replacement: { data: { bytes: 1 } } }, 'apply'),
      await corrections.ask('amend', { event: named('a'), replacement: { data: { bytes: 2 } } }, 'apply'),
      await corrections.ask('void', { event: named('a') }, 'apply'),
      await corrections.ask('void', { event: named('a') }, 'apply'),
    ];
    await Promise.all([corrections.performNext(), corrections.performNext(), corrections.performNext(), corrections.performNext()]);
    const rows = await Promise.all(ids.map((id) => corrections.find(id)));
    expect(rows.map((row) => row.status).sort()).toEqual(expect.arrayContaining(['applied', 'failed']));
    expect(
      rows
        .filter((row) => row.kind === 'void')
        .map((row) => row.status)
        .sort(),
    ).toEqual(['applied', 'failed']);
    expect(await corrections.usage()).toEqual([]);
    await verified();
  });

  it('takes back the later correction first, and names it', async () => {
    await world.use([event('a', '2026-11-20T10:00:00Z', 100)]);
    const before = await corrections.buckets();
    const first = await corrections.apply('amend', { event: named('a'), replacement: { data: { bytes: 1 } } });
    const second = await corrections.apply('amend', { event: named('a'), replacement: { data: { bytes: 2 } } });
    expect(await corrections.revert(first.id)).toMatchObject({
      status: 'applied',
      failure: { code: 'corrected_since', correctionId: second.id },
    });
    expect(await corrections.revert(second.id)).toMatchObject({ status: 'reverted', failure: null });
    expect(await corrections.usage()).toContain('bytes acme 2026-11-20T10:00 1 (1)');
    const reverted = await corrections.revert(first.id);
    expect(reverted).toMatchObject({ status: 'reverted', failure: null });
    expect(await corrections.revert(first.id)).toMatchObject({ status: 'reverted', revertedAt: reverted.revertedAt, failure: null });
    expect(await corrections.buckets()).toEqual(before);
    await verified();
  });

  it('does not take back a void once the event was given anew', async () => {
    await world.use([event('a', '2026-11-20T10:00:00Z', 100)]);
    const voided = await corrections.apply('void', { event: named('a') });
    const given = await corrections.apply('backfill', {
      window: { from: '2026-11-20T00:00:00Z', to: '2026-11-21T00:00:00Z' },
      subjects: ['acme'],
      events: [{ ...named('a'), type: 'api.request', time: '2026-11-20T11:00:00Z', data: { bytes: 1 } }],
    });
    expect(await corrections.revert(voided.id)).toMatchObject({
      status: 'applied',
      failure: { code: 'corrected_since', correctionId: given.id },
    });
    await corrections.revert(given.id);
    expect(await corrections.revert(voided.id)).toMatchObject({ status: 'reverted' });
    await verified();
  });

  it('does not take back what is past retention, and forgets the events of it', async () => {
    await world.use([event('old', '2025-11-20T10:00:00Z', 100), event('new', '2026-11-20T10:00:00Z', 100)]);
    const done = await corrections.apply('backfill', {
      window: { from: '2025-11-01T00:00:00Z', to: '2026-12-01T00:00:00Z' },
      subjects: ['acme'],
      events: [{ ...named('x'), type: 'api.request', time: '2025-11-20T10:00:00Z', data: { bytes: 1 } }],
    });
    const old = await corrections.apply('void', { event: named('x') });
    await dropOldPartitions(setting.connections.calc, NOW, 6);
    expect(await corrections.revert(old.id)).toMatchObject({ status: 'applied', failure: { code: 'past_retention' } });
    expect(await corrections.revert(done.id)).toMatchObject({ status: 'applied', failure: { code: 'past_retention' } });
    expect(await world.owner.query(`SELECT count(*) FROM correction_event WHERE organization_id = $1`, [world.organizationId])).toEqual([
      { count: '1' },
    ]);
    await verified();
  });

  it('lets usage-api write what is asked for, and nothing of what became of it', async () => {
    const { api, calc } = setting.connections;
    await world.use([event('a', '2026-11-20T10:00:00Z', 100)]);
    const { id } = await corrections.apply('void', { event: named('a') });
    await expect(api.query(`UPDATE correction SET status = 'applied' WHERE id = $1`, [id])).rejects.toThrow('permission denied');
    await expect(api.query(`UPDATE correction SET reason = 'none' WHERE id = $1`, [id])).rejects.toThrow('permission denied');
    await expect(api.query('DELETE FROM correction')).rejects.toThrow('permission denied');
    await expect(api.query('DELETE FROM correction_event')).rejects.toThrow('permission denied');
    await expect(calc.query(`UPDATE event SET data = '{}'`)).rejects.toThrow('permission denied');
    await expect(calc.query('DELETE FROM event')).rejects.toThrow('permission denied');
  });

  it('is not tried for ever when it fails for a fault of ours, and those behind it are made', async () => {
    await world.use([event('a', '2026-11-20T10:00:00Z', 100)]);
    const broken = await corrections.ask('backfill', { window: null, events: null }, 'apply');
    const next = await corrections.ask('void', { event: named('a') }, 'apply');
    expect(await corrections.perform(broken)).toMatchObject({ status: 'failed', failure: { code: 'internal' } });
    expect(await corrections.perform(next)).toMatchObject({ status: 'applied', failure: null });
  });

  it('waits for folds, and folds wait for it', async () => {
    await world.use([event('a', '2026-11-20T10:00:00Z', 100)]);
    await world.send(Array.from({ length: 50 }, (_, index) => event(`n${index}`, '2026-11-20T10:00:00Z', 1)));
    const id = await corrections.ask('void', { event: named('a') }, 'apply');
    await Promise.all([
      foldPendingCommits(setting.connections.calc),
      corrections.performNext(),
      foldPendingCommits(setting.connections.calc),
    ]);
    expect((await corrections.find(id)).status).toBe('applied');
    await verified();
    expect(await corrections.usage()).toEqual(['bytes acme 2026-11-20T10:00 50 (50)', 'calls acme 2026-11-20T10:00 0 (50)']);
  });

  it('says which statements are closed, and stay as they are', async () => {
    await world.use([event('a', '2026-11-20T10:00:00Z', 100), event('b', '2026-12-01T10:00:00Z', 5)]);
    await world.passTime('2026-12-05T00:00:00Z');
    // The first round may find that earlier months lack their statements, which come first.
    await world.passTime('2026-12-06T00:00:00Z');
    const done = await corrections.apply('backfill', {
      window: { from: '2026-11-20T00:00:00Z', to: '2026-12-02T00:00:00Z' },
      subjects: ['acme'],
      events: [],
    });
    expect(done.impact?.statements).toMatchObject([
      { periodFrom: '2026-11-01T00:00:00.000Z', isClosed: true, totalBefore: '2', totalAfter: '0' },
      { periodFrom: '2026-12-01T00:00:00.000Z', isClosed: false, totalBefore: '1.05', totalAfter: '0' },
    ]);
    await verified();
  });

  it('says what of the difference the minimum commitment takes up', async () => {
    const customerId = await world.addCustomer('committed');
    const charges = [{ metric: 'bytes', price: { model: 'standard', unitAmount: '1' } }] as const;
    await world.subscribe({ customerId, charges, minimumCommitment: '25', startedAt: '2026-11-01T00:00:00Z' });
    await world.use([event('a', '2026-11-20T10:00:00Z', 20, 'committed'), event('b', '2026-11-20T10:00:00Z', 15, 'committed')]);
    const done = await corrections.apply('void', { event: named('a', 'committed') });
    const metrics = [
      { metric: 'bytes', unitsBefore: '35', unitsAfter: '15', amountBefore: '35', amountAfter: '15' },
      { metric: null, name: 'Minimum commitment', amountBefore: '0', amountAfter: '10' },
    ];
    expect(done.impact?.statements).toMatchObject([{ totalBefore: '35', totalAfter: '25', metrics }]);
    await verified();
  });

  it.each([
    { what: 'rounds otherwise', change: `UPDATE meter SET rounding = '{"function":"ceil","precision":-3}'` },
    { what: 'is replaced by one that counts other things', change: 'UPDATE meter SET deleted_at = now()', aggregation: 'max' as const },
  ])('prices closed statements as they closed, where a meter $what since', async ({ change, aggregation }) => {
    await world.use([event('a', '2026-11-20T10:00:00Z', 100), event('b', '2026-11-20T11:00:00Z', 50)]);
    await world.passTime('2026-12-05T00:00:00Z');
    // The first round may find that earlier months lack their statements, which come first.
    await world.passTime('2026-12-06T00:00:00Z');
    await world.owner.query(`${change} WHERE organization_id = $1 AND code = 'bytes'`, [world.organizationId]);
    if (aggregation !== undefined) await world.addMeter('bytes', { aggregation, valueProperty: '$.bytes' });
    const tried = await corrections.perform(await corrections.ask('void', { event: named('a') }, 'dry_run'));
    const impact = [
      { isClosed: true, totalBefore: '3.5', totalAfter: '1.5', metrics: [{ metric: 'calls' }, { unitsBefore: '150', unitsAfter: '50' }] },
    ];
    expect(tried).toMatchObject({ appliedAt: null, impact: { statements: impact } });
    expect(await corrections.again(tried.id, 'apply')).toMatchObject({ status: 'applied', impact: tried.impact });
    await verified();
  });
});
