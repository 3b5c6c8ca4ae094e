import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Corrections: events are never changed or deleted, they are taken out (`voided_by`) and others put in (`correction_id`), both by a correction that
 * stays on the record. usage-api writes what is asked for, in columns of its own; billing-calc does it and writes what became of it.
 */
export class CorrectEvents1795200000500 implements MigrationInterface {
  readonly name = 'CorrectEvents1795200000500';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      ALTER TABLE event ADD COLUMN voided_by uuid, ADD COLUMN correction_id uuid;
      COMMENT ON COLUMN event.voided_by IS 'the correction that takes the event out of all usage; its own one when the correction that added it is reverted';
      COMMENT ON COLUMN event.correction_id IS 'the correction that added the event; null for one that was sent';

      CREATE TABLE correction (
        id uuid NOT NULL CONSTRAINT correction_pkey PRIMARY KEY,
        organization_id uuid NOT NULL CONSTRAINT correction_organization_fkey REFERENCES organization (id),
        external_id text,
        kind text NOT NULL,
        status text NOT NULL DEFAULT 'pending',
        task text,
        task_by jsonb,
        reason text NOT NULL,
        request jsonb NOT NULL,
        request_hash bytea NOT NULL,
        requested_by jsonb NOT NULL,
        created_at timestamptz NOT NULL,
        impact jsonb,
        failure jsonb,
        voided_events integer,
        added_events integer,
        touched_from timestamptz,
        touched_to timestamptz,
        dry_run_at timestamptz,
        dry_run_hash text,
        applied_at timestamptz,
        applied_by jsonb,
        reverted_at timestamptz,
        reverted_by jsonb,
        revert_reason text,
        CONSTRAINT correction_external_id_key UNIQUE (organization_id, external_id)
      );
      CREATE INDEX correction_organization_idx ON correction (organization_id, id);
      CREATE INDEX correction_task_idx ON correction (id) WHERE task IS NOT NULL;
      COMMENT ON COLUMN correction.task IS 'what billing-calc is asked to do: dry_run, apply or revert; null once it is done';

      CREATE TABLE correction_event (
        shard_key bigint NOT NULL,
        occurred_at timestamptz NOT NULL,
        identity uuid NOT NULL,
        correction_id uuid NOT NULL,
        organization_id uuid NOT NULL,
        action text NOT NULL,
        origin_shard_key bigint NOT NULL,
        origin_identity uuid NOT NULL,
        CONSTRAINT correction_event_pkey PRIMARY KEY (shard_key, occurred_at, identity, correction_id)
      );
      CREATE INDEX correction_event_correction_idx ON correction_event (correction_id);
      CREATE INDEX correction_event_origin_idx ON correction_event (origin_shard_key, origin_identity);
      COMMENT ON TABLE correction_event IS 'which events a correction takes out (void) and puts in (add); reverting leaves the rows';
      COMMENT ON COLUMN correction_event.origin_identity IS 'the identity of the sent event that the row is a version of';
    `);
    for (const table of ['correction', 'correction_event']) {
      await queryRunner.query(`
        ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
        CREATE POLICY tenant ON ${table} TO tallymark_api USING (organization_id = current_organization()) WITH CHECK (organization_id = current_organization());
        CREATE POLICY owner ON ${table} TO tallymark_owner USING (true) WITH CHECK (true);
        CREATE POLICY calc ON ${table} TO tallymark_calc USING (true) WITH CHECK (true);
      `);
    }
    await queryRunner.query(`
      GRANT SELECT ON correction, correction_event TO tallymark_api;
      GRANT INSERT (id, organization_id, external_id, kind, task, task_by, reason, request, request_hash, requested_by, created_at) ON correction TO tallymark_api;
      GRANT UPDATE (task, task_by, failure, revert_reason) ON correction TO tallymark_api;

      GRANT SELECT, UPDATE ON correction TO tallymark_calc;
      GRANT SELECT, INSERT, DELETE ON correction_event TO tallymark_calc;
      GRANT INSERT, UPDATE (voided_by) ON event TO tallymark_calc;
      GRANT SELECT, INSERT ON event_identity TO tallymark_calc;
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      REVOKE INSERT, UPDATE (voided_by) ON event FROM tallymark_calc;
      REVOKE SELECT, INSERT ON event_identity FROM tallymark_calc;
      DROP TABLE correction_event, correction;
      ALTER TABLE event DROP COLUMN voided_by, DROP COLUMN correction_id;
    `);
  }
}
