import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { UsageEvent } from '@tallymark/domain';
import { type TestDatabase, startTestDatabase } from '@tallymark/testing';
import fc from 'fast-check';
import type { DataSource } from 'typeorm';
import { EventLog } from './event-log.js';

const ORGANIZATION = '0192d3a0-0000-7000-8000-000000000001';
const NOW = new Date('2026-11-21T12:00:00Z');

const base: UsageEvent = {
  id: 'e1',
  source: '/test',
  type: 'api.request',
  subject: 'acme',
  time: '2026-11-20T10:00:00.123456Z',
  dataJson: '{"bytes": 12}',
};

describe('the event log', () => {
  let database: TestDatabase;
  let ingest: DataSource;
  let owner: DataSource;
  let log: EventLog;
  beforeAll(async () => {
    database = await startTestDatabase({ now: NOW });
    ingest = await database.connect('ingest');
    owner = await database.connect('owner');
    log = new EventLog(ingest);
  });
  afterAll(() => database.stop());

  const append = async (...events: UsageEvent[]): Promise<string[]> => {
    const results = await log.append(
      events.map((event) => ({ organizationId: ORGANIZATION, event })),
      [],
      NOW,
    );
    return results.map((result) => [result.verdict, ...result.differs].join(' '));
  };

  it('keeps an event once, whatever is sent again', async () => {
    expect(await append(base)).toEqual(['stored']);
    expect(await append(base)).toEqual(['duplicate']);
    expect(await append({ ...base, dataJson: '{"bytes":12}' })).toEqual(['duplicate']);
  });

  it.each<[string, Partial<UsageEvent>, string]>([
    ['other data', { dataJson: '{"bytes": 13}' }, 'conflict data'],
    ['no data', { dataJson: null }, 'conflict data'],
    ['another type', { type: 'api.other' }, 'conflict type'],
    ['a time in another month', { time: '2026-09-20T10:00:00.123456Z' }, 'conflict time'],
    ['no time', { time: null }, 'conflict time'],
    ['another time and data', { time: '2026-11-20T10:00:00.123457Z', dataJson: '{}' }, 'conflict time data'],
  ])('tells the same identity with %s apart as a conflict', async (_name, change, verdict) => {
    expect(await append({ ...base, ...change })).toEqual([verdict]);
  });

  it.each<[string, Partial<UsageEvent>]>([
    ['subject', { subject: 'other' }],
    ['source', { source: '/other' }],
    ['id', { id: 'e2' }],
  ])('takes another %s for another event', async (_name, change) => {
    expect(await append({ ...base, ...change })).toEqual(['stored']);
  });

  it('knows an event without a time again, however much later it is resent', async () => {
    const timeless = { ...base, id: 'timeless', time: null };
    expect(await append(timeless)).toEqual(['stored']);
    const later = await log.append([{ organizationId: ORGANIZATION, event: timeless }], [], new Date('2027-01-15T00:00:00Z'));
    expect(later).toEqual([{ verdict: 'duplicate', differs: [] }]);
  });

  it('gives each of a batch its own verdict, in order', async () => {
    const fresh = { ...base, id: 'b1' };
    expect(await append(fresh, base, fresh, { ...fresh, dataJson: null }, { ...base, type: 'x' })).toEqual([
      'stored',
      'duplicate',
      'duplicate',
      'conflict data',
      'conflict type',
    ]);
  });

  it('keeps every digit of a number', async () => {
    await append({ ...base, id: 'digits', dataJson: '{"n": 9007199254740993.12345678901234567890}' });
    const rows: { n: string }[] = await owner.query(`SELECT data ->> 'n' AS n FROM event WHERE event_id = 'digits'`);
    expect(rows).toEqual([{ n: '9007199254740993.12345678901234567890' }]);
  });

  it('counts an event once that is sent a hundred times at once', async () => {
    const contested = { ...base, id: 'contested' };
    const verdicts = (await Promise.all(Array.from({ length: 100 }, () => append(contested)))).flat();
    expect(verdicts.filter((verdict) => verdict === 'stored')).toHaveLength(1);
    expect(verdicts.filter((verdict) => verdict === 'duplicate')).toHaveLength(99);
  });

  it.each([
    ['of one subject', 50, 1],
    ['of many subjects', 400, 40],
  ])('survives batches %s that overlap in opposite order, large and small', async (_name, count, subjects) => {
    const events = Array.from({ length: count }, (_, n) => ({ ...base, subject: `overlap-${n % subjects}`, id: `overlap-${count}-${n}` }));
    const rounds = await Promise.all(
      Array.from({ length: 12 }, (_, round) => {
        const ordered = round % 2 === 0 ? events : [...events].reverse();
        return append(...(round % 3 === 0 ? ordered.slice(0, 40) : ordered));
      }),
    );
    expect(rounds.flat().filter((verdict) => verdict === 'stored')).toHaveLength(count);
    expect(new Set(rounds.flat())).toEqual(new Set(['stored', 'duplicate']));
  });

  it('tells of each event of a large batch what became of it, whatever else is in it', async () => {
    const large = Array.from({ length: 60 }, (_, index): UsageEvent => ({ ...base, subject: 'mixed', id: `m${index}` }));
    expect(await append(...large.slice(0, 55))).toEqual(large.slice(0, 55).map(() => 'stored'));
    const [first, second, ...others] = large as [UsageEvent, UsageEvent, ...UsageEvent[]];
    const newest = large.at(-1)!;
    const verdicts = await append(first, { ...second, dataJson: '{}' }, ...others, newest, { ...newest, type: 'api.other' });
    expect(verdicts).toEqual([
      'duplicate',
      'conflict data',
      ...others.map((_, index) => (index < 53 ? 'duplicate' : 'stored')),
      'duplicate',
      'conflict type',
    ]);
    // One of the batch was kept and sent again in it, one was sent with other content in it.
    const recorded: { verdict: string; times: string }[] = await owner.query(
      "SELECT verdict, sum(times) AS times FROM event_refusal WHERE subject = 'mixed' GROUP BY verdict ORDER BY verdict",
    );
    expect(recorded).toEqual([
      { verdict: 'conflict', times: '2' },
      { verdict: 'duplicate', times: '55' },
    ]);
    expect(await append(...large)).toEqual(large.map(() => 'duplicate'));
    const kept: { count: string }[] = await owner.query("SELECT count(*) FROM event WHERE subject = 'mixed'");
    expect(kept).toEqual([{ count: '60' }]);
  });

  it('keeps a large batch as it keeps small ones, over a month’s end and with text of every kind', async () => {
    const texts = ['tab\tand\nline', 'back\\slash \\N', 'quote " and é 漢字 🎉', ''];
    const large = Array.from({ length: 200 }, (_, n) => ({
      ...base,
      id: `large-${n}`,
      time: n % 2 === 0 ? '2026-10-31T23:59:59.999999Z' : '2026-11-01T00:00:00.000000Z',
      dataJson: n % 5 === 4 ? null : JSON.stringify({ text: texts[n % 5] }),
    }));
    const later = new EventLog(ingest);
    const append = async (events: UsageEvent[]): Promise<string[]> =>
      (
        await later.append(
          events.map((event) => ({ organizationId: ORGANIZATION, event })),
          [],
          NOW,
        )
      ).map((result) => result.verdict);
    expect(new Set(await append(large))).toEqual(new Set(['stored']));
    expect(new Set(await append(large))).toEqual(new Set(['duplicate']));
    const fresh = { ...base, id: 'large-fresh' };
    expect((await append([...large, fresh])).filter((verdict) => verdict === 'stored')).toHaveLength(1);
    const rows: { text: string | null; times: string }[] = await owner.query(
      `SELECT data ->> 'text' AS text, count(*) AS times FROM event WHERE event_id LIKE 'large-%' AND event_id <> 'large-fresh' GROUP BY 1`,
    );
    expect(rows.map((row) => [row.text, Number(row.times)]).sort()).toEqual([...texts.map((text) => [text, 40]), [null, 40]].sort());
  });

  it('writes by copy the very rows that the function writes', async () => {
    const event = fc.record<UsageEvent>({
      id: fc.uuid(),
      source: fc.constantFrom('/a', 'urn:é'),
      type: fc.constantFrom('api.request', 'x'),
      subject: fc.constantFrom('one', 'zwei 漢'),
      time: fc.option(
        fc.date({ noInvalidDate: true, min: new Date('2025-11-01'), max: NOW }).map((date) => date.toISOString().replace('Z', '007Z')),
      ),
      dataJson: fc.option(
        fc
          .dictionary(
            fc.string({ unit: 'grapheme' }),
            fc.oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.string({ unit: 'grapheme' })),
          )
          .map((data) => JSON.stringify(data).replaceAll('\\u0000', '')),
      ),
    });
    const events = fc.sample(event, { numRuns: 200, seed: 1 });
    const [copied, inserted] = ['2', '3'].map((digit) => ORGANIZATION.replace(/1$/, digit)) as [string, string];
    const fresh = new EventLog(ingest);
    const keep = (organizationId: string, some: readonly UsageEvent[]): Promise<unknown> =>
      fresh.append(
        some.map((one) => ({ organizationId, event: one })),
        [],
        NOW,
      );
    await keep(copied, events);
    for (let start = 0; start < events.length; start += 5) await keep(inserted, events.slice(start, start + 5));
    const rowsOf = (organizationId: string): Promise<unknown[]> =>
      owner.query(
        'SELECT event_id, source, type, subject, time_given, occurred_at::text AS occurred_at, data::text AS data, voided_by, correction_id FROM event WHERE organization_id = $1 ORDER BY event_id',
        [organizationId],
      );
    const rows = await rowsOf(copied);
    expect(rows).toHaveLength(events.length);
    expect(rows).toEqual(await rowsOf(inserted));
  });

  it('records what it did not store, with how often it came', async () => {
    const rows: { verdict: string; times: number; message: string | null }[] = await owner.query(
      `SELECT verdict, times, message FROM event_refusal WHERE event_id = 'b1' ORDER BY verdict`,
    );
    expect(rows).toEqual([
      { verdict: 'conflict', times: 1, message: 'an event of this identity came in the same batch, with other data' },
      { verdict: 'duplicate', times: 1, message: null },
    ]);
  });

  it('leaves one pending commit per commit that stored something', async () => {
    const [row]: { pending: string; events: string }[] = await owner.query(
      `SELECT (SELECT sum(event_count) FROM ingest_commit) AS pending, (SELECT count(*) FROM event) AS events`,
    );
    expect(row!.pending).toBe(row!.events);
  });
});
