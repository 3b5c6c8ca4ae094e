import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type TestDatabase, UsageWorld, startTestDatabase } from '@tallymark/testing';
import fc from 'fast-check';
import type { DataSource } from 'typeorm';
import { CorrectionWorld } from '../test/correction-world.js';
import { type LogProof, logStandsRead } from './log-state.js';
import { readBatch } from './read-batch.js';
import { type ProvenRequestPage, provenRequestPageRead } from './request-page.js';

const NOW = new Date('2026-11-21T12:00:00Z');
const START = Date.UTC(2026, 8, 15);
const DAY_MS = 86_400_000;
const MOST_BYTES = 65_536;
/** With the 32 beyond them, pages of the longest histories here are full. */
const LIMITS = [1, 5, 100];

const time = fc.integer({ min: 0, max: 60 }).map((days) => new Date(START + days * DAY_MS).toISOString().replace('Z', '000Z'));
const subject = fc.constantFrom('a', 'b');
const type = fc.constantFrom('api.request', 'api.request', 'page.viewed');
const data = fc.nat({ max: 3 }).map((n) => ({ path: `/${n}` }));
/** Few enough that the same ones are corrected again and again. */
const named = fc.nat({ max: 4 });
const step = fc.oneof(
  fc.record({
    kind: fc.constant('send' as const),
    events: fc.array(fc.record({ subject, type, time, data }), { minLength: 1, maxLength: 12 }),
  }),
  fc.record({ kind: fc.constant('void' as const), event: named }),
  fc.record({
    kind: fc.constant('amend' as const),
    event: named,
    replacement: fc.record({ subject, type, time, data }, { requiredKeys: ['data'] }),
  }),
  fc.record({ kind: fc.constant('backfill' as const), from: time, event: fc.record({ subject, type, data }), again: named }),
  fc.record({ kind: fc.constant('revert' as const), correction: fc.nat({ max: 5 }) }),
  fc.record({ kind: fc.constant('nothing' as const) }),
);

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

describe('the state of a subject’s log', () => {
  let database: TestDatabase;
  let api: DataSource;
  let world: UsageWorld;
  let corrections: CorrectionWorld;

  beforeAll(async () => {
    database = await startTestDatabase({ now: NOW });
    api = await database.connect('api');
  }, 60_000);
  afterAll(() => database.stop());

  const startWorld = async (): Promise<void> => {
    world = await UsageWorld.create(database, NOW);
    corrections = new CorrectionWorld({ owner: world.owner, api, calc: await database.connect('calc') }, world.organizationId, NOW);
  };
  const queryOf = (ofSubject: string, limit: number) => ({
    organizationId: world.organizationId,
    subjects: [ofSubject],
    type: 'api.request',
    exceptPaths: ['/3'],
    before: null,
    limit,
    maxBytes: 1_000_000,
  });
  const pageOf = async (ofSubject: string, limit: number): Promise<ProvenRequestPage> => {
    const [page] = await readBatch<[ProvenRequestPage | null]>(api, world.organizationId, [
      provenRequestPageRead(queryOf(ofSubject, limit), MOST_BYTES)!,
    ]);
    return page!;
  };
  const stands = async (ofSubject: string, proof: LogProof, organizationId = world.organizationId): Promise<boolean> => {
    const [answer] = await readBatch<[boolean]>(api, organizationId, [logStandsRead(ofSubject, proof)]);
    return answer;
  };
  const stateOf = async (ofSubject: string, from = '-infinity', organizationId = world.organizationId): Promise<string | null> => {
    const [state] = await readBatch<[string | null]>(api, organizationId, [
      {
        statement: { name: 'state_in_test', sql: 'SELECT log_state($1, $2::timestamptz) AS state' },
        values: [ofSubject, from],
        answer: ([row]: readonly { readonly state: string | null }[]) => row!.state,
      },
    ]);
    return state;
  };

  it('changes with whatever changes a page', async () => {
    await startWorld();
    let run = 0;
    const corrected: Record<string, number> = {};
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 6, maxLength: 12, size: 'max' }), async (steps) => {
        run += 1;
        const of = (one: string): string => `${one}-${run}`;
        const name = (nth: number, one: string) => ({ subject: of(one), source: '/t', id: `e${nth}` });
        const pages = ['a', 'b'].flatMap((one) =>
          LIMITS.map((limit) => ({ subject: of(one), limit, page: undefined as ProvenRequestPage | undefined })),
        );
        const owners: string[] = [];
        const applied: string[] = [];
        const take = async (asked: Step): Promise<void> => {
          if (asked.kind === 'nothing') return;
          if (asked.kind === 'send') {
            await world.send(asked.events.map((event) => ({ ...event, ...name(owners.push(event.subject) - 1, event.subject) })));
            return;
          }
          if (asked.kind === 'revert') {
            const id = applied[asked.correction];
            if (id !== undefined) await corrections.revert(id);
            return;
          }
          const { id, status } = await corrections.apply(asked.kind, requestOf(asked));
          corrected[status] = (corrected[status] ?? 0) + 1;
          applied.push(id);
        };
        const requestOf = (asked: Extract<Step, { kind: 'void' | 'amend' | 'backfill' }>): object => {
          if (asked.kind === 'void') return { event: name(asked.event, owners[asked.event] ?? 'a') };
          if (asked.kind === 'amend') {
            const { subject: moved, ...replacement } = asked.replacement;
            return {
              event: name(asked.event, owners[asked.event] ?? 'a'),
              replacement: { ...replacement, ...(moved === undefined ? {} : { subject: of(moved) }) },
            };
          }
          const from = new Date(asked.from);
          const event = { ...asked.event, ...name(asked.again, asked.event.subject), time: from.toISOString() };
          return {
            window: { from: from.toISOString(), to: new Date(from.getTime() + 7 * DAY_MS).toISOString() },
            subjects: [of('a'), of('b')],
            events: [event],
          };
        };
        for (const asked of steps) {
          await take(asked);
          for (const kept of pages) {
            const { page } = kept;
            const isProven = page?.proof ? await stands(kept.subject, page.proof) : false;
            kept.page = await pageOf(kept.subject, kept.limit);
            if (isProven) expect(kept.page).toEqual(page);
            else expect(page !== undefined && asked.kind === 'nothing').toBe(false);
          }
        }
      }),
      { numRuns: 30 },
    );
    expect(corrected['applied']).toBeGreaterThan(10);
  }, 120_000);

  it('changes with an event put in that has no identity of its own, since its name is taken', async () => {
    await startWorld();
    const name = { subject: 'a', source: '/t', id: 'e' };
    const event = { ...name, type: 'api.request', time: '2026-11-20T10:00:00Z', data: { path: '/0' } };
    await world.send([event]);
    await corrections.apply('void', { event: name });
    const voided = (await pageOf('a', 100)).proof!;
    const window = { from: '2026-11-20T00:00:00Z', to: '2026-11-21T00:00:00Z' };
    await corrections.apply('backfill', { window, subjects: ['a'], events: [event] });
    expect((await pageOf('a', 100)).requests).toHaveLength(1);
    expect(await stands('a', voided)).toBe(false);

    const { id } = await corrections.apply('amend', { event: name, replacement: { subject: 'b' } });
    await corrections.revert(id);
    const reverted = (await pageOf('b', 100)).proof!;
    await corrections.apply('amend', { event: name, replacement: { subject: 'b' } });
    expect((await pageOf('b', 100)).requests).toHaveLength(1);
    expect(await stands('b', reverted)).toBe(false);
  });

  it('is that of the subject whose name it is, whatever it is written with', async () => {
    await startWorld();
    const subjects = ['a', 'ä', '日本', '😀', 'a😀ä𝒳', '👩‍👩‍👧 7:x', "it's \\ %", 'x'.repeat(128)];
    await world.send(subjects.map((one) => ({ subject: one, time: '2026-11-20T10:00:00Z' })));
    for (const one of subjects) expect(await stateOf(one)).toMatch(/^1 -?\d+$/);
    expect(new Set(await Promise.all(subjects.map((one) => stateOf(one)))).size).toBe(subjects.length);
    expect(await stateOf('nobody')).toBe('0');
  });

  it('tells nothing of another organization’s events', async () => {
    await startWorld();
    await world.send([{ subject: 'a', time: '2026-11-20T10:00:00Z' }]);
    const { proof } = await pageOf('a', 100);
    const stranger = await UsageWorld.create(database, NOW);
    expect(await stateOf('a', '-infinity', stranger.organizationId)).toBe('0');
    expect([await stands('a', proof!), await stands('a', proof!, stranger.organizationId)]).toEqual([true, false]);
    await stranger.send([{ subject: 'a', time: '2026-11-20T10:00:00Z' }]);
    expect(await stands('a', proof!)).toBe(true);
  });

  it('is told of the events since the oldest of a full page, and of all where the page goes back to the first', async () => {
    await startWorld();
    await world.send(
      Array.from({ length: 40 }, (_, n) => ({ subject: 'a', time: new Date(START + n * DAY_MS).toISOString(), data: { path: '/0' } })),
    );
    const [full, whole] = [(await pageOf('a', 2)).proof!, (await pageOf('a', 30)).proof!];
    expect([full.from.slice(0, 10), whole.from]).toEqual([new Date(START + 6 * DAY_MS).toISOString().slice(0, 10), '-infinity']);
    await world.send([{ subject: 'a', time: new Date(START + 5 * DAY_MS).toISOString() }]);
    expect([await stands('a', full), await stands('a', whole)]).toEqual([true, false]);
    await world.send([{ subject: 'a', time: new Date(START + 6 * DAY_MS).toISOString() }]);
    expect(await stands('a', full)).toBe(false);
  });

  it('is not told of too many events, nor for a page of too many bytes', async () => {
    await startWorld();
    const many = (count: number, type: string) =>
      Array.from({ length: count }, () => ({ subject: 'a', time: '2026-11-20T10:00:00Z', type }));
    await world.send(many(2_048, 'page.viewed'));
    expect(await stateOf('a')).toMatch(/^2048 /);
    expect(await stateOf('a', '2026-11-20T00:00:00Z')).toMatch(/^2048 /);
    await world.send([{ subject: 'a', time: '2026-11-20T09:00:00Z', data: { path: '/0' } }]);
    expect([await stateOf('a'), await stateOf('a', '2026-11-20T00:00:00Z')]).toEqual([null, null]);
    expect(await pageOf('a', 100)).toMatchObject({ requests: [{ data: { path: '/0' } }], proof: null });
    await world.send([{ subject: 'b', time: '2026-11-20T09:00:00Z', data: { path: '/1', text: 'x'.repeat(MOST_BYTES - 26) } }]);
    expect((await pageOf('b', 100)).proof).not.toBeNull();
    await world.send([{ subject: 'b', time: '2026-11-20T09:00:00Z', data: {} }]);
    expect(await pageOf('b', 100)).toMatchObject({ requests: [{}, {}], proof: null });
  });

  it.each([
    ['data written by hand', `UPDATE event SET data = '{}' WHERE organization_id = $1`],
    ['an event deleted by hand', `DELETE FROM event WHERE organization_id = $1 AND data ->> 'path' = '/0'`],
    ['the log emptied', `TRUNCATE event`],
    ['a month dropped', `SELECT drop_month_partitions('2026-10-01') WHERE $1::uuid IS NOT NULL`],
  ])('changes with %s', async (_name, sql) => {
    await startWorld();
    const at = (day: string, path: string) => ({ subject: 'a', time: `${day}T10:00:00Z`, data: { path } });
    await world.send([at('2026-09-20', '/0'), at('2026-11-20', '/1')]);
    const { proof } = await pageOf('a', 100);
    expect(await stands('a', proof!)).toBe(true);
    await world.owner.query(sql, sql.includes('$1') ? [world.organizationId] : []);
    expect(await stands('a', proof!)).toBe(false);
  });

  it('changes when an event that a correction moved goes with its month, while its name stays known', async () => {
    await startWorld();
    await world.owner.query(`SELECT ensure_month_partitions('2026-09-01', '2026-09-01')`);
    const name = { subject: 'a', source: '/t', id: 'e' };
    await world.send([{ ...name, type: 'api.request', time: '2026-11-20T10:00:00Z', data: { path: '/0' } }]);
    await corrections.apply('amend', { event: name, replacement: { time: '2026-09-20T10:00:00Z' } });
    const { proof, requests } = await pageOf('a', 100);
    expect(requests).toHaveLength(1);
    await world.owner.query(`SELECT drop_month_partitions('2026-10-01')`);
    expect((await pageOf('a', 100)).requests).toEqual([]);
    expect(await stands('a', proof!)).toBe(false);
  });
});
