import type { MigrationInterface, QueryRunner } from 'typeorm';

const TENANT_TABLES = ['statement_version', 'statement_recount', 'close_cutoff', 'late_commit'];

/**
 * Statements close: the row then never changes, for any role. What is needed to recompute it stands in the row itself (`basis`), and the log can be
 * read as it was at the close: `close_cutoff` is the latest instant that a close of the organization used, `late_commit` names the commits that
 * were received before a cut-off and counted after it.
 */
export class CloseStatements1795200000400 implements MigrationInterface {
  readonly name = 'CloseStatements1795200000400';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      ALTER TABLE statement ADD COLUMN id uuid CONSTRAINT statement_id_key UNIQUE,
        ADD COLUMN billing_period_from timestamptz, ADD COLUMN billing_period_to timestamptz,
        ADD COLUMN closed_at timestamptz, ADD COLUMN basis jsonb;
      UPDATE statement SET id = gen_random_uuid(), billing_period_from = period_from, billing_period_to = period_to;
      ALTER TABLE statement ALTER COLUMN id SET NOT NULL, ALTER COLUMN billing_period_from SET NOT NULL, ALTER COLUMN billing_period_to SET NOT NULL;
      COMMENT ON COLUMN statement.basis IS 'of a closed statement: all that it was made from, the events apart; null when its events were no longer kept';
      CREATE INDEX statement_due_idx ON statement (period_to) WHERE status <> 'closed';
      CREATE INDEX statement_closed_idx ON statement (subscription_id, period_to) WHERE status = 'closed';

      CREATE TABLE statement_version (
        subscription_id uuid NOT NULL,
        period_from timestamptz NOT NULL,
        revision integer NOT NULL,
        organization_id uuid NOT NULL,
        period_to timestamptz NOT NULL,
        plan_version_id uuid NOT NULL,
        status text NOT NULL,
        total numeric NOT NULL,
        amounts jsonb NOT NULL,
        as_of timestamptz NOT NULL,
        CONSTRAINT statement_version_pkey PRIMARY KEY (subscription_id, period_from, revision)
      );
      CREATE INDEX statement_version_as_of_idx ON statement_version (as_of);
      COMMENT ON TABLE statement_version IS 'what statements said while they were open, at the end of each UTC day on which they changed';

      CREATE TABLE statement_recount (
        subscription_id uuid NOT NULL,
        period_from timestamptz NOT NULL,
        organization_id uuid NOT NULL,
        amounts jsonb NOT NULL,
        as_of timestamptz NOT NULL,
        CONSTRAINT statement_recount_pkey PRIMARY KEY (subscription_id, period_from)
      );
      COMMENT ON TABLE statement_recount IS 'what a closed statement would say now, where that is or was something else';

      CREATE TABLE close_cutoff (
        organization_id uuid NOT NULL CONSTRAINT close_cutoff_pkey PRIMARY KEY,
        as_of timestamptz NOT NULL
      );
      COMMENT ON TABLE close_cutoff IS 'the latest instant as of which statements of the organization were closed';

      CREATE TABLE late_commit (
        organization_id uuid NOT NULL,
        commit_id bigint NOT NULL,
        counted_after timestamptz NOT NULL,
        CONSTRAINT late_commit_pkey PRIMARY KEY (organization_id, commit_id)
      );
      COMMENT ON TABLE late_commit IS 'commits received before a cut-off and counted after it: statements closed as of counted_after or earlier do not hold them';
    `);
    for (const table of TENANT_TABLES) {
      await queryRunner.query(`
        ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
        CREATE POLICY tenant ON ${table} TO tallymark_api USING (organization_id = current_organization()) WITH CHECK (organization_id = current_organization());
        CREATE POLICY owner ON ${table} TO tallymark_owner USING (true) WITH CHECK (true);
        CREATE POLICY calc ON ${table} TO tallymark_calc USING (true) WITH CHECK (true);
      `);
    }
    await queryRunner.query(`
      GRANT SELECT ON statement_version, statement_recount TO tallymark_api;
      GRANT SELECT, INSERT, UPDATE, DELETE ON statement_version, statement_recount TO tallymark_calc;
      GRANT SELECT, INSERT, UPDATE ON close_cutoff TO tallymark_calc;
      GRANT SELECT, INSERT, DELETE ON late_commit TO tallymark_calc;
    `);
    await queryRunner.query(KEEP_CLOSED);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      DROP TRIGGER statement_keep_closed ON statement;
      DROP TRIGGER statement_keep_closed_whole ON statement;
      DROP FUNCTION refuse_closed_statement, refuse_closed_statements;
      DROP TABLE late_commit, close_cutoff, statement_recount, statement_version;
      DROP INDEX statement_due_idx, statement_closed_idx;
      ALTER TABLE statement DROP COLUMN id, DROP COLUMN billing_period_from, DROP COLUMN billing_period_to, DROP COLUMN closed_at, DROP COLUMN basis;
      UPDATE statement SET status = 'open';
    `);
  }
}

/** For every role, the owner and a replicating session included. */
const KEEP_CLOSED = `
CREATE FUNCTION refuse_closed_statement() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  RAISE EXCEPTION 'the statement of subscription % from % is closed; it never changes, what becomes known later is adjusted on a later one', OLD.subscription_id, OLD.period_from
    USING ERRCODE = 'restrict_violation';
END $$;

CREATE FUNCTION refuse_closed_statements() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM statement WHERE status = 'closed') THEN
    RAISE EXCEPTION 'there are closed statements; they are never removed' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NULL;
END $$;

REVOKE ALL ON FUNCTION refuse_closed_statement, refuse_closed_statements FROM PUBLIC;

CREATE TRIGGER statement_keep_closed BEFORE UPDATE OR DELETE ON statement
  FOR EACH ROW WHEN (OLD.status = 'closed') EXECUTE FUNCTION refuse_closed_statement();
CREATE TRIGGER statement_keep_closed_whole BEFORE TRUNCATE ON statement FOR EACH STATEMENT EXECUTE FUNCTION refuse_closed_statements();
ALTER TABLE statement ENABLE ALWAYS TRIGGER statement_keep_closed, ENABLE ALWAYS TRIGGER statement_keep_closed_whole;
`;
