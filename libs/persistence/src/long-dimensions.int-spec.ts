import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Window } from '@tallymark/date-window';
import { formatDecimal } from '@tallymark/domain';
import { type TestDatabase, UsageWorld, startTestDatabase } from '@tallymark/testing';
import type { DataSource } from 'typeorm';
import { foldNewMeters } from './backfill.js';
import { foldPendingCommits } from './fold.js';
import { MeterRow } from './rows/meter-row.js';
import { createSetAside } from './set-aside.js';
import { readUsage } from './usage-reader.js';
import { verifyBuckets } from './verification.js';

const NOW = new Date('2026-11-21T12:00:00Z');
const NOVEMBER = Window.of(new Date('2026-11-01T00:00:00Z'), new Date('2026-12-01T00:00:00Z'));
const NAMES = Array.from({ length: 10 }, (_, index) => `dimension_${index}_${'n'.repeat(52)}`.slice(0, 64));
const SUBJECT = '界'.repeat(256);

/** Text of many different characters of three bytes each, which PostgreSQL can't compress. */
function noise(length: number, seed: number): string {
  let state = seed;
  return Array.from({ length }, () => {
    state = (state * 48_271) % 2_147_483_647;
    return String.fromCharCode(0x4e00 + (state % 20_000));
  }).join('');
}

describe('dimensions of which one is sent as another one is kept', () => {
  let database: TestDatabase;
  afterAll(async () => database.stop());

  it('are one bucket, folded, back-filled and recomputed', async () => {
    database = await startTestDatabase({ now: NOW });
    const world = await UsageWorld.create(database, NOW);
    const calc = await database.connect('calc');
    const groupBy = { a: '$.a', b: '$.b' };
    await world.addMeter('calls', { groupBy });
    await world.addMeter('users', { aggregation: 'unique_count', valueProperty: '$.b', groupBy });
    await foldNewMeters(calc);
    const long = noise(500, 3);
    const shortened = `${long.slice(0, 8)}…${createHash('sha256').update(long).digest('hex')}`;
    const b = noise(2_000, 4);
    // Enough for a pass of its own.
    await world.send(Array.from({ length: 600 }, (_, n) => ({ subject: 's', data: { a: n % 2 === 0 ? long : shortened, b } })));
    const failed: unknown[] = [];
    const aside = createSetAside(
      () => NOW,
      (_, error) => failed.push(error),
    );
    expect(await foldPendingCommits(calc, aside)).toEqual({ commits: 1, events: 600 });
    expect(failed).toEqual([]);
    await world.addMeter('later', { groupBy });
    expect(await foldNewMeters(calc)).toEqual(['later']);
    const meters = await verifyBuckets(calc, () => undefined);
    expect(meters.map(({ meter, recomputed, different }) => [meter, recomputed, different])).toEqual([
      ['calls', 1, 0],
      ['later', 1, 0],
      ['users', 1, 0],
    ]);
  });
});

describe('dimensions with long values', () => {
  let database: TestDatabase;
  let world: UsageWorld;
  let calc: DataSource;

  beforeAll(async () => {
    database = await startTestDatabase({ now: NOW });
    world = await UsageWorld.create(database, NOW);
    calc = await database.connect('calc');
    await world.addMeter('calls', { groupBy: { model: '$.model' } });
    await world.addMeter('paths', { groupBy: Object.fromEntries(NAMES.map((name, index) => [name, `$.d${index}`])) });
    await world.addMeter('users', { aggregation: 'unique_count', valueProperty: '$.user', groupBy: { model: '$.model' } });
    const wide = (seed: number): object => Object.fromEntries(NAMES.map((_, index) => [`d${index}`, noise(2_000, seed + index)]));
    await world.use([
      { subject: SUBJECT, data: { model: 'short', user: 'a' } },
      { subject: SUBJECT, data: { model: noise(333, 1), user: 'a' } },
      { subject: SUBJECT, data: { model: noise(20_000, 2), user: 'a', ...wide(10) } },
      { subject: SUBJECT, data: { model: noise(20_000, 2), user: 'b', ...wide(10) } },
      { subject: SUBJECT, data: { model: `${noise(19_999, 2)}!`, user: 'b', ...wide(90) } },
    ]);
  });
  afterAll(async () => database.stop());

  const read = async (code: string, groupBy: string[]): Promise<[(string | null)[], string][]> => {
    const meter = await calc.manager.findOneByOrFail(MeterRow, { code });
    const [answers] = await readUsage(calc.manager, [
      { organizationId: world.organizationId, meter, subjects: [SUBJECT], window: NOVEMBER, groupBy },
    ]);
    return answers!.map(({ group, value }) => [Object.values(group), formatDecimal(value!)]);
  };

  it.each(['calls', 'users'])('%s: short values stay whole, long ones are told apart by their hash', async (code) => {
    const rows = await read(code, ['model']);
    const shortened = expect.stringMatching(/^.{8}…[0-9a-f]{64}$/u);
    expect(rows.map(([[model]]) => model)).toEqual(expect.arrayContaining(['short', noise(333, 1), shortened]));
    expect(rows.map(([, value]) => value).sort()).toEqual(['1', '1', '1', '2']);
  });

  it('keeps ten long values in one key', async () => {
    expect((await read('paths', NAMES)).map(([, value]) => value).sort()).toEqual(['1', '2', '2']);
  });

  it('leaves buckets that the log gives again', async () => {
    const meters = await verifyBuckets(calc, () => undefined);
    expect(meters.map(({ meter, different }) => [meter, different])).toEqual([
      ['calls', 0],
      ['paths', 0],
      ['users', 0],
    ]);
  });
});
