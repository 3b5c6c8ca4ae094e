import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AGGREGATIONS, type UsageEvent } from '@tallymark/domain';
import { type TestDatabase, UsageWorld, startTestDatabase } from '@tallymark/testing';
import fc from 'fast-check';
import type { DataSource } from 'typeorm';
import { CorrectionWorld } from '../test/correction-world.js';
import { EventLog } from './event-log.js';
import { verifyBuckets } from './verification.js';

const NOW = new Date('2026-11-21T12:00:00Z');
const START = Date.UTC(2026, 10, 20, 10);
const MINUTE_MS = 60_000;
/** Stands for data while JSON is made around them: their numbers are no JavaScript ones. */
const MARK = '--data--';
const SUBJECTS = ['acme', 'other'];

/** Times that often tie, and buckets that are often shared. */
const minute = fc.integer({ min: 0, max: 40 });
const time = minute.map((minutes) => new Date(START + minutes * MINUTE_MS).toISOString().replace('Z', '000Z'));
/** Numbers of unlike scales, text that is one or is none, nothing. */
const value = fc.constantFrom('1', '1.5', '0.000000000000000000001', '-3.25', '99999999999999999999.5', '"2.50"', '"none"', 'null');
const data = fc
  .record({ v: value, who: fc.constantFrom('"u1"', '"u2"', '"u3"'), op: fc.constantFrom('"add"', '"remove"', '"odd"') })
  .map(({ v, who, op }) => `{"v":${v},"who":${who},"op":${op}}`);
const subject = fc.constantFrom(...SUBJECTS);
const type = fc.constantFrom('api.request', 'api.request', 'api.other');
const sent = fc.array(fc.record({ subject, type, time, dataJson: data }), { minLength: 1, maxLength: 25 });
const named = fc.nat({ max: 24 });
const correction = fc.oneof(
  fc.record({ kind: fc.constant('void' as const), event: named }),
  fc.record({
    kind: fc.constant('amend' as const),
    event: named,
    replacement: fc.record({ subject, type, time, data }, { requiredKeys: ['data'] }),
  }),
  fc.record({
    kind: fc.constant('backfill' as const),
    from: minute,
    length: fc.integer({ min: 1, max: 30 }),
    given: fc.array(fc.record({ subject, dataJson: data, part: fc.double({ min: 0, max: 0.999, noNaN: true }) }), { maxLength: 6 }),
    who: fc.subarray(SUBJECTS, { minLength: 1 }),
  }),
);

type Correction = typeof correction extends fc.Arbitrary<infer T> ? T : never;

describe('corrections and their reversal', () => {
  let database: TestDatabase;
  let calc: DataSource;
  let log: EventLog;
  let world: UsageWorld;
  let corrections: CorrectionWorld;
  beforeAll(async () => {
    database = await startTestDatabase({ now: NOW });
    calc = await database.connect('calc');
    log = new EventLog(await database.connect('ingest'));
    world = await UsageWorld.create(database, NOW);
    corrections = new CorrectionWorld({ owner: world.owner, api: await database.connect('api'), calc }, world.organizationId, NOW);
    await addMeters();
    await world.settle();
  });
  afterAll(() => database.stop());

  const addMeters = async (): Promise<void> => {
    for (const aggregation of AGGREGATIONS)
      await world.addMeter(aggregation, {
        aggregation,
        valueProperty: aggregation === 'count' ? null : aggregation === 'unique_count' ? '$.who' : '$.v',
        groupBy: aggregation === 'sum' ? { who: '$.who' } : {},
      });
    await world.addMeter('standing', { aggregation: 'unique_count', valueProperty: '$.who', recurring: true });
    await world.owner.query(`UPDATE meter SET operation_property = '$.op' WHERE code = 'standing' AND organization_id = $1`, [
      world.organizationId,
    ]);
    await world.owner.query(`UPDATE meter SET amount_property = '$.v' WHERE code = 'count' AND organization_id = $1`, [
      world.organizationId,
    ]);
  };

  /** Subjects of one run of the property: the runs share the organization, whose other buckets stay as they are. */
  const of = (run: number, subject: string): string => `${subject}-${run}`;

  const requestOf = (one: Correction, run: number, nth: number): string => {
    const name = (id: string, subject = 'acme'): object => ({ subject: of(run, subject), source: '/t', id });
    if (one.kind === 'void') return JSON.stringify({ event: name(`e${one.event}`) });
    if (one.kind === 'amend') {
      const { data: dataJson, subject: moved, ...others } = one.replacement;
      const replacement = JSON.stringify({ ...others, ...(moved === undefined ? {} : { subject: of(run, moved) }), data: MARK });
      return `{"event":${JSON.stringify(name(`e${one.event}`))},"replacement":${replacement.replace(`"${MARK}"`, dataJson)}}`;
    }
    const [from, lengthMs] = [START + one.from * MINUTE_MS, one.length * MINUTE_MS];
    const events = one.given.map((event, index) => {
      const time = new Date(from + Math.floor(event.part * lengthMs)).toISOString();
      return JSON.stringify({ ...name(`given-${nth}-${index}`, event.subject), type: 'api.request', time, data: MARK }).replace(
        `"${MARK}"`,
        event.dataJson,
      );
    });
    const window = { from: new Date(from).toISOString(), to: new Date(from + lengthMs).toISOString() };
    return `{"window":${JSON.stringify(window)},"subjects":${JSON.stringify(one.who.map((subject) => of(run, subject)))},"events":[${events.join(',')}]}`;
  };

  const append = (events: readonly UsageEvent[]): Promise<unknown> =>
    log.append(
      events.map((event) => ({ organizationId: world.organizationId, event })),
      [],
      NOW,
    );
  const expectVerified = async (): Promise<void> => {
    expect((await verifyBuckets(calc, () => undefined)).flatMap((result) => result.examples)).toEqual([]);
  };

  it('come to nothing, to the last digit of every bucket, however many are stacked', async () => {
    let run = 0;
    await fc.assert(
      fc.asyncProperty(sent, fc.array(correction, { minLength: 1, maxLength: 4 }), fc.nat({ max: 25 }), async (events, asked, folded) => {
        run += 1;
        // One in four is the other subject's, to be left alone by most corrections.
        const all = events.map((event, index) => ({
          ...event,
          id: `e${index}`,
          source: '/t',
          subject: of(run, index % 4 === 3 ? 'other' : 'acme'),
        }));
        await append(all.slice(0, folded));
        await world.settle();
        await append(all.slice(folded));

        const states = [await corrections.buckets()];
        const applied: string[] = [];
        for (const [nth, one] of asked.entries()) {
          const row = await corrections.apply(one.kind, requestOf(one, run, nth));
          if (row.status !== 'applied') continue;
          applied.push(row.id);
          states.push(await corrections.buckets());
          await expectVerified();
        }
        for (const id of applied.reverse()) {
          states.pop();
          expect(await corrections.revert(id)).toMatchObject({ status: 'reverted', failure: null });
          expect(await corrections.buckets()).toEqual(states.at(-1));
        }
        await world.settle();
        await expectVerified();
      }),
      { numRuns: 15 },
    );
  }, 120_000);

  it('leave to a bucket what came meanwhile', async () => {
    const event = (id: string, v: string): UsageEvent => ({
      id,
      source: '/t',
      subject: 'acme',
      type: 'api.request',
      time: '2026-11-20T10:00:00.000000Z',
      dataJson: `{"v":${v},"who":"${id}","op":"add"}`,
    });
    const usage = async (): Promise<string[]> => (await corrections.usage()).filter((text) => text.startsWith('max acme '));
    await append([event('a', '1.500000')]);
    await world.settle();
    const { id } = await corrections.apply('void', { event: { subject: 'acme', source: '/t', id: 'a' } });
    await append([event('b', '2.25')]);
    await world.settle();
    expect(await usage()).toEqual(['max acme 2026-11-20T10:00 2.25 (1)']);
    await corrections.revert(id);
    expect(await usage()).toEqual(['max acme 2026-11-20T10:00 3.75 (2)']);
    await expectVerified();
  });
});
