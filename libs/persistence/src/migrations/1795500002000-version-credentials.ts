import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The keys of a customer belong to what is versioned with it, and a key is found together with that version: whoever reads the customer's version
 * later, and finds the same one, knows without looking that the key still stands. A key of a whole organization has no such scope.
 * The triggers run in sessions that play another server's changes back as well: a revocation has to hold however it came.
 */
export class VersionCredentials1795500002000 implements MigrationInterface {
  readonly name = 'VersionCredentials1795500002000';

  async up(queryRunner: QueryRunner): Promise<void> {
    // A long reading of keys holds it back, and everybody queues behind it: rather try again.
    await queryRunner.query(`SET LOCAL lock_timeout = '5s'`);
    await queryRunner.query(`
      CREATE CONSTRAINT TRIGGER api_key_version_catalogue AFTER INSERT OR DELETE ON api_key DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION version_catalogue('organization_id', 'customer_id');
      CREATE CONSTRAINT TRIGGER api_key_version_catalogue_change AFTER UPDATE ON api_key DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION version_catalogue('organization_id', 'customer_id');
      ALTER TABLE api_key ENABLE ALWAYS TRIGGER api_key_version_catalogue, ENABLE ALWAYS TRIGGER api_key_version_catalogue_change;
      COMMENT ON TABLE catalogue_version IS 'changes with every change of a customer (its subjects, subscriptions and keys) or of what belongs to the whole organization (settings, meters, plans)';
      DROP FUNCTION find_credential;
      ${FIND_VERSIONED_CREDENTIAL}
      ${GRANTS}
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      DROP TRIGGER api_key_version_catalogue ON api_key;
      DROP TRIGGER api_key_version_catalogue_change ON api_key;
      COMMENT ON TABLE catalogue_version IS 'changes with every change of a customer (its subjects and subscriptions) or of what belongs to the whole organization (settings, meters, plans)';
      DROP FUNCTION find_credential;
      ${FIND_CREDENTIAL}
      ${GRANTS}
    `);
  }
}

/** One statement, hence one snapshot of the key and the version. What it returned before, services of before ask for by name: they go on. */
const FIND_VERSIONED_CREDENTIAL = `
CREATE FUNCTION find_credential(p_secret_hash bytea) RETURNS TABLE (
  id uuid, organization_id uuid, customer_id uuid, name text, scopes text[], expires_at timestamptz, revoked_at timestamptz, customer_version uuid
) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
  AS 'SELECT k.id, k.organization_id, k.customer_id, k.name, k.scopes, k.expires_at, k.revoked_at, v.version
      FROM api_key k LEFT JOIN catalogue_version v ON v.organization_id = k.organization_id AND v.scope_id = k.customer_id WHERE k.secret_hash = p_secret_hash';
`;

const FIND_CREDENTIAL = `
CREATE FUNCTION find_credential(p_secret_hash bytea) RETURNS TABLE (
  id uuid, organization_id uuid, customer_id uuid, name text, scopes text[], expires_at timestamptz, revoked_at timestamptz
) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
  AS 'SELECT k.id, k.organization_id, k.customer_id, k.name, k.scopes, k.expires_at, k.revoked_at FROM api_key k WHERE k.secret_hash = p_secret_hash';
`;

const GRANTS = `
REVOKE ALL ON FUNCTION find_credential FROM PUBLIC;
GRANT EXECUTE ON FUNCTION find_credential TO tallymark_api, tallymark_ingest;
`;
