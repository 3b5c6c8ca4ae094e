import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type TestDatabase, UsageWorld, startTestDatabase } from '@tallymark/testing';
import type { DataSource } from 'typeorm';

const TABLES = ['api_key', 'subscription_phase', 'subscription', 'customer_subject', 'customer', 'plan', 'meter', 'organization'];

describe('versions of the catalogue', () => {
  let database: TestDatabase;
  let owner: DataSource;

  beforeAll(async () => {
    database = await startTestDatabase();
    owner = await database.connect('owner');
  });
  afterAll(() => database.stop());

  const versions = async (): Promise<ReadonlyMap<string, string>> => {
    const rows: { scope: string; version: string }[] = await owner.query('SELECT scope_id AS scope, version FROM catalogue_version');
    return new Map(rows.map(({ scope, version }) => [scope, version]));
  };

  it.each(TABLES)('all change when %s is truncated, those of scopes that had none included', async (table) => {
    const world = await UsageWorld.create(database, new Date());
    const customerId = await world.addCustomer('acme');
    await world.addCustomer('unchanged');
    await owner.query('DELETE FROM catalogue_version WHERE scope_id = $1', [customerId]);
    const before = await versions();
    await owner.query(`TRUNCATE ${table} CASCADE`);
    const after = await versions();
    expect([...after.keys()]).toEqual(expect.arrayContaining([...before.keys(), world.organizationId, customerId]));
    expect([...before].filter(([scope, version]) => after.get(scope) === version)).toEqual([]);
  });

  it('are out of the reach of every service: none may truncate', async () => {
    const granted: unknown[] = await owner.query(
      `SELECT grantee, table_name FROM information_schema.role_table_grants
       WHERE privilege_type = 'TRUNCATE' AND table_schema = 'public' AND grantee LIKE 'tallymark%' AND grantee <> 'tallymark_owner'`,
    );
    expect(granted).toEqual([]);
  });
});
