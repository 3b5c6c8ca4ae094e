import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What changes in a subscription while it runs: its plan version, its time zone. The subscription's own columns stay what it started with. */
export class AddSubscriptionPhases1795200000300 implements MigrationInterface {
  readonly name = 'AddSubscriptionPhases1795200000300';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE subscription_phase (
        subscription_id uuid NOT NULL CONSTRAINT subscription_phase_subscription_fkey REFERENCES subscription (id),
        starts_at timestamptz NOT NULL,
        organization_id uuid NOT NULL,
        plan_version_id uuid CONSTRAINT subscription_phase_plan_version_fkey REFERENCES plan_version (id),
        time_zone text,
        requested_by text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT subscription_phase_pkey PRIMARY KEY (subscription_id, starts_at),
        CONSTRAINT subscription_phase_change_check CHECK (plan_version_id IS NOT NULL OR time_zone IS NOT NULL)
      );
      CREATE INDEX subscription_phase_plan_version_idx ON subscription_phase (plan_version_id);
      COMMENT ON COLUMN subscription_phase.plan_version_id IS 'in force from starts_at on; null: as before';
      COMMENT ON COLUMN subscription_phase.time_zone IS 'in which periods begin from starts_at on; null: as before';

      ALTER TABLE subscription_phase ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
      CREATE POLICY tenant ON subscription_phase TO tallymark_api USING (organization_id = current_organization()) WITH CHECK (organization_id = current_organization());
      CREATE POLICY owner ON subscription_phase TO tallymark_owner USING (true) WITH CHECK (true);
      CREATE POLICY calc ON subscription_phase TO tallymark_calc USING (true) WITH CHECK (true);

      GRANT SELECT, INSERT ON subscription_phase TO tallymark_api;
      GRANT UPDATE (plan_version_id, time_zone, requested_by, created_at) ON subscription_phase TO tallymark_api;
      GRANT SELECT ON subscription_phase TO tallymark_calc;
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE subscription_phase');
  }
}
