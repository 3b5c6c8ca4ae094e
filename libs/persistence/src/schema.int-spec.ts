import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type TestDatabase, startTestDatabase } from '@tallymark/testing';
import type pg from 'pg';
import type { DataSource, MigrationInterface } from 'typeorm';

describe('the schema', () => {
  let database: TestDatabase;
  let owner: DataSource;
  beforeAll(async () => {
    database = await startTestDatabase();
    owner = await database.connect('owner');
  });
  afterAll(() => database.stop());

  it('is what the row classes say: no drift', async () => {
    const log = await owner.driver.createSchemaBuilder().log();
    expect(log.upQueries.map((query) => query.query)).toEqual([]);
  });

  it('goes down and up again', async () => {
    const other = await startTestDatabase();
    try {
      const source = await other.connect('owner');
      for (const _ of source.migrations) await source.undoLastMigration();
      expect(
        await source.query(
          `SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND relname <> 'migration'`,
        ),
      ).toEqual([]);
      await source.runMigrations();
    } finally {
      await other.stop();
    }
  });

  it('forces row-level security, with a policy for each role, on every table that holds a tenant’s rows', async () => {
    const withoutTenant = ['event_identity', 'job_run', 'migration'];
    const tables: { relname: string; secured: boolean }[] = await owner.query(`
      SELECT relname, relrowsecurity AND relforcerowsecurity AS secured FROM pg_class
      WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition`);
    expect(
      tables
        .filter((table) => !table.secured)
        .map((table) => table.relname)
        .sort(),
    ).toEqual([...withoutTenant].sort());
  });

  it('gives no service role the power to go round it', async () => {
    const roles: unknown[] = await owner.query(
      `SELECT rolname FROM pg_roles WHERE rolname LIKE 'tallymark%' AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb)`,
    );
    expect(roles).toEqual([]);
    const owned: unknown[] = await owner.query(
      `SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relowner <> 'tallymark_owner'::regrole`,
    );
    expect(owned).toEqual([]);
  });

  it('lets the ingest role read nothing', async () => {
    const ingest = await database.connect('ingest');
    for (const table of ['event', 'event_identity', 'api_key', 'usage_bucket', 'statement']) {
      await expect(ingest.query(`SELECT * FROM ${table}`)).rejects.toThrow('permission denied');
    }
  });

  it('tells organizations apart in a statement that a connection keeps prepared, planned once for all', async () => {
    const organizations = [randomUUID(), randomUUID()];
    for (const [index, id] of organizations.entries())
      await owner.query(
        `INSERT INTO event (shard_key, occurred_at, identity, commit_id, organization_id, time_given, subject, type, source, event_id)
         SELECT n, now(), gen_random_uuid(), 1, $1, true, 'acme', 'call', '/t', n::text FROM generate_series(1, $2::integer) AS n`,
        [id, index + 1],
      );
    const api = await database.connect('api');
    const runner = api.createQueryRunner();
    const client = (await runner.connect()) as pg.PoolClient;
    const counts: number[] = [];
    for (let turn = 0; turn < 16; turn += 1) {
      await client.query('BEGIN');
      await client.query(`SELECT set_config('app.organization_id', $1, true)`, [organizations[turn % 2]]);
      const { rows } = await client.query<{ count: number }>({ name: 'counted', text: 'SELECT count(*)::integer AS count FROM event' });
      counts.push(rows[0]!.count);
      await client.query('COMMIT');
    }
    await runner.release();
    expect(counts).toEqual(Array.from({ length: 16 }, (_, turn) => 1 + (turn % 2)));
  });

  it('makes months without holding everybody up behind a long reading', async () => {
    const functions: unknown[] = await owner.query(
      `SELECT proname FROM pg_proc WHERE proname = 'ensure_month_partitions' AND 'lock_timeout=5s' = ANY (proconfig) AND 'search_path=public, pg_temp' = ANY (proconfig)`,
    );
    expect(functions).toHaveLength(1);
  });

  it('has nobody who writes wait for long behind a migration that waits for a table', async () => {
    const other = await startTestDatabase();
    try {
      const source = await other.connect('owner');
      const undone = new Map<string, MigrationInterface>();
      for (const migration of [...source.migrations].reverse()) {
        if (!/17955\d+$/.test(migration.name!)) break;
        await source.undoLastMigration();
        undone.set(migration.name!, migration);
      }
      for (const migration of [...undone.values()].reverse()) {
        const runner = source.createQueryRunner();
        await runner.startTransaction();
        await migration.up(runner);
        const [row]: { lock_timeout: string }[] = await runner.query('SHOW lock_timeout');
        expect([migration.name, row!.lock_timeout]).toEqual([migration.name, '5s']);
        await runner.commitTransaction();
        await runner.release();
      }
    } finally {
      await other.stop();
    }
  });

  it('lets nobody read a partition past its parent’s policies', async () => {
    const api = await database.connect('api');
    const [partition]: { relname: string }[] = await owner.query(
      `SELECT relname FROM pg_class WHERE relispartition AND relkind = 'r' AND relname LIKE 'event_2%' LIMIT 1`,
    );
    await expect(api.query(`SELECT * FROM ${partition!.relname}`)).rejects.toThrow('permission denied');
  });
});
