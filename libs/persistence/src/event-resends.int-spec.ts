import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { UsageEvent } from '@tallymark/domain';
import { type TestDatabase, startTestDatabase } from '@tallymark/testing';
import fc from 'fast-check';
import pg from 'pg';
import type { DataSource } from 'typeorm';
import { EventLog, type EventToRefuse } from './event-log.js';

const ORGANIZATION = '0192d3a0-0000-7000-8000-000000000001';
const NOW = new Date('2026-11-21T12:00:00Z');
const TIME = '2026-11-20T10:00:00.123456Z';

const base: UsageEvent = { id: 'e1', source: '/test', type: 'api.request', subject: 'acme', time: TIME, dataJson: '{"a":1,"b":2}' };

describe('events that are sent again', () => {
  let database: TestDatabase;
  let ingest: DataSource;
  let owner: DataSource;
  let admin: pg.Client;
  beforeAll(async () => {
    database = await startTestDatabase({ now: NOW });
    ingest = await database.connect('ingest');
    owner = await database.connect('owner');
    // Who sees what others wait for.
    admin = new pg.Client({ connectionString: database.adminUrl });
    await admin.connect();
  });
  afterAll(async () => {
    await admin.end();
    await database.stop();
  });

  let fresh = 0;
  /** New events, as many as make a commit large enough to be copied. */
  const others = (): UsageEvent[] => Array.from({ length: 10 }, () => ({ ...base, subject: 'others', id: `other-${fresh++}` }));
  const send = async (
    log: EventLog,
    events: readonly UsageEvent[],
    { organizationId = ORGANIZATION, refusals = [] as readonly EventToRefuse[] } = {},
  ): Promise<string[]> => {
    const results = await log.append(
      events.map((event) => ({ organizationId, event })),
      refusals,
      NOW,
    );
    return results.map(({ verdict, differs }) => [verdict, ...differs].join(' '));
  };
  /** In a commit that is copied. @returns its verdict, once in a commit that meets it unawares and once in one that looks it up first */
  const resend = async (event: UsageEvent): Promise<string[]> => {
    const log = new EventLog(ingest);
    return [(await send(log, [event, ...others()]))[0]!, (await send(log, [event, ...others()]))[0]!];
  };

  const cases: [string, Partial<UsageEvent>, string][] = [
    ['the same bytes', {}, 'duplicate'],
    ['members in another order', { dataJson: '{"b":2,"a":1}' }, 'duplicate'],
    ['a number written otherwise', { dataJson: '{"a":1.0,"b":2}' }, 'duplicate'],
    ['other data', { dataJson: '{"a":1,"b":3}' }, 'conflict data'],
    ['no data', { dataJson: null }, 'conflict data'],
    ['another type', { type: 'api.other' }, 'conflict type'],
    ['another time', { time: TIME.replace('456Z', '457Z') }, 'conflict time'],
    ['a time in another month', { time: '2026-09-20T10:00:00.123456Z' }, 'conflict time'],
    ['no time', { time: null }, 'conflict time'],
    ['everything else', { type: 'x', time: null, dataJson: null }, 'conflict type time data'],
  ];

  it.each(cases)('with %s are told by their content', async (name, change, verdict) => {
    const sent = { ...base, id: `kept ${name}` };
    expect((await send(new EventLog(ingest), [sent, ...others()]))[0]).toBe('stored');
    expect(await resend({ ...sent, ...change })).toEqual([verdict, verdict]);
  });

  it.each(cases)('with %s are told the same where no fingerprint is kept', async (name, change, verdict) => {
    const sent = { ...base, subject: 'from before', id: `before ${name}` };
    expect((await send(new EventLog(ingest), [sent, ...others()]))[0]).toBe('stored');
    await owner.query('UPDATE event_identity SET fingerprint = NULL WHERE fingerprint IS NOT NULL');
    expect(await resend({ ...sent, ...change })).toEqual([verdict, verdict]);
  });

  it('without a time are known however much later they come', async () => {
    const timeless = { ...base, id: 'timeless', time: null };
    const log = new EventLog(ingest);
    expect((await send(log, [timeless, ...others()]))[0]).toBe('stored');
    const later = await log.append(
      [timeless, ...others()].map((event) => ({ organizationId: ORGANIZATION, event })),
      [],
      new Date('2027-01-15T00:00:00Z'),
    );
    expect(later[0]).toEqual({ verdict: 'duplicate', differs: [] });
    expect((await resend({ ...timeless, time: TIME }))[0]).toBe('conflict time');
  });

  it('to the byte are known without a look at the event', async () => {
    const sent = { ...base, id: 'untouched' };
    await send(new EventLog(ingest), [sent, ...others()]);
    await owner.query(`UPDATE event SET data = '{}' WHERE event_id = 'untouched'`);
    expect(await resend(sent)).toEqual(['duplicate', 'duplicate']);
    expect(await resend({ ...sent, dataJson: '{ }' })).toEqual(['duplicate', 'duplicate']);
    await owner.query(`UPDATE event SET data = $1 WHERE event_id = 'untouched'`, [sent.dataJson]);
  });

  it.each([
    ['few', 0],
    ['many', 1],
  ])('are known behind other content of their identity in one commit of %s', async (name, times) => {
    const kept = { ...base, subject: `in doubt among ${name}` };
    const doubtful = [
      { ...kept, type: 'api.other' },
      kept,
      { ...kept, dataJson: '{"b":2,"a":1}' },
      { ...kept, dataJson: '{}' },
      { ...kept, type: 'api.other' },
    ];
    const among = (events: UsageEvent[]): UsageEvent[] => [...events, ...Array.from({ length: times }, others).flat()];
    const log = new EventLog(ingest);
    expect((await send(log, among([kept])))[0]).toBe('stored');
    const expected = ['conflict type', 'duplicate', 'duplicate', 'conflict data', 'conflict type'];
    expect((await send(log, among(doubtful))).slice(0, 5)).toEqual(expected);
    const records: unknown[] = await owner.query(
      `SELECT verdict, times FROM event_refusal WHERE organization_id = $1 AND subject = $2 ORDER BY position`,
      [ORGANIZATION, kept.subject],
    );
    expect(records).toEqual([
      { verdict: 'conflict', times: 2 },
      { verdict: 'duplicate', times: 1 },
      { verdict: 'duplicate', times: 1 },
      { verdict: 'conflict', times: 1 },
    ]);
  });

  it('to several writers at once are kept once, and told to all', async () => {
    const logs = Array.from({ length: 3 }, () => new EventLog(ingest));
    const events = Array.from({ length: 200 }, (_, n) => ({ ...base, subject: `s${n % 20}`, id: `several-${n}` }));
    const verdicts = await Promise.all(
      Array.from({ length: 12 }, (_, n) => send(logs[n % 3]!, n % 2 === 0 ? events.slice(n * 5) : [...events].reverse())),
    );
    expect(verdicts.flat().filter((verdict) => verdict === 'stored')).toHaveLength(200);
    expect(new Set(verdicts.flat())).toEqual(new Set(['stored', 'duplicate']));
    const [kept]: { events: string; identities: string }[] = await owner.query(
      `SELECT (SELECT count(*) FROM event WHERE event_id LIKE 'several-%') AS events,
        (SELECT count(*) FROM event_identity k JOIN event e USING (shard_key, occurred_at, identity) WHERE e.event_id LIKE 'several-%') AS identities`,
    );
    expect(kept).toEqual({ events: '200', identities: '200' });
  });

  it.each(['looks its identities up first', 'expects none to be known'])(
    'while another writer keeps them are found by one that %s',
    async (name) => {
      const contested = { ...base, id: `contested by one that ${name}` };
      const log = new EventLog(ingest);
      if (name.startsWith('looks')) {
        const known = [{ ...base, id: 'known' }, ...others()];
        for (let times = 0; times < 2; times++) await send(log, known);
      }
      await send(new EventLog(ingest), [contested, ...others()]);
      const runner = owner.createQueryRunner();
      await runner.query(
        'CREATE TEMP TABLE identities AS SELECT k.* FROM event_identity k JOIN event e USING (shard_key, identity) WHERE e.event_id = $1',
        [contested.id],
      );
      await runner.query('CREATE TEMP TABLE events AS SELECT * FROM event WHERE event_id = $1', [contested.id]);
      await runner.query('DELETE FROM event_identity k USING identities i WHERE i.shard_key = k.shard_key AND i.identity = k.identity');
      await runner.query('DELETE FROM event WHERE event_id = $1', [contested.id]);
      await runner.startTransaction();
      await runner.query('INSERT INTO event_identity SELECT * FROM identities');
      await runner.query('INSERT INTO event SELECT * FROM events');
      const verdicts = send(log, [contested, ...others()]);
      await until(async () => {
        const { rows } = await admin.query<{ waiting: string }>(
          `SELECT count(*) AS waiting FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'COPY event_identity%' AND wait_event_type = 'Lock'`,
        );
        return rows[0]!.waiting === '1';
      });
      await runner.commitTransaction();
      await runner.query('DROP TABLE identities, events');
      await runner.release();
      expect(await verdicts).toEqual(['duplicate', ...Array.from({ length: 10 }, () => 'stored')]);
    },
  );

  it('are told, and recorded, as by the function that compares all of them', async () => {
    const sent = fc.record<UsageEvent>({
      id: fc.constantFrom('p1', 'p2', 'p3'),
      source: fc.constant('/property'),
      type: fc.constantFrom('t1', 't1', 't2'),
      subject: fc.constantFrom('one', 'zwei 漢'),
      time: fc.constantFrom(TIME, TIME, '2026-10-31T23:59:59.999999Z', null),
      dataJson: fc.constantFrom('{"a":1,"b":2}', '{"a":1,"b":2}', '{"b":2,"a":1}', '{"a":1.0,"b":2}', '{"a":"1"}', 'null', null),
    });
    const refused = fc.record<EventToRefuse>({
      organizationId: fc.constant(''),
      code: fc.constant('invalid_event'),
      message: fc.constantFrom('no "id"', 'nul \0 and lone \ud800'),
      details: fc.constantFrom([], [{ pointer: '/a\0', code: 'required', message: 'expected a text; é' }]),
      subject: fc.constantFrom(null, 'one'),
      type: fc.constant('t1'),
      source: fc.constant(null),
      eventId: fc.constantFrom(null, 'é'),
    });
    const commit = fc.record({ events: fc.array(sent, { maxLength: 6 }), refusals: fc.array(refused, { maxLength: 1 }) });
    await fc.assert(
      fc.asyncProperty(fc.array(commit, { minLength: 1, maxLength: 4 }), async (commits) => {
        const told = [];
        // By the function alone, by copies alone, and in turn, so that either finds what the other kept.
        for (const isCopied of [() => false, () => true, (index: number) => index % 2 === 1]) {
          const organizationId = randomUUID();
          const log = new EventLog(ingest);
          const verdicts: string[][] = [];
          for (const [index, { events, refusals }] of commits.entries()) {
            const all = [...events, ...(isCopied(index) ? others() : [])];
            const options = { organizationId, refusals: refusals.map((refusal) => ({ ...refusal, organizationId })) };
            verdicts.push((await send(log, all, options)).slice(0, events.length));
          }
          told.push({ verdicts, ...(await recordsOf(organizationId)) });
        }
        expect(told[1]).toEqual(told[0]);
        expect(told[2]).toEqual(told[0]);
      }),
      { numRuns: 60 },
    );
  });

  const until = async (isSo: () => Promise<boolean>): Promise<void> => {
    for (let tries = 0; tries < 2_000 && !(await isSo()); tries++) await new Promise((resolve) => setTimeout(resolve, 5));
  };

  const recordsOf = async (organizationId: string): Promise<object> => {
    const stored: object[] = await owner.query(
      `SELECT type, subject, time_given, occurred_at, data::text AS data, source, event_id FROM event
       WHERE organization_id = $1 AND source = '/property' ORDER BY subject, event_id`,
      [organizationId],
    );
    const refused: object[] = await owner.query(
      `SELECT received_at, verdict, times, code, message, details, subject, type, source, event_id, (position > 1000000) AS is_known
       FROM event_refusal WHERE organization_id = $1 ORDER BY commit_id, position`,
      [organizationId],
    );
    const [pending]: { isRight: boolean }[] = await owner.query(
      `SELECT coalesce((SELECT sum(event_count) FROM ingest_commit WHERE organization_id = $1), 0) = (SELECT count(*) FROM event WHERE organization_id = $1) AS "isRight"`,
      [organizationId],
    );
    return { stored, refused, pending };
  };
});
