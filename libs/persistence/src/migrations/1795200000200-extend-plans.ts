import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What a plan commits its customers to, and how long the base amount is not owed. */
export class ExtendPlans1795200000200 implements MigrationInterface {
  readonly name = 'ExtendPlans1795200000200';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      ALTER TABLE plan_version ADD COLUMN minimum_commitment numeric, ADD COLUMN trial_days integer NOT NULL DEFAULT 0;
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE plan_version DROP COLUMN minimum_commitment, DROP COLUMN trial_days');
  }
}
