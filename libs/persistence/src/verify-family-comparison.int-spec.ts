import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type TestDatabase, UsageWorld, startTestDatabase } from '@tallymark/testing';
import type { DataSource } from 'typeorm';
import { verifyBuckets } from './verification.js';
import { VERIFIED_METER_COLUMNS, type VerifiedMeter } from './verify-families.js';
import { FamilyComparison } from './verify-family-comparison.js';

const METERS = {
  calls: {},
  sum: { aggregation: 'sum', valueProperty: '$.v' },
  least: { aggregation: 'min', valueProperty: '$.v' },
  deep: { aggregation: 'max', valueProperty: '$.in.v' },
  mean_by: { aggregation: 'avg', valueProperty: '$.v', groupBy: { model: '$.model', region: '$.in.region' } },
  filtered: { aggregation: 'sum', valueProperty: '$.v', filters: [{ property: '$.model', in: ['a', '1'] }] },
  users: { aggregation: 'unique_count', valueProperty: '$.user' },
  users_by: { aggregation: 'unique_count', valueProperty: '$.user', groupBy: { model: '$.model' } },
} as const;

/** Integers small and large, decimals, text that is a number and text that is none, nothing, and numbers past all bounds. */
const VALUES = [
  '1',
  '-7',
  '1.50',
  '0.000000000000000000001',
  '2147483647',
  '2147483648',
  '-99999999999999999999.5',
  '1e30',
  '-0',
  '"2.50"',
  '"none"',
  'true',
  'null',
  '[3]',
];

describe('the fast way to find that buckets are equal', () => {
  let database: TestDatabase;
  let calc: DataSource;
  let world: UsageWorld;

  beforeAll(async () => {
    database = await startTestDatabase({ now: new Date('2026-12-31T00:00:00Z') });
    calc = await database.connect('calc');
  });
  afterAll(() => database.stop());

  beforeEach(async () => {
    world = await UsageWorld.create(database, new Date('2026-10-01T00:00:00Z'));
    for (const [code, meter] of Object.entries(METERS)) await world.addMeter(code, meter as Parameters<UsageWorld['addMeter']>[1]);
    await world.settle();
    await world.use(
      VALUES.flatMap((value, index) =>
        [
          `{"v":${value},"in":{"v":${value},"region":"eu"},"model":"${index % 3}","user":${value}}`,
          `{"v":${value},"model":${value},"user":"u"}`,
        ].map((data, nth) => ({
          subject: nth === 0 ? 'acme' : 'other',
          // Two buckets of one month, and one of another.
          time: ['2026-10-01T00:00:00Z', '2026-10-01T00:15:00Z', '2026-11-30T23:59:59.999999Z'][index % 3]!,
          data: JSON.parse(data) as unknown,
        })),
      ),
    );
  });

  /** By the code of the meter: how many buckets are recomputed and equal, null where any differs. */
  async function compare(): Promise<Record<string, number | null>> {
    return calc.transaction('REPEATABLE READ', async (manager) => {
      const meters: (VerifiedMeter & { code: string })[] = await manager.query(
        `SELECT ${VERIFIED_METER_COLUMNS}, code FROM meter WHERE organization_id = $1`,
        [world.organizationId],
      );
      const comparison = await FamilyComparison.begin(manager, meters);
      const found: Record<string, number | null> = {};
      for (const meter of meters) found[meter.code] = await comparison.recomputedWhereEqual(meter);
      return found;
    });
  }

  async function differing(): Promise<string[]> {
    return Object.entries(await compare())
      .filter(([, found]) => found === null)
      .map(([code]) => code)
      .sort();
  }

  const change = (sql: string): Promise<unknown> => world.owner.query(sql, [world.organizationId]);

  it('counts the buckets of every plain meter, as the general way does', async () => {
    const general = (await verifyBuckets(calc, () => undefined)).filter((one) => one.organizationId === world.organizationId);
    expect(general.map(({ different }) => different)).toEqual(Object.keys(METERS).map(() => 0));
    const rows: { code: string; count: number }[] = await world.owner.query(
      `SELECT m.code, count(*)::integer AS count FROM meter m JOIN (SELECT meter_id FROM usage_bucket UNION ALL SELECT meter_id FROM usage_unique) AS u ON u.meter_id = m.id
       WHERE m.organization_id = $1 GROUP BY m.code`,
      [world.organizationId],
    );
    expect(await compare()).toEqual(Object.fromEntries(rows.map(({ code, count }) => [code, count])));
  });

  it.each([
    ['event_count = event_count + 1'],
    ['value_count = value_count + 1'],
    ['sum = sum + 0.000000000000000000001'],
    ['min = coalesce(min, 0) - 1'],
    ['max = NULL'],
    ['latest = 1'],
    ['weighted = 0'],
    ['amount = 0'],
    ["bucket_start = bucket_start + interval '1 minute'"],
    ["subject = subject || ' '"],
    ['shard_key = shard_key + 1'],
    ['organization_id = gen_random_uuid()'],
    [`dimensions = '[]'`],
    [`dimensions = '{"": 0}'`],
    [`dimensions = '{"a": null}'`],
  ])('finds a bucket with %s, of that meter alone', async (assignment) => {
    await change(`UPDATE usage_bucket b SET ${assignment} FROM meter m
      WHERE m.id = b.meter_id AND m.organization_id = $1 AND m.code = 'sum' AND b.subject = 'acme' AND b.bucket_start = '2026-11-30T23:45:00Z'`);
    expect(await differing()).toEqual(['sum']);
  });

  it.each([
    ['event_count = event_count + 1'],
    ['value_hash = gen_random_uuid()'],
    ['last_removed = false'],
    ['last_at = bucket_start'],
    ['organization_id = gen_random_uuid()'],
    [`dimensions = '{"model": "none"}'`],
  ])('finds a distinct value with %s', async (assignment) => {
    await change(`UPDATE usage_unique u SET ${assignment} FROM meter m
      WHERE m.id = u.meter_id AND m.organization_id = $1 AND m.code = 'users_by' AND u.subject = 'other'
        AND (u.bucket_start, u.value_hash, u.dimensions) IN (SELECT bucket_start, value_hash, dimensions FROM usage_unique WHERE meter_id = m.id AND subject = 'other' LIMIT 1)`);
    expect(await differing()).toEqual(['users_by']);
  });

  it('finds what is missing and what is left over', async () => {
    await change(
      `DELETE FROM usage_bucket b USING meter m WHERE m.id = b.meter_id AND m.organization_id = $1 AND m.code = 'mean_by' AND b.subject = 'acme'`,
    );
    await change(`INSERT INTO usage_bucket (shard_key, meter_id, subject, dimensions, bucket_start, organization_id, event_count, value_count, sum)
      SELECT shard_key, meter_id, 'nobody', dimensions, bucket_start, b.organization_id, event_count, value_count, sum FROM usage_bucket b JOIN meter m ON m.id = b.meter_id
      WHERE m.organization_id = $1 AND m.code = 'calls' LIMIT 1`);
    expect(await differing()).toEqual(['calls', 'mean_by']);
  });

  it('counts integers alone, and decimals in a later month, alike', async () => {
    const [before, at] = [await compare(), '2026-12-01T00:00:00Z'];
    await world.use([1, 2, -3].map((v) => ({ subject: 'small', time: at, data: { v, in: { v }, user: 'u' } })));
    const [sums, values] = [
      ['sum', 'least', 'deep', 'mean_by', 'calls'],
      ['users', 'users_by'],
    ];
    const grown = [...sums, ...values].map((code) => [code, before[code]! + 1]);
    expect(await compare()).toEqual({ ...before, ...Object.fromEntries(grown) });
    await change(
      `UPDATE usage_bucket b SET min = -4 FROM meter m WHERE m.id = b.meter_id AND m.organization_id = $1 AND m.code = 'least' AND b.subject = 'small'`,
    );
    expect(await differing()).toEqual(['least']);
  });

  it('leaves out commits that wait for the fold', async () => {
    const before = await compare();
    await world.send([{ subject: 'acme', time: '2026-10-05T00:00:00Z', data: { v: 1, user: 'late' } }]);
    expect(await compare()).toEqual(before);
  });
});
