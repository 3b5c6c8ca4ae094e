import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What billing-calc makes of the log: buckets, statements, and the queues and leases by which its instances share the work. */
export class CreateUsage1795100000200 implements MigrationInterface {
  readonly name = 'CreateUsage1795100000200';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE usage_bucket (
        shard_key bigint NOT NULL,
        meter_id uuid NOT NULL,
        subject text NOT NULL,
        dimensions jsonb NOT NULL,
        bucket_start timestamptz NOT NULL,
        organization_id uuid NOT NULL,
        event_count bigint NOT NULL,
        value_count bigint NOT NULL,
        sum numeric NOT NULL,
        min numeric,
        max numeric,
        latest numeric,
        latest_at timestamptz,
        latest_identity uuid,
        CONSTRAINT usage_bucket_pkey PRIMARY KEY (shard_key, meter_id, subject, bucket_start, dimensions)
      ) PARTITION BY RANGE (bucket_start);

      CREATE TABLE usage_unique (
        shard_key bigint NOT NULL,
        meter_id uuid NOT NULL,
        subject text NOT NULL,
        dimensions jsonb NOT NULL,
        bucket_start timestamptz NOT NULL,
        value_hash uuid NOT NULL,
        organization_id uuid NOT NULL,
        event_count bigint NOT NULL,
        CONSTRAINT usage_unique_pkey PRIMARY KEY (shard_key, meter_id, subject, bucket_start, dimensions, value_hash)
      ) PARTITION BY RANGE (bucket_start);

      CREATE TABLE statement (
        subscription_id uuid NOT NULL CONSTRAINT statement_subscription_fkey REFERENCES subscription (id),
        period_from timestamptz NOT NULL,
        period_to timestamptz NOT NULL,
        organization_id uuid NOT NULL,
        customer_id uuid NOT NULL,
        plan_version_id uuid NOT NULL,
        status text NOT NULL,
        currency text NOT NULL,
        total numeric NOT NULL,
        amounts jsonb NOT NULL,
        projections jsonb NOT NULL,
        as_of timestamptz NOT NULL,
        revision integer NOT NULL,
        CONSTRAINT statement_pkey PRIMARY KEY (subscription_id, period_from)
      );
      CREATE INDEX statement_customer_idx ON statement (customer_id, period_from);

      CREATE TABLE statement_queue (
        id bigint GENERATED ALWAYS AS IDENTITY NOT NULL CONSTRAINT statement_queue_pkey PRIMARY KEY,
        organization_id uuid NOT NULL,
        subscription_id uuid NOT NULL,
        touched_from timestamptz NOT NULL,
        touched_to timestamptz NOT NULL
      );
      CREATE INDEX statement_queue_subscription_idx ON statement_queue (subscription_id);

      CREATE TABLE job_run (
        job_id text NOT NULL CONSTRAINT job_run_pkey PRIMARY KEY,
        leased_by text,
        leased_until timestamptz,
        started_at timestamptz,
        finished_at timestamptz,
        error text
      );
    `);
    await queryRunner.query(EVENT_FUNCTIONS);
    await queryRunner.query(PARTITION_FUNCTIONS);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      DROP FUNCTION ensure_month_partitions, drop_month_partitions, event_value, event_passes, event_dimensions, json_path;
      DROP TABLE job_run, statement_queue, statement, usage_unique, usage_bucket;
    `);
  }
}

/**
 * How a meter reads an event. PostgreSQL inlines the plain ones into the fold; those with a subquery it calls row by row, so that the fold
 * asks first whether the meter has filters or dimensions at all.
 *
 * A value is a JSON number, or a string that holds one. What is neither, or has more than 30 digits before the point or 130 behind it, is no value:
 * the event then counts for `count` and adds nothing elsewhere. The bound keeps one absurd number from breaking a bucket for everybody.
 */
const EVENT_FUNCTIONS = `
CREATE FUNCTION json_path(p_path text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN string_to_array(substr(p_path, 3), '.');

CREATE FUNCTION event_value(p_value jsonb) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN CASE jsonb_typeof(p_value)
    WHEN 'number' THEN CASE WHEN abs(p_value::numeric) < 1e30 AND scale(p_value::numeric) <= 130 THEN trim_scale(p_value::numeric) END
    WHEN 'string' THEN CASE WHEN p_value #>> '{}' ~ '^-?[0-9]{1,30}(\\.[0-9]{1,30})?([eE][-+]?[0-9]{1,2})?$' AND abs((p_value #>> '{}')::numeric) < 1e30 THEN trim_scale((p_value #>> '{}')::numeric) END
  END;

CREATE FUNCTION event_passes(p_data jsonb, p_filters jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN NOT EXISTS (
    SELECT FROM jsonb_array_elements(p_filters) AS f (filter)
    WHERE NOT coalesce(f.filter -> 'in' ? (p_data #>> json_path(f.filter ->> 'property')), false)
  );

CREATE FUNCTION event_dimensions(p_data jsonb, p_group_by jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN (SELECT jsonb_object_agg(g.key, p_data #>> json_path(g.value)) FROM jsonb_each_text(p_group_by) AS g);
`;

/** Partitions are made and dropped by functions of the owner, since no service owns a table. Months are UTC months. */
const PARTITION_FUNCTIONS = `
CREATE FUNCTION ensure_month_partitions(p_first date, p_last date) RETURNS text[]
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET client_min_messages = warning AS $$
DECLARE
  v_table text; v_month date; v_name text; v_made text[] := '{}';
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('tallymark.partitions'));
  FOREACH v_table IN ARRAY ARRAY['event', 'event_refusal', 'usage_bucket', 'usage_unique'] LOOP
    FOR v_month IN SELECT generate_series(date_trunc('month', p_first), date_trunc('month', p_last), interval '1 month')::date LOOP
      v_name := v_table || to_char(v_month, '_YYYY_MM');
      IF to_regclass(v_name) IS NULL THEN
        EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)', v_name, v_table,
          to_char(v_month, 'YYYY-MM-DD') || ' 00:00:00+00', to_char(v_month + interval '1 month', 'YYYY-MM-DD') || ' 00:00:00+00');
        -- COPY refuses a table under row-level security, so ingest copies into the months themselves, where it may insert and read nothing.
        IF v_table = 'event' THEN EXECUTE format('GRANT INSERT ON %I TO tallymark_ingest', v_name); END IF;
        v_made := v_made || v_name;
      END IF;
    END LOOP;
  END LOOP;
  RETURN v_made;
END $$;

CREATE FUNCTION drop_month_partitions(p_before date) RETURNS text[]
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  v_name text; v_dropped text[] := '{}';
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('tallymark.partitions'));
  FOR v_name IN
    SELECT child.relname FROM pg_inherits JOIN pg_class child ON child.oid = inhrelid JOIN pg_class parent ON parent.oid = inhparent
    WHERE parent.relname IN ('event', 'event_refusal', 'usage_bucket', 'usage_unique') AND parent.relnamespace = 'public'::regnamespace
      AND to_date(right(child.relname, 7), 'YYYY_MM') < date_trunc('month', p_before)
    ORDER BY child.relname
  LOOP
    EXECUTE format('DROP TABLE %I', v_name);
    v_dropped := v_dropped || v_name;
  END LOOP;
  DELETE FROM event_identity WHERE occurred_at < date_trunc('month', p_before) AT TIME ZONE 'UTC';
  RETURN v_dropped;
END $$;
`;
