import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Organizations, keys, meters, plans, customers and subscriptions: small tables with foreign keys. */
export class CreateCatalogue1795100000000 implements MigrationInterface {
  readonly name = 'CreateCatalogue1795100000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE organization (
        id uuid NOT NULL CONSTRAINT organization_pkey PRIMARY KEY,
        external_id text NOT NULL CONSTRAINT organization_external_id_key UNIQUE,
        name text NOT NULL,
        settings jsonb NOT NULL DEFAULT '{}',
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now()
      );

      CREATE TABLE customer (
        id uuid NOT NULL CONSTRAINT customer_pkey PRIMARY KEY,
        organization_id uuid NOT NULL CONSTRAINT customer_organization_fkey REFERENCES organization (id),
        external_id text NOT NULL,
        name text NOT NULL,
        type text,
        country text,
        currency text,
        time_zone text NOT NULL DEFAULT 'UTC',
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT customer_external_id_key UNIQUE (organization_id, external_id)
      );

      CREATE TABLE customer_subject (
        organization_id uuid NOT NULL,
        subject text NOT NULL,
        customer_id uuid NOT NULL CONSTRAINT customer_subject_customer_fkey REFERENCES customer (id),
        CONSTRAINT customer_subject_pkey PRIMARY KEY (organization_id, subject)
      );
      CREATE INDEX customer_subject_customer_idx ON customer_subject (customer_id);

      CREATE TABLE api_key (
        id uuid NOT NULL CONSTRAINT api_key_pkey PRIMARY KEY,
        organization_id uuid NOT NULL CONSTRAINT api_key_organization_fkey REFERENCES organization (id),
        customer_id uuid CONSTRAINT api_key_customer_fkey REFERENCES customer (id),
        name text NOT NULL,
        scopes text array NOT NULL,
        secret_hash bytea NOT NULL CONSTRAINT api_key_secret_hash_key UNIQUE,
        last_four text NOT NULL,
        expires_at timestamptz,
        revoked_at timestamptz,
        created_at timestamptz NOT NULL DEFAULT now()
      );
      CREATE INDEX api_key_organization_idx ON api_key (organization_id, created_at);

      CREATE TABLE meter (
        id uuid NOT NULL CONSTRAINT meter_pkey PRIMARY KEY,
        organization_id uuid NOT NULL CONSTRAINT meter_organization_fkey REFERENCES organization (id),
        code text NOT NULL,
        name text NOT NULL,
        unit text NOT NULL,
        event_type text NOT NULL,
        aggregation text NOT NULL,
        value_property text,
        filters jsonb NOT NULL DEFAULT '[]',
        group_by jsonb NOT NULL DEFAULT '{}',
        recurring boolean NOT NULL DEFAULT false,
        folded boolean NOT NULL DEFAULT false,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        deleted_at timestamptz
      );
      CREATE UNIQUE INDEX meter_code_key ON meter (organization_id, code) WHERE deleted_at IS NULL;
      COMMENT ON COLUMN meter.folded IS 'true once the log before the meter existed is folded too; until then its usage is not complete';

      CREATE TABLE plan (
        id uuid NOT NULL CONSTRAINT plan_pkey PRIMARY KEY,
        organization_id uuid NOT NULL CONSTRAINT plan_organization_fkey REFERENCES organization (id),
        code text NOT NULL,
        name text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT plan_code_key UNIQUE (organization_id, code)
      );

      CREATE TABLE plan_version (
        id uuid NOT NULL CONSTRAINT plan_version_pkey PRIMARY KEY,
        organization_id uuid NOT NULL,
        plan_id uuid NOT NULL CONSTRAINT plan_version_plan_fkey REFERENCES plan (id),
        version integer NOT NULL,
        currency text NOT NULL,
        "interval" text NOT NULL,
        base_amount numeric NOT NULL,
        charges jsonb NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT plan_version_number_key UNIQUE (plan_id, version)
      );
      CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          RAISE EXCEPTION '% rows are immutable: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
        END $$;
      CREATE TRIGGER plan_version_is_immutable BEFORE UPDATE OR DELETE ON plan_version FOR EACH ROW EXECUTE FUNCTION refuse_change();

      CREATE TABLE subscription (
        id uuid NOT NULL CONSTRAINT subscription_pkey PRIMARY KEY,
        organization_id uuid NOT NULL CONSTRAINT subscription_organization_fkey REFERENCES organization (id),
        external_id text NOT NULL,
        customer_id uuid NOT NULL CONSTRAINT subscription_customer_fkey REFERENCES customer (id),
        plan_version_id uuid NOT NULL CONSTRAINT subscription_plan_version_fkey REFERENCES plan_version (id),
        billing_time text NOT NULL,
        time_zone text NOT NULL,
        started_at timestamptz NOT NULL,
        ended_at timestamptz,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT subscription_external_id_key UNIQUE (organization_id, external_id)
      );
      CREATE INDEX subscription_customer_idx ON subscription (customer_id);
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      DROP TABLE subscription, plan_version, plan, meter, api_key, customer_subject, customer, organization;
      DROP FUNCTION refuse_change();
    `);
  }
}
