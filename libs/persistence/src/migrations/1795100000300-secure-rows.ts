import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Tables whose rows belong to an organization. A test fails when a table of the schema is in neither list. */
const TENANT_TABLES = [
  'customer',
  'customer_subject',
  'api_key',
  'meter',
  'plan',
  'plan_version',
  'subscription',
  'event',
  'ingest_commit',
  'event_refusal',
  'usage_bucket',
  'usage_unique',
  'statement',
  'statement_queue',
];

/**
 * Isolation in the database: the role of usage-api sees the rows of one organization, named inside its transaction, and no row when none is named.
 * The ingest role may insert into the log and call two functions, and reads no table; the role of billing-calc works for all organizations, on just the tables it needs.
 */
export class SecureRows1795100000300 implements MigrationInterface {
  readonly name = 'SecureRows1795100000300';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE FUNCTION current_organization() RETURNS uuid LANGUAGE sql STABLE
        RETURN nullif(current_setting('app.organization_id', true), '')::uuid;
    `);
    for (const [table, column] of [['organization', 'id'], ...TENANT_TABLES.map((name) => [name, 'organization_id'])]) {
      await queryRunner.query(`
        ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
        CREATE POLICY tenant ON ${table} TO tallymark_api USING (${column} = current_organization()) WITH CHECK (${column} = current_organization());
        CREATE POLICY owner ON ${table} TO tallymark_owner USING (true) WITH CHECK (true);
        CREATE POLICY calc ON ${table} TO tallymark_calc USING (true) WITH CHECK (true);
      `);
    }
    await queryRunner.query(`
      REVOKE ALL ON ALL FUNCTIONS IN SCHEMA public FROM PUBLIC;

      GRANT SELECT, INSERT, UPDATE ON organization, customer, api_key, meter, subscription TO tallymark_api;
      GRANT SELECT, INSERT, DELETE ON customer_subject TO tallymark_api;
      GRANT SELECT, INSERT ON plan, plan_version TO tallymark_api;
      GRANT SELECT ON event, ingest_commit, event_refusal, usage_bucket, usage_unique, statement TO tallymark_api;
      GRANT SELECT, INSERT ON statement_queue TO tallymark_api;

      GRANT SELECT ON organization, customer, customer_subject, plan, plan_version, subscription, event TO tallymark_calc;
      GRANT SELECT, UPDATE ON meter TO tallymark_calc;
      GRANT SELECT, UPDATE, DELETE ON ingest_commit TO tallymark_calc;
      GRANT SELECT, INSERT, UPDATE, DELETE ON usage_bucket, usage_unique, statement, statement_queue TO tallymark_calc;
      GRANT SELECT, INSERT, UPDATE ON job_run TO tallymark_calc;

      GRANT EXECUTE ON FUNCTION append_events TO tallymark_ingest;
      GRANT INSERT ON event_identity, ingest_commit TO tallymark_ingest;
      CREATE POLICY ingest ON ingest_commit FOR INSERT TO tallymark_ingest WITH CHECK (true);
      GRANT EXECUTE ON FUNCTION current_organization TO tallymark_api, tallymark_calc, tallymark_owner;
      GRANT EXECUTE ON FUNCTION json_path, event_value, event_passes, event_dimensions TO tallymark_api, tallymark_calc;
      GRANT EXECUTE ON FUNCTION ensure_month_partitions, drop_month_partitions TO tallymark_calc;
    `);
    await queryRunner.query(CREDENTIAL_FUNCTIONS);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP POLICY ingest ON ingest_commit; DROP FUNCTION find_credential, list_organizations, applied_migrations`);
    for (const table of ['organization', ...TENANT_TABLES]) {
      await queryRunner.query(`
        DROP POLICY tenant ON ${table}; DROP POLICY owner ON ${table}; DROP POLICY calc ON ${table};
        ALTER TABLE ${table} NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY;
      `);
    }
    await queryRunner.query(`DROP FUNCTION current_organization`);
  }
}

/** Before a credential is known there is no tenant to name, so the one look-up by hash runs as the owner. So does the operator's list. */
const CREDENTIAL_FUNCTIONS = `
CREATE FUNCTION find_credential(p_secret_hash bytea) RETURNS TABLE (
  id uuid, organization_id uuid, customer_id uuid, name text, scopes text[], expires_at timestamptz, revoked_at timestamptz
) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
  AS 'SELECT k.id, k.organization_id, k.customer_id, k.name, k.scopes, k.expires_at, k.revoked_at FROM api_key k WHERE k.secret_hash = p_secret_hash';

CREATE FUNCTION list_organizations(p_after uuid, p_limit integer) RETURNS SETOF organization
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
  AS 'SELECT * FROM organization o WHERE p_after IS NULL OR o.id > p_after ORDER BY o.id LIMIT p_limit';

CREATE FUNCTION applied_migrations() RETURNS SETOF text LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
  AS 'SELECT name::text FROM migration ORDER BY id';

REVOKE ALL ON FUNCTION find_credential, list_organizations, applied_migrations FROM PUBLIC;
GRANT EXECUTE ON FUNCTION find_credential TO tallymark_api, tallymark_ingest;
GRANT EXECUTE ON FUNCTION list_organizations TO tallymark_api;
GRANT EXECUTE ON FUNCTION applied_migrations TO tallymark_api, tallymark_ingest, tallymark_calc;
`;
