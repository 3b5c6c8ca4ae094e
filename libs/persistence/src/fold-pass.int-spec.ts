import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AGGREGATIONS } from '@tallymark/domain';
import { type TestDatabase, startTestDatabase } from '@tallymark/testing';
import fc from 'fast-check';
import type { DataSource, EntityManager } from 'typeorm';
import { FOLD_METER_COLUMNS, type FoldMeter } from './fold-meter.js';
import { type FoldPass, foldPass, storePasses, subqueriesOf, takesAll } from './fold-pass.js';
import { foldOf, TAKES } from './fold-sql.js';
import { foldInSteps } from './fold-steps.js';
import type { Writing } from './fold-store.js';
import { newId } from './ids.js';
import { SqlParameters } from './sql-parameters.js';

const NOW = new Date('2026-11-21T12:00:00Z');
const ORGANIZATION = newId(NOW);
const TYPE = `it's "one"`;
const LONG = 'long value '.repeat(300);

const path = fc.constantFrom('$.a', '$.b', '$.n.a', '$.n.deep.a', '$.absent');
const meter = fc
  .record({
    aggregation: fc.constantFrom(...AGGREGATIONS),
    value: path,
    filters: fc.array(
      fc.record({ property: path, in: fc.uniqueArray(fc.constantFrom('1', 'x', 'true', `q'"\\`, '{}', LONG), { maxLength: 3 }) }),
      { maxLength: 2 },
    ),
    groupBy: fc.dictionary(fc.constantFrom('model', `re'g"ion`, 'a'), path, { maxKeys: 3, noNullPrototype: true }),
    operation: fc.option(path),
    amount: fc.option(path),
  })
  .map(({ aggregation, value, operation, ...rest }) => ({
    ...rest,
    aggregation,
    value: aggregation === 'count' ? null : value,
    operation: aggregation === 'unique_count' ? operation : null,
  }));

/** JSON of what senders write where a value is meant. */
const leaf = fc.oneof(
  fc.constantFrom('null', 'true', '"x"', '"remove"', '"add"', '""', '[]', '[1]', '{}', '"q\'\\"\\\\"', JSON.stringify(LONG), '"{}"'),
  fc.constantFrom(
    '1',
    '1.0',
    '-0',
    '1e3',
    '0.10',
    '1e29',
    '1e30',
    '-1e30',
    '"1"',
    '"1.50"',
    '" 1"',
    '"1e3"',
    '"1e30"',
    '"NaN"',
    '"Infinity"',
  ),
  fc.constantFrom(
    `0.${'1'.repeat(130)}`,
    `0.${'1'.repeat(131)}`,
    `"0.${'1'.repeat(131)}"`,
    '9'.repeat(30),
    '123456789012345678901234567890.5',
  ),
  fc.integer({ min: -5, max: 5 }).map(String),
  fc.tuple(fc.integer(), fc.nat({ max: 6 })).map(([digits, scale]) => `${digits}e-${scale}`),
);
const member = (name: string): fc.Arbitrary<string | null> => fc.option(leaf.map((json) => `"${name}":${json}`));
const object = (...members: readonly fc.Arbitrary<string | null>[]): fc.Arbitrary<string> =>
  fc.tuple(...members).map((texts) => `{${texts.filter((text) => text !== null).join(',')}}`);
const data = fc.oneof(
  {
    weight: 9,
    arbitrary: object(
      member('a'),
      member('b'),
      fc.option(object(member('a'), fc.option(object(member('a')).map((json) => `"deep":${json}`))).map((json) => `"n":${json}`)),
    ),
  },
  { weight: 1, arbitrary: fc.oneof(leaf, fc.constantFrom('{"n":[]}', '{"n":"a"}', '{"n":{"deep":1}}', '[{"a":1}]')) },
);
const event = fc.record({
  subject: fc.constantFrom('s1', 's2', `s'3`),
  atMs: fc.integer({ min: 0, max: 5 }).map((step) => Date.UTC(2026, 10, 20, 10) + step * 300_000),
  data: fc.option(data, { freq: 20 }),
  isVoided: fc.nat({ max: 9 }).map((n) => n === 0),
  commit: fc.constantFrom(1, 2),
});
type Way = Writing | 'in steps';
const way = fc.constantFrom<Way>('shared', 'alone', 'in steps');
/** What an older server is told runs on this one too. */
const serverVersion = fc.constantFrom(150_004, 180_000);

const ORDER = 'shard_key, meter_id, subject, bucket_start, dimensions';
const BUCKETS = `shard_key, meter_id, subject, bucket_start, dimensions, organization_id, event_count, value_count, sum, min, max, latest, latest_at, latest_identity, weighted, amount`;
const VALUES = `shard_key, meter_id, subject, bucket_start, dimensions, value_hash, organization_id, event_count, last_removed, last_at, last_identity`;
/** Numbers as text, so that digits behind the point count too. */
const asText = (columns: string, relation: string, order: string): string =>
  `SELECT ROW(${columns})::text AS row FROM ${relation} ORDER BY ${order}`;

describe('a pass over the events of one kind', () => {
  let database: TestDatabase;
  let owner: DataSource;

  beforeAll(async () => {
    database = await startTestDatabase({ now: NOW });
    owner = await database.connect('owner');
    await owner.query(`INSERT INTO organization (id, external_id, name) VALUES ($1, 'o', 'O')`, [ORGANIZATION]);
  });
  afterAll(() => database.stop());

  it('comes to what the general fold comes to, whatever meters look like and events hold, at once and commit by commit', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(meter, { minLength: 1, maxLength: 8 }),
        fc.array(event, { maxLength: 40 }),
        way,
        serverVersion,
        async (meters, events, chosen, version) => {
          await owner
            .transaction(async (manager) => {
              await addMeters(manager, meters);
              await addEvents(manager, events);
              const rows: FoldMeter[] = await manager.query(`SELECT ${FOLD_METER_COLUMNS} FROM meter ORDER BY id`);
              const general = await folded(manager);
              expect(await passed(manager, rows, version)).toEqual(general);
              expect(await stored(manager, rows, chosen, version)).toEqual(general);
              throw new RolledBack();
            })
            .catch((error: unknown) => {
              if (!(error instanceof RolledBack)) throw error;
            });
        },
      ),
      { numRuns: 150 },
    );
  });
});

class RolledBack extends Error {}

interface Folded {
  readonly buckets: readonly unknown[];
  readonly values: readonly unknown[];
}

async function folded(manager: EntityManager): Promise<Folded> {
  const ctes = foldOf(`event e JOIN meter m ON ${TAKES}`);
  return {
    buckets: await manager.query(`WITH ${ctes} ${asText(BUCKETS, 'folded', ORDER)}`),
    values: await manager.query(`WITH ${ctes} ${asText(VALUES, 'distinct_values', `${ORDER}, value_hash`)}`),
  };
}

async function passed(manager: EntityManager, meters: readonly FoldMeter[], version: number): Promise<Folded> {
  const parameters = new SqlParameters();
  const pass = passOver({ meters, version }, [1, 2], parameters);
  const { buckets, values } = pass;
  const read = async (relation: string | undefined, columns: string, order: string): Promise<readonly unknown[]> =>
    relation === undefined
      ? []
      : manager.query(`WITH ${subqueriesOf(pass).join(', ')} ${asText(columns, relation, order)}`, parameters.values);
  return { buckets: await read(buckets[0], BUCKETS, ORDER), values: await read(values[0], VALUES, `${ORDER}, value_hash`) };
}

/** What is stored once the commits are folded, one after the other. Steps are for meters of which one takes all. */
async function stored(manager: EntityManager, meters: readonly FoldMeter[], chosen: Way, version: number): Promise<Folded> {
  for (const commit of [1, 2]) {
    const parameters = new SqlParameters();
    if (chosen === 'in steps' && takesAll(meters)) {
      await foldInSteps(manager, [passOver({ meters, version }, [commit], parameters, `commit${commit}`)], parameters);
      continue;
    }
    const pass = passOver({ meters, version }, [commit], parameters);
    await manager.query(storePasses([pass], chosen === 'in steps' ? 'alone' : chosen), parameters.values);
  }
  return {
    buckets: await manager.query(asText(BUCKETS, 'usage_bucket', ORDER)),
    values: await manager.query(asText(VALUES, 'usage_unique', `${ORDER}, value_hash`)),
  };
}

/** @param table names its tables, where it is made in steps. */
function passOver(
  { meters, version }: { readonly meters: readonly FoldMeter[]; readonly version: number },
  commits: readonly number[],
  parameters: SqlParameters,
  table?: string,
): FoldPass {
  const condition = `e.organization_id = ${parameters.add(ORGANIZATION, 'uuid')} AND e.commit_id = ANY (${parameters.add(commits, 'bigint[]')})
    AND e.type = ${parameters.add(TYPE, 'text')} AND e.voided_by IS NULL`;
  const form = { name: table ?? 'one', inSteps: table !== undefined, serverVersion: version };
  return foldPass({ ...form, organizationId: ORGANIZATION, meters, condition }, parameters);
}

async function addMeters(
  manager: EntityManager,
  meters: readonly {
    aggregation: string;
    value: string | null;
    filters: unknown;
    groupBy: unknown;
    operation: string | null;
    amount: string | null;
  }[],
): Promise<void> {
  for (const [index, { aggregation, value, filters, groupBy, operation, amount }] of meters.entries())
    await manager.query(
      `INSERT INTO meter (id, organization_id, code, name, unit, event_type, aggregation, value_property, filters, group_by, operation_property, amount_property)
       VALUES ($1, $2, $3, $3, 'u', $4, $5, $6, $7, $8, $9, $10)`,
      [
        newId(NOW),
        ORGANIZATION,
        `m${index}`,
        TYPE,
        aggregation,
        value,
        JSON.stringify(filters),
        JSON.stringify(groupBy),
        operation,
        amount,
      ],
    );
}

async function addEvents(
  manager: EntityManager,
  events: readonly { subject: string; atMs: number; data: string | null; isVoided: boolean; commit: number }[],
): Promise<void> {
  await manager.query(
    `INSERT INTO event (shard_key, occurred_at, identity, commit_id, organization_id, time_given, subject, type, source, event_id, data, voided_by)
     SELECT hashtext(e.subject), e.occurred_at, gen_random_uuid(), e.commit, $1::uuid, true, e.subject, $2, '/t', e.position::text, e.data::jsonb, CASE WHEN e.voided THEN $1::uuid END
     FROM unnest($3::text[], $4::timestamptz[], $5::text[], $6::boolean[], $7::bigint[]) WITH ORDINALITY AS e (subject, occurred_at, data, voided, commit, position)`,
    [
      ORGANIZATION,
      TYPE,
      events.map(({ subject }) => subject),
      events.map(({ atMs }) => new Date(atMs)),
      events.map((one) => one.data),
      events.map(({ isVoided }) => isVoided),
      events.map(({ commit }) => commit),
    ],
  );
}
