import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Window } from '@tallymark/date-window';
import { type Aggregation, type UsageEvent, formatDecimal } from '@tallymark/domain';
import { type TestDatabase, startTestDatabase } from '@tallymark/testing';
import type { DataSource } from 'typeorm';
import { EventLog } from './event-log.js';
import { foldNewMeters } from './backfill.js';
import { foldBacklog, foldPendingCommits } from './fold.js';
import { newId } from './ids.js';
import { type ReadMeter, readUsage } from './usage-reader.js';
import { verifyBuckets } from './verification.js';

const NOW = new Date('2026-11-21T12:00:00Z');
const ORGANIZATION = newId(NOW);
const DAY = Window.of(new Date('2026-11-20T00:00:00Z'), new Date('2026-11-21T00:00:00Z'));

describe('the fold', () => {
  let database: TestDatabase;
  let ingest: DataSource;
  let calc: DataSource;
  let owner: DataSource;
  const meters = new Map<string, ReadMeter>();

  const addMeter = async (
    code: string,
    aggregation: Aggregation,
    valueProperty: string | null,
    options: { filters?: unknown; groupBy?: unknown; recurring?: boolean } = {},
  ): Promise<void> => {
    const id = newId(NOW);
    await owner.query(
      `INSERT INTO meter (id, organization_id, code, name, unit, event_type, aggregation, value_property, filters, group_by, recurring) VALUES ($1, $2, $3, $3, 'u', 'api.request', $4, $5, $6, $7, $8)`,
      [
        id,
        ORGANIZATION,
        code,
        aggregation,
        valueProperty,
        JSON.stringify(options.filters ?? []),
        JSON.stringify(options.groupBy ?? {}),
        options.recurring ?? false,
      ],
    );
    meters.set(code, { id, aggregation, recurring: options.recurring ?? false, rounding: null, timeUnit: null, operationProperty: null });
  };
  const event = (id: string, time: string, data: unknown, subject = 'acme'): UsageEvent => ({
    id,
    source: '/t',
    type: 'api.request',
    subject,
    time,
    dataJson: JSON.stringify(data),
  });
  let log: EventLog;
  const append = (events: UsageEvent[]): Promise<unknown> =>
    log.append(
      events.map((one) => ({ organizationId: ORGANIZATION, event: one })),
      [],
      NOW,
    );
  const foldAll = async (): Promise<void> => {
    await foldNewMeters(calc);
    while ((await foldPendingCommits(calc)).commits > 0);
  };
  const used = async (code: string, window = DAY, groupBy?: string[], subjects = ['acme']): Promise<unknown> => {
    const [answers] = await readUsage(calc.manager, [
      { organizationId: ORGANIZATION, meter: meters.get(code)!, subjects, window, ...(groupBy ? { groupBy } : {}) },
    ]);
    const shown = answers!.map((answer) => [answer.group, answer.value === null ? null : formatDecimal(answer.value)]);
    return groupBy ? shown : shown[0]![1];
  };
  const differences = async (): Promise<number> =>
    (await verifyBuckets(calc, () => undefined)).reduce((sum, result) => sum + result.different, 0);

  beforeAll(async () => {
    database = await startTestDatabase({ now: NOW });
    [ingest, calc, owner] = await Promise.all([database.connect('ingest'), database.connect('calc'), database.connect('owner')]);
    log = new EventLog(ingest);
    await owner.query(`INSERT INTO organization (id, external_id, name) VALUES ($1, 'o', 'O')`, [ORGANIZATION]);
    await addMeter('calls', 'count', null);
    await addMeter('calls_of_eu', 'count', null, { filters: [{ property: '$.region', in: ['eu', 'uk'] }] });
    for (const aggregation of ['sum', 'min', 'max', 'avg', 'latest'] as const)
      await addMeter(`bytes_${aggregation}`, aggregation, '$.size.bytes', { recurring: aggregation === 'latest' });
    await addMeter('users', 'unique_count', '$.user', { groupBy: { region: '$.region' } });
    await addMeter('bytes_by_region', 'sum', '$.size.bytes', { groupBy: { region: '$.region' } });
    await append([
      event('1', '2026-11-20T10:00:00Z', { size: { bytes: '0.1' }, region: 'eu', user: 'a' }),
      event('2', '2026-11-20T10:14:59.999999Z', { size: { bytes: 0.2 }, region: 'us', user: 'a' }),
      event('3', '2026-11-20T23:59:59.500Z', { size: { bytes: 1e3 }, region: 'uk', user: 'b' }),
      event('4', '2026-11-20T09:00:00Z', { size: { bytes: 'NaN' }, region: 'eu' }),
      event('5', '2026-11-21T00:00:00Z', { size: { bytes: 7 }, region: 'eu', user: 'c' }),
      event('6', '2026-11-20T10:00:00Z', { size: { bytes: 99 } }, 'somebody-else'),
    ]);
    await foldAll();
  });
  afterAll(() => database.stop());

  it.each([
    ['calls', '4'],
    ['calls_of_eu', '3'],
    ['bytes_sum', '1000.3'],
    ['bytes_min', '0.1'],
    ['bytes_max', '1000'],
    ['bytes_latest', '1000'],
    ['users', '2'],
  ])('%s of the day is %s', async (code, value) => {
    expect(await used(code)).toBe(value);
  });

  it.each([
    ['"0.12345678901234567890123456789012345"', '0.12345678901234567890123456789012345'],
    ['0.12345678901234567890123456789012345', '0.12345678901234567890123456789012345'],
    [`"0.${'0'.repeat(129)}1"`, `0.${'0'.repeat(129)}1`],
    [`"0.${'0'.repeat(130)}1"`, null],
    [`"0.${'1'.repeat(130)}e-1"`, null],
    ['"-1.50e2"', '-150'],
    ['"999999999999999999999999999999"', '999999999999999999999999999999'],
    ['1e30', null],
    ['"1e30"', null],
    ['" 1"', null],
    ['true', null],
  ])('reads the value %s as %s', async (json, value) => {
    expect(await calc.query('SELECT event_value($1::jsonb)::text AS value', [json])).toEqual([{ value }]);
  });

  it('keeps dimensions apart, the missing one included', async () => {
    expect(await used('bytes_by_region', DAY, ['region'], ['acme', 'somebody-else'])).toEqual([
      [{ region: null }, '99'],
      [{ region: 'eu' }, '0.1'],
      [{ region: 'uk' }, '1000'],
      [{ region: 'us' }, '0.2'],
    ]);
  });

  it('counts a value once over all dimensions, and once in each', async () => {
    expect(await used('users')).toBe('2');
    expect(await used('users', DAY, ['region'])).toEqual([
      [{ region: 'eu' }, '1'],
      [{ region: 'uk' }, '1'],
      [{ region: 'us' }, '1'],
    ]);
  });

  it.each([
    ['2026-11-20T10:00:00Z', '2026-11-20T10:14:59.999Z', '1', '0.1', '1'],
    ['2026-11-20T10:00:00.001Z', '2026-11-20T10:15:00Z', '1', '0.2', '1'],
    ['2026-11-20T09:30:00Z', '2026-11-20T23:59:59.501Z', '3', '1000.3', '2'],
    ['2026-11-20T11:00:00Z', '2026-11-20T11:00:01Z', '0', '0', '0'],
  ])('is exact where a window from %s to %s cuts a bucket', async (from, to, calls, bytes, users) => {
    const window = Window.of(new Date(from), new Date(to));
    expect([await used('calls', window), await used('bytes_sum', window), await used('users', window)]).toEqual([calls, bytes, users]);
  });

  it('lets a gauge stand until it changes', async () => {
    expect(await used('bytes_latest', Window.of(new Date('2026-11-20T12:03:00Z'), new Date('2026-11-20T12:04:00Z')))).toBe('0.2');
    expect(await used('bytes_latest', Window.of(new Date('2026-11-20T12:15:00Z'), new Date('2026-11-20T13:00:00Z')))).toBe('0.2');
  });

  it('comes out the same whatever order events and commits arrive in', async () => {
    const late = Array.from({ length: 40 }, (_, n) =>
      event(`late-${n}`, new Date(Date.UTC(2026, 10, 19, 0, n * 7)).toISOString(), {
        size: { bytes: n },
        region: n % 3 === 0 ? 'eu' : 'us',
        user: `u${n % 5}`,
      }),
    );
    for (const one of [...late].reverse()) await append([one]);
    await foldAll();
    expect(await differences()).toBe(0);
    expect(await used('bytes_latest', Window.of(new Date('2026-11-19T00:00:00Z'), new Date('2026-11-20T00:00:00Z')))).toBe('39');
  });

  it('folds each commit once when several instances fold while events come in', async () => {
    let writing = true;
    const write = async (): Promise<void> => {
      for (let n = 0; n < 60; n += 1) await append([event(`w${n}`, '2026-11-18T10:00:00Z', { size: { bytes: 1 }, user: `w${n % 7}` })]);
      writing = false;
    };
    const fold = async (): Promise<void> => {
      while (writing) await foldPendingCommits(calc);
    };
    await Promise.all([write(), fold(), fold(), fold()]);
    await foldAll();
    expect(await used('bytes_sum', Window.of(new Date('2026-11-18T00:00:00Z'), new Date('2026-11-19T00:00:00Z')))).toBe('60');
    expect(await differences()).toBe(0);
    expect(await foldBacklog(calc, NOW)).toEqual({ commits: 0, events: 0, oldestAgeMs: 0 });
  });

  it('folds the kept log for a meter that is new, also while commits are pending', async () => {
    await append([event('pending', '2026-11-20T15:00:00Z', { size: { bytes: 5 } })]);
    await addMeter('new_calls', 'count', null);
    await foldNewMeters(calc);
    expect(await used('new_calls')).toBe('4');
    await foldAll();
    expect(await used('new_calls')).toBe('5');
    expect(await differences()).toBe(0);
  });

  it('shows where a bucket was changed by hand', async () => {
    await owner.query(`UPDATE usage_bucket SET sum = sum + 1 WHERE meter_id = $1 AND bucket_start = '2026-11-20T10:00:00Z'`, [
      meters.get('bytes_sum')!.id,
    ]);
    await owner.query(`DELETE FROM usage_unique WHERE meter_id = $1 AND bucket_start = '2026-11-20T23:45:00Z'`, [meters.get('users')!.id]);
    const wrong = (await verifyBuckets(calc, () => undefined)).filter((result) => result.different > 0);
    expect(wrong.map((result) => [result.meter, result.different])).toEqual([
      ['bytes_sum', 2],
      ['users', 1],
    ]);
    expect(wrong[0]!.examples[0]).toMatchObject({
      subject: 'acme',
      bucketStart: '2026-11-20T10:00:00+00:00',
      stored: { sum: 1.3 },
      recomputed: { sum: 0.3 },
    });
  });
});
