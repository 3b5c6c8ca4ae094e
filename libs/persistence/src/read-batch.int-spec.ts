import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type TestDatabase, addOrganization, startTestDatabase } from '@tallymark/testing';
import type { DataSource } from 'typeorm';
import { createDataSource } from './data-source.js';
import { type Read, readAlone, readBatch } from './read-batch.js';

type Row = Readonly<Record<string, unknown>>;

describe('a batch of reads', () => {
  let database: TestDatabase;
  /** Over one connection, so that each batch comes after the one before it. */
  let api: DataSource;
  let organizationId: string;
  let otherId: string;

  beforeAll(async () => {
    database = await startTestDatabase();
    const owner = await database.connect('owner');
    [organizationId, otherId] = [await addOrganization(owner), await addOrganization(owner)];
    api = await createDataSource({ url: database.apiUrl, poolSize: 1, applicationName: 'test', statementTimeoutMs: 1_000 }).initialize();
  });
  afterAll(async () => {
    await api.destroy();
    await database.stop();
  });

  const read = (name: string, sql: string, ...values: unknown[]): Read<readonly Row[]> => ({
    statement: { name, sql },
    values,
    answer: (rows: readonly Row[]) => rows,
  });
  const organizations = read('organizations', 'SELECT id FROM organization ORDER BY id');
  const setting = read(
    'setting',
    `SELECT coalesce(current_setting('app.organization_id', true), '') AS organization, current_setting('plan_cache_mode') AS mode`,
  );

  it('answers in the order of the questions, again and again, of one organization at a time', async () => {
    const numbers = read('numbers', 'SELECT n FROM generate_series(1, $1::integer) AS n', 3);
    for (const id of [organizationId, otherId, organizationId]) {
      const answers = await readBatch<Row[][]>(api, id, [organizations, numbers, organizations] as Read<Row[]>[]);
      expect(answers).toEqual([[{ id }], [{ n: 1 }, { n: 2 }, { n: 3 }], [{ id }]]);
    }
  });

  it('leaves no organization and no setting behind on the connection', async () => {
    expect(await readBatch<[readonly Row[]]>(api, organizationId, [setting])).toEqual([
      [{ organization: organizationId, mode: 'force_generic_plan' }],
    ]);
    expect(await readAlone(api, setting)).toEqual([{ organization: '', mode: 'auto' }]);
    expect(await readAlone(api, organizations)).toEqual([]);
  });

  it('shows nothing where the organization is none, and what it was asked for is not run', async () => {
    await expect(readBatch(api, 'no-uuid', [organizations])).rejects.toMatchObject({ code: '22P02' });
    expect(await readBatch<[readonly Row[]]>(api, '00000000-0000-4000-8000-000000000000', [organizations])).toEqual([[]]);
  });

  it('runs nothing behind a statement that fails, and goes on with another connection', async () => {
    const fails = read('fails', 'SELECT 1 / $1::integer AS n', 0);
    await expect(readBatch(api, organizationId, [organizations, fails, organizations])).rejects.toMatchObject({ code: '22012' });
    expect(await readBatch<[readonly Row[]]>(api, organizationId, [organizations])).toEqual([[{ id: organizationId }]]);
  });

  it('is cut off with the time that a statement may take', async () => {
    await expect(readBatch(api, organizationId, [read('sleeps', 'SELECT pg_sleep(60)')])).rejects.toMatchObject({ code: '57014' });
  });

  it('writes values so that PostgreSQL reads them as they are', async () => {
    const texts = [
      'plain',
      '',
      'null',
      'NULL',
      ' blank ',
      'a,b',
      '{x}',
      '"quoted"',
      'back\\slash',
      'ünï 🧾',
      "o'clock",
      '2026-01-01',
      '-1',
      null,
    ];
    const instant = new Date('2026-03-01T12:34:56.789Z');
    const far = new Date('+012026-03-01T00:00:00Z');
    const values = [texts, [1, -2, 3.5, null], [instant, far, null], instant, Buffer.from([0, 255]), true, 'ünï"\\', null];
    const sql = `SELECT $1::text[] AS texts, $2::numeric[] AS numbers, $3::timestamptz[] AS instants, $4::timestamptz AS instant, $5::bytea AS bytes, $6::boolean AS flag, $7::text AS text, $8::text AS nothing`;
    expect((await readAlone(api, read('values', sql, ...values)))[0]).toEqual({
      texts,
      numbers: ['1', '-2', '3.5', null].map((text) => (text === null ? null : Number(text))),
      instants: [instant, far, null],
      instant,
      bytes: Buffer.from([0, 255]),
      flag: true,
      text: 'ünï"\\',
      nothing: null,
    });
  });

  it('writes more than fits a packet', async () => {
    const long = 'ü'.repeat(300_000);
    expect(await readAlone(api, read('long', 'SELECT length($1::text) AS length', long))).toEqual([{ length: 300_000 }]);
    expect(await readAlone(api, read('long', 'SELECT length($1::text) AS length', 'short'))).toEqual([{ length: 5 }]);
  });

  it('refuses a value that it can not write, and two statements of one name', async () => {
    await expect(readAlone(api, read('object', 'SELECT $1', { a: 1 }))).rejects.toThrow('received a object as the value of a statement');
    await expect(readAlone(api, read('organizations', 'SELECT 1'))).rejects.toThrow('two statements are called organizations');
    expect(await readAlone(api, setting)).toHaveLength(1);
  });
});
