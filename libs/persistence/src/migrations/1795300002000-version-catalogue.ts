import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Versions of the catalogue, by which usage-api knows that what it has in memory is what is stored: each change of a customer or of what belongs to the
 * whole organization writes another one, in its own transaction. A version is random, so that none comes twice; scopes that never changed have none.
 */
export class VersionCatalogue1795300002000 implements MigrationInterface {
  readonly name = 'VersionCatalogue1795300002000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE catalogue_version (
        organization_id uuid NOT NULL,
        scope_id uuid NOT NULL,
        version uuid NOT NULL,
        CONSTRAINT catalogue_version_pkey PRIMARY KEY (organization_id, scope_id)
      );
      COMMENT ON TABLE catalogue_version IS 'changes with every change of a customer (its subjects and subscriptions) or of what belongs to the whole organization (settings, meters, plans)';
      ALTER TABLE catalogue_version ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
      CREATE POLICY tenant ON catalogue_version TO tallymark_api USING (organization_id = current_organization()) WITH CHECK (organization_id = current_organization());
      CREATE POLICY owner ON catalogue_version TO tallymark_owner USING (true) WITH CHECK (true);
      GRANT SELECT ON catalogue_version TO tallymark_api;
    `);
    await queryRunner.query(VERSION_FUNCTION);
    for (const { table, columns, when } of VERSIONED) {
      await queryRunner.query(`
        CREATE CONSTRAINT TRIGGER ${table}_version_catalogue AFTER INSERT OR DELETE ON ${table} DEFERRABLE INITIALLY DEFERRED
          FOR EACH ROW EXECUTE FUNCTION version_catalogue(${columns});
        CREATE CONSTRAINT TRIGGER ${table}_version_catalogue_change AFTER UPDATE ON ${table} DEFERRABLE INITIALLY DEFERRED
          FOR EACH ROW WHEN (${when}) EXECUTE FUNCTION version_catalogue(${columns});
      `);
    }
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const { table } of VERSIONED) {
      await queryRunner.query(`
        DROP TRIGGER ${table}_version_catalogue ON ${table};
        DROP TRIGGER ${table}_version_catalogue_change ON ${table};
      `);
    }
    await queryRunner.query(`DROP FUNCTION version_catalogue; DROP TABLE catalogue_version`);
  }
}

const CHANGED = 'OLD.* IS DISTINCT FROM NEW.*';

/** How far billing-calc is with a meter, which it writes all the time, is not of the catalogue. */
const PROGRESS = `ARRAY['folded', 'backfilling', 'fold_attempt', 'fold_progress']`;

/** What is versioned, and the columns that hold the organization and the scope. */
const VERSIONED = [
  { table: 'organization', columns: `'id', 'id'`, when: CHANGED },
  {
    table: 'meter',
    columns: `'organization_id', 'organization_id'`,
    when: `(to_jsonb(OLD) - ${PROGRESS}) IS DISTINCT FROM (to_jsonb(NEW) - ${PROGRESS})`,
  },
  { table: 'plan', columns: `'organization_id', 'organization_id'`, when: CHANGED },
  { table: 'customer', columns: `'organization_id', 'id'`, when: CHANGED },
  { table: 'customer_subject', columns: `'organization_id', 'customer_id'`, when: CHANGED },
  { table: 'subscription', columns: `'organization_id', 'customer_id'`, when: CHANGED },
  { table: 'subscription_phase', columns: `'organization_id', 'subscription_id'`, when: CHANGED },
] as const;

/**
 * Runs at the commit: the lock on a version is then the last one that a transaction takes, and held for no longer than the commit. It runs as the
 * owner, since no service writes versions itself.
 */
const VERSION_FUNCTION = `
CREATE FUNCTION version_catalogue() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  v_organization_id uuid; v_scope_id uuid;
BEGIN
  FOR v_organization_id, v_scope_id IN
    SELECT DISTINCT (r.record ->> TG_ARGV[0])::uuid, (r.record ->> TG_ARGV[1])::uuid FROM (VALUES (to_jsonb(OLD)), (to_jsonb(NEW))) AS r (record) WHERE r.record IS NOT NULL
  LOOP
    IF TG_TABLE_NAME = 'subscription_phase' THEN SELECT s.customer_id INTO v_scope_id FROM subscription s WHERE s.id = v_scope_id; END IF;
    CONTINUE WHEN v_scope_id IS NULL;
    INSERT INTO catalogue_version AS v (organization_id, scope_id, version) VALUES (v_organization_id, v_scope_id, gen_random_uuid())
    ON CONFLICT (organization_id, scope_id) DO UPDATE SET version = excluded.version;
  END LOOP;
  RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION version_catalogue FROM PUBLIC;
`;
