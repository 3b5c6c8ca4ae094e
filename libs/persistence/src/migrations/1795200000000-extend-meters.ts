import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Meters that weigh levels by time, carry over, take values out again, and sum the amounts that events bear; and what the back-fill of a meter
 * needs to run beside the fold: its progress, and the commits that were folded meanwhile.
 */
export class ExtendMeters1795200000000 implements MigrationInterface {
  readonly name = 'ExtendMeters1795200000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      ALTER TABLE meter
        ADD operation_property text,
        ADD amount_property text,
        ADD time_unit text,
        ADD rounding jsonb,
        ADD replaces_id uuid,
        ADD backfilling boolean NOT NULL DEFAULT false,
        ADD fold_attempt integer NOT NULL DEFAULT 0,
        ADD fold_progress double precision NOT NULL DEFAULT 0;
      UPDATE meter SET fold_progress = 1 WHERE folded;
      COMMENT ON COLUMN meter.backfilling IS 'true while the kept log is being folded for the meter: folds note their commits in meter_catch_up';
      COMMENT ON COLUMN meter.fold_attempt IS 'goes up when what was folded so far no longer holds, and the back-fill starts over';

      ALTER TABLE usage_bucket ADD weighted numeric, ADD amount numeric;
      COMMENT ON COLUMN usage_bucket.weighted IS 'sum of value × seconds since 1970, of meters that aggregate time_weighted_sum';
      ALTER TABLE usage_unique ADD last_removed boolean, ADD last_at timestamptz, ADD last_identity uuid;

      CREATE TABLE usage_bucket_carried PARTITION OF usage_bucket FOR VALUES FROM ('1970-01-01 00:00:00+00') TO ('1970-02-01 00:00:00+00');
      CREATE TABLE usage_unique_carried PARTITION OF usage_unique FOR VALUES FROM ('1970-01-01 00:00:00+00') TO ('1970-02-01 00:00:00+00');

      CREATE TABLE meter_catch_up (
        meter_id uuid NOT NULL,
        commit_id bigint NOT NULL,
        organization_id uuid NOT NULL,
        CONSTRAINT meter_catch_up_pkey PRIMARY KEY (meter_id, commit_id)
      );
      COMMENT ON TABLE meter_catch_up IS 'commits that were folded while a meter was being back-filled; the back-fill folds them at its end';
      ALTER TABLE meter_catch_up ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
      CREATE POLICY tenant ON meter_catch_up TO tallymark_api USING (organization_id = current_organization()) WITH CHECK (organization_id = current_organization());
      CREATE POLICY owner ON meter_catch_up TO tallymark_owner USING (true) WITH CHECK (true);
      CREATE POLICY calc ON meter_catch_up TO tallymark_calc USING (true) WITH CHECK (true);
      GRANT SELECT, INSERT, DELETE ON meter_catch_up TO tallymark_calc;
    `);
    await queryRunner.query(BOUNDED_DIMENSIONS);
    await queryRunner.query(eventValue({ digits: 130 }));
    await queryRunner.query(DROP_MONTHS_AND_CARRY);
    // A new month takes a lock that a long back-fill holds back, and everybody queues behind it: rather try again at the next hour.
    await queryRunner.query(`ALTER FUNCTION ensure_month_partitions(date, date) SET lock_timeout = '5s'`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER FUNCTION ensure_month_partitions(date, date) RESET lock_timeout`);
    await queryRunner.query(DROP_MONTHS);
    await queryRunner.query(DIMENSIONS);
    await queryRunner.query(eventValue({ digits: 30 }));
    await queryRunner.query(`
      DROP TABLE meter_catch_up, usage_bucket_carried, usage_unique_carried;
      ALTER TABLE usage_unique DROP last_removed, DROP last_at, DROP last_identity;
      ALTER TABLE usage_bucket DROP weighted, DROP amount;
      ALTER TABLE meter DROP operation_property, DROP amount_property, DROP time_unit, DROP rounding, DROP replaces_id, DROP backfilling, DROP fold_attempt, DROP fold_progress;
    `);
  }
}

/**
 * The dimensions of an event are part of the key of its bucket. PostgreSQL refuses a key of more than 2,704 bytes, and one event with a long value would
 * stop the fold for everybody: of a subject of up to 768 bytes and the rest, 1,800 are left. Dimensions that take more have each value of more than 100
 * bytes shortened to its beginning and its SHA-256, 99 bytes at most; ten of them with names of 64 bytes then fit.
 */
const BOUNDED_DIMENSIONS = `
CREATE FUNCTION shorten_dimensions(p_dimensions jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN (
    SELECT jsonb_object_agg(d.key, CASE WHEN octet_length(d.value) > 100 THEN left(d.value, 8) || '…' || encode(sha256(convert_to(d.value, 'UTF8')), 'hex') ELSE d.value END)
    FROM jsonb_each_text(p_dimensions) AS d
  );
CREATE OR REPLACE FUNCTION event_dimensions(p_data jsonb, p_group_by jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN (
    SELECT CASE WHEN pg_column_size(d.whole) > 1800 THEN shorten_dimensions(d.whole) ELSE d.whole END
    FROM (SELECT jsonb_object_agg(g.key, p_data #>> json_path(g.value)) AS whole FROM jsonb_each_text(p_group_by) AS g) AS d
  );
REVOKE EXECUTE ON FUNCTION shorten_dimensions FROM PUBLIC;
GRANT EXECUTE ON FUNCTION shorten_dimensions TO tallymark_api, tallymark_calc;
`;

/** A string that holds a number is read to as many digits behind the point as a JSON number is; it was 30. */
const eventValue = ({ digits }: { readonly digits: number }): string => `
CREATE OR REPLACE FUNCTION event_value(p_value jsonb) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN CASE jsonb_typeof(p_value)
    WHEN 'number' THEN CASE WHEN abs(p_value::numeric) < 1e30 AND scale(p_value::numeric) <= 130 THEN trim_scale(p_value::numeric) END
    WHEN 'string' THEN CASE WHEN p_value #>> '{}' ~ '^-?[0-9]{1,30}(\\.[0-9]{1,${digits}})?([eE][-+]?[0-9]{1,2})?$' AND abs((p_value #>> '{}')::numeric) < 1e30
      AND scale((p_value #>> '{}')::numeric) <= 130 THEN trim_scale((p_value #>> '{}')::numeric) END
  END;
`;

/** As it was before. */
const DIMENSIONS = `
CREATE OR REPLACE FUNCTION event_dimensions(p_data jsonb, p_group_by jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN (SELECT jsonb_object_agg(g.key, p_data #>> json_path(g.value)) FROM jsonb_each_text(p_group_by) AS g);
DROP FUNCTION shorten_dimensions;
`;

/**
 * Before months are dropped, what recurring meters stand at is carried into rows that begin with 1970, so that no level is lost. It waits for the
 * folds that run, and keeps new ones away; a back-fill reads the log for long, so that months then stay until the next time. So they do when somebody else
 * reads it for long: a drop that waits for a reader has everybody who writes wait behind it.
 */
const DROP_MONTHS_AND_CARRY = `
CREATE OR REPLACE FUNCTION drop_month_partitions(p_before date) RETURNS text[]
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '5s' AS $$
DECLARE
  v_name text; v_dropped text[] := '{}'; v_before timestamptz := date_trunc('month', p_before) AT TIME ZONE 'UTC';
BEGIN
  IF NOT pg_try_advisory_xact_lock(hashtext('tallymark.backfill')) THEN RETURN v_dropped; END IF;
  PERFORM pg_advisory_xact_lock(hashtext('tallymark.fold'));
  PERFORM pg_advisory_xact_lock(hashtext('tallymark.partitions'));

  INSERT INTO usage_bucket AS b (shard_key, meter_id, subject, dimensions, bucket_start, organization_id, event_count, value_count, sum, min, max, weighted, amount, latest, latest_at, latest_identity)
  SELECT u.shard_key, u.meter_id, u.subject, u.dimensions, timestamptz 'epoch', u.organization_id, sum(u.event_count), sum(u.value_count), sum(u.sum), min(u.min), max(u.max),
    sum(u.weighted), sum(u.amount), (array_agg(u.latest ORDER BY u.latest_at DESC NULLS LAST, u.latest_identity DESC))[1], max(u.latest_at),
    (array_agg(u.latest_identity ORDER BY u.latest_at DESC NULLS LAST, u.latest_identity DESC))[1]
  FROM usage_bucket u JOIN meter m ON m.id = u.meter_id AND m.recurring
  WHERE u.bucket_start >= '1970-02-01 00:00:00+00' AND u.bucket_start < v_before
  GROUP BY u.shard_key, u.meter_id, u.subject, u.dimensions, u.organization_id
  ON CONFLICT (shard_key, meter_id, subject, bucket_start, dimensions) DO UPDATE SET
    event_count = b.event_count + excluded.event_count, value_count = b.value_count + excluded.value_count, sum = b.sum + excluded.sum,
    min = least(b.min, excluded.min), max = greatest(b.max, excluded.max), weighted = b.weighted + excluded.weighted, amount = b.amount + excluded.amount,
    -- Months drop oldest first, so that what is carried now is later than what was carried before.
    latest = coalesce(excluded.latest, b.latest),
    latest_at = CASE WHEN excluded.latest IS NULL THEN b.latest_at ELSE excluded.latest_at END,
    latest_identity = CASE WHEN excluded.latest IS NULL THEN b.latest_identity ELSE excluded.latest_identity END;

  INSERT INTO usage_unique AS u (shard_key, meter_id, subject, dimensions, bucket_start, value_hash, organization_id, event_count, last_removed, last_at, last_identity)
  SELECT DISTINCT ON (v.shard_key, v.meter_id, v.subject, v.dimensions, v.value_hash) v.shard_key, v.meter_id, v.subject, v.dimensions, timestamptz 'epoch', v.value_hash, v.organization_id,
    sum(v.event_count) OVER (PARTITION BY v.shard_key, v.meter_id, v.subject, v.dimensions, v.value_hash), v.last_removed, v.last_at, v.last_identity
  FROM usage_unique v JOIN meter m ON m.id = v.meter_id AND m.recurring
  WHERE v.bucket_start >= '1970-02-01 00:00:00+00' AND v.bucket_start < v_before
  ORDER BY v.shard_key, v.meter_id, v.subject, v.dimensions, v.value_hash, v.last_at DESC, v.last_identity DESC
  ON CONFLICT (shard_key, meter_id, subject, bucket_start, dimensions, value_hash) DO UPDATE SET
    event_count = u.event_count + excluded.event_count, last_removed = excluded.last_removed, last_at = excluded.last_at, last_identity = excluded.last_identity;

  FOR v_name IN
    SELECT child.relname FROM pg_inherits JOIN pg_class child ON child.oid = inhrelid JOIN pg_class parent ON parent.oid = inhparent
    WHERE parent.relname IN ('event', 'event_refusal', 'usage_bucket', 'usage_unique') AND parent.relnamespace = 'public'::regnamespace
      AND child.relname NOT LIKE '%\\_carried'
      AND to_date(right(child.relname, 7), 'YYYY_MM') < date_trunc('month', p_before)
    ORDER BY child.relname
  LOOP
    EXECUTE format('DROP TABLE %I', v_name);
    v_dropped := v_dropped || v_name;
  END LOOP;
  DELETE FROM event_identity WHERE occurred_at < v_before;
  RETURN v_dropped;
END $$;
`;

/** As it was before. */
const DROP_MONTHS = `
CREATE OR REPLACE FUNCTION drop_month_partitions(p_before date) RETURNS text[]
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
