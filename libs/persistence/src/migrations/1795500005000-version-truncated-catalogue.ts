import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Row triggers see nothing of a TRUNCATE, and usage-api would go on with what it has in memory, for as long as no version changes. No service may
 * truncate; the owner may. The triggers run in sessions that play another server's changes back as well.
 */
export class VersionTruncatedCatalogue1795500005000 implements MigrationInterface {
  readonly name = 'VersionTruncatedCatalogue1795500005000';

  async up(queryRunner: QueryRunner): Promise<void> {
    // A long reading of a table holds it back, and everybody queues behind it: rather try again.
    await queryRunner.query(`SET LOCAL lock_timeout = '5s'`);
    await queryRunner.query(FUNCTION);
    for (const table of VERSIONED) {
      await queryRunner.query(`
        CREATE TRIGGER ${table}_version_truncated BEFORE TRUNCATE ON ${table} FOR EACH STATEMENT EXECUTE FUNCTION version_whole_catalogue();
        ALTER TABLE ${table} ENABLE ALWAYS TRIGGER ${table}_version_truncated;
      `);
    }
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const table of VERSIONED) await queryRunner.query(`DROP TRIGGER ${table}_version_truncated ON ${table}`);
    await queryRunner.query('DROP FUNCTION version_whole_catalogue');
  }
}

/** What rows' triggers version. */
const VERSIONED = ['organization', 'meter', 'plan', 'customer', 'customer_subject', 'subscription', 'subscription_phase', 'api_key'];

/** Before the rows go: scopes that never changed have no version, and are known by their rows alone. */
const FUNCTION = `
CREATE FUNCTION version_whole_catalogue() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO catalogue_version AS v (organization_id, scope_id, version)
  SELECT s.organization_id, s.scope_id, gen_random_uuid() FROM (
    SELECT id, id FROM organization UNION SELECT organization_id, id FROM customer UNION SELECT organization_id, scope_id FROM catalogue_version
  ) AS s (organization_id, scope_id)
  ORDER BY s.organization_id, s.scope_id
  ON CONFLICT (organization_id, scope_id) DO UPDATE SET version = excluded.version;
  RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION version_whole_catalogue FROM PUBLIC;
`;
