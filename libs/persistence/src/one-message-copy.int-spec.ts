import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type TestDatabase, startTestDatabase } from '@tallymark/testing';
import pg from 'pg';
import type { DataSource } from 'typeorm';
import { beginRows, endRows, HEADER_BYTES, takeBuffer, TRAILER_BYTES } from './copy-binary.js';
import { runCopies } from './one-message-copy.js';

describe('copies in one message', () => {
  let database: TestDatabase;
  let owner: DataSource;
  beforeAll(async () => {
    database = await startTestDatabase({ now: new Date('2026-11-21T12:00:00Z') });
    owner = await database.connect('owner');
    await owner.query(
      'CREATE TABLE one (id bigint PRIMARY KEY); CREATE TABLE two (id bigint PRIMARY KEY); CREATE TABLE closing (id bigint)',
    );
  });
  afterAll(() => database.stop());
  beforeEach(() => owner.query('TRUNCATE one, two, closing'));

  const rowsOf = (ids: readonly number[]): Buffer => {
    const rows = takeBuffer(HEADER_BYTES + ids.length * 14 + TRAILER_BYTES);
    let at = beginRows(rows);
    for (const id of ids) {
      at = rows.writeInt16BE(1, at);
      at = rows.writeInt32BE(8, at);
      at = rows.writeBigInt64BE(BigInt(id), at);
    }
    return endRows(rows, at);
  };
  const copy = async (one: readonly number[], two: readonly number[], closing = 'INSERT INTO closing VALUES (1)'): Promise<unknown> => {
    const copies = [
      { target: 'one (id)', rows: rowsOf(one) },
      { target: 'two (id)', rows: rowsOf(two) },
    ];
    return withClient(async (client) => {
      const outcome = await runCopies(client, copies, closing).then(
        () => 'done',
        (error: { code?: string; table?: string }) => [error.code, error.table],
      );
      // Whatever has happened, the connection is fit for the next statement.
      expect((await client.query('SELECT 1 AS still')).rows).toEqual([{ still: 1 }]);
      return outcome;
    });
  };
  const withClient = async <T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> => {
    const runner = owner.createQueryRunner();
    try {
      return await work((await runner.connect()) as pg.PoolClient);
    } finally {
      await runner.release();
    }
  };
  const counts = async (): Promise<number[]> => {
    const [{ counts: found }] = await owner.query<[{ counts: number[] }]>(
      'SELECT ARRAY[(SELECT count(*) FROM one), (SELECT count(*) FROM two), (SELECT count(*) FROM closing)]::int[] AS counts',
    );
    return found;
  };

  it('keep all rows and what the closing statement writes', async () => {
    expect(await copy([1, 2, 3], [4])).toBe('done');
    expect(await copy([5], [])).toBe('done');
    expect(await counts()).toEqual([4, 1, 2]);
  });

  it('take more rows than a socket holds', async () => {
    const ids = Array.from({ length: 200_000 }, (_, index) => index);
    expect(await copy(ids, [1])).toBe('done');
    expect((await owner.query('SELECT sum(id)::text AS sum FROM one'))[0]).toEqual({ sum: '19999900000' });
  });

  it.each<[string, number[], number[], string, unknown]>([
    ['the first copy', [1, 1], [2], 'INSERT INTO closing VALUES (1)', ['23505', 'one']],
    ['the second copy', [1], [2, 2], 'INSERT INTO closing VALUES (1)', ['23505', 'two']],
    ['the closing statement', [1], [2], 'INSERT INTO closing VALUES (1), (1 / 0)', ['22012', undefined]],
  ])('keep nothing when %s fails', async (_name, one, two, closing, error) => {
    expect(await copy(one, two, closing)).toEqual(error);
    expect(await counts()).toEqual([0, 0, 0]);
  });

  it('are part of the transaction they run in', async () => {
    await withClient(async (client) => {
      await client.query('BEGIN');
      await runCopies(client, [{ target: 'one (id)', rows: rowsOf([1]) }], '');
      await client.query('ROLLBACK');
    });
    expect(await counts()).toEqual([0, 0, 0]);
  });

  it('fail when the connection is lost', async () => {
    const client = new pg.Client({ connectionString: database.ownerUrl });
    client.on('error', () => undefined);
    await client.connect();
    const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    const copying = runCopies(client, [{ target: 'one (id)', rows: rowsOf([1]) }], 'SELECT pg_sleep(30)');
    const [outcome] = await Promise.allSettled([copying, owner.query('SELECT pg_terminate_backend($1)', [rows[0]!.pid])]);
    expect(outcome.status).toBe('rejected');
    expect(await counts()).toEqual([0, 0, 0]);
  });
});
