import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Lets a resend be known by what is kept beside its identity, without a look at the event: a fingerprint of its content. Rows from before have none, and
 * are compared with the event itself, as are those whose fingerprint is another.
 *
 * Identities are then looked up before a commit, which copies what is new, and what it refuses too: ingest may insert refusals into the months, as it may
 * events, and reads none. `claim_identities`, which that replaces, stays for instances of the release before, which run until they are replaced.
 */
export class FingerprintIdentities1795400001000 implements MigrationInterface {
  readonly name = 'FingerprintIdentities1795400001000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      ALTER TABLE event_identity ADD COLUMN fingerprint bigint;
      COMMENT ON COLUMN event_identity.fingerprint IS 'hash of the content of the event as it was sent; null where none was kept';
    `);
    await queryRunner.query(KNOWN_IDENTITIES);
    await queryRunner.query(COMPARE_EVENTS);
    await queryRunner.query(ensureMonthPartitions({ copied: ['event', 'event_refusal'] }));
    await queryRunner.query(forEachRefusalMonth('GRANT INSERT ON %I TO tallymark_ingest'));
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(forEachRefusalMonth('REVOKE INSERT ON %I FROM tallymark_ingest'));
    await queryRunner.query(ensureMonthPartitions({ copied: ['event'] }));
    await queryRunner.query(`
      DROP FUNCTION known_identities, compare_events;
      ALTER TABLE event_identity DROP COLUMN fingerprint;
    `);
  }
}

/**
 * Which of these identities are kept: their positions from 1, below zero where the fingerprint is not the same or none is kept. It runs as the owner,
 * since the ingest role reads no table. The plan is fixed: one made while the table was small would be kept while it grows.
 */
const KNOWN_IDENTITIES = `
CREATE FUNCTION known_identities(p_shard_key bigint[], p_identity uuid[], p_fingerprint bigint[]) RETURNS integer[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_memoize = off AS $$
  SELECT coalesce(array_agg(CASE WHEN k.fingerprint = i.fingerprint THEN i.position ELSE -i.position END::integer), '{}')
  FROM unnest(p_shard_key, p_identity, p_fingerprint) WITH ORDINALITY AS i (shard_key, identity, fingerprint, position)
  JOIN event_identity k ON k.shard_key = i.shard_key AND k.identity = i.identity
$$;
REVOKE ALL ON FUNCTION known_identities FROM PUBLIC;
GRANT EXECUTE ON FUNCTION known_identities TO tallymark_ingest;
`;

/**
 * In what events differ from those that are kept under their identities: \`type\`, \`time\`, \`data\`. Positions are from 1; of an identity that is no longer
 * kept there is no row. Where both bear no time, time does not tell them apart. The same as \`append_events\` does.
 */
const COMPARE_EVENTS = `
CREATE FUNCTION compare_events(
  p_shard_key bigint[], p_identity uuid[], p_occurred_at timestamptz[], p_time_given boolean[], p_type text[], p_data text[]
) RETURNS TABLE ("position" integer, differs text[])
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_memoize = off AS $$
  SELECT i.position::integer,
    array_remove(ARRAY[
      CASE WHEN e.type IS DISTINCT FROM i.type THEN 'type' END,
      CASE WHEN e.time_given <> i.time_given OR (e.time_given AND e.occurred_at <> i.occurred_at) THEN 'time' END,
      CASE WHEN e.data IS DISTINCT FROM i.data::jsonb THEN 'data' END
    ], NULL)
  FROM unnest(p_shard_key, p_identity, p_occurred_at, p_time_given, p_type, p_data)
    WITH ORDINALITY AS i (shard_key, identity, occurred_at, time_given, type, data, position)
  JOIN event_identity k ON k.shard_key = i.shard_key AND k.identity = i.identity
  JOIN event e ON e.shard_key = k.shard_key AND e.occurred_at = k.occurred_at AND e.identity = k.identity
$$;
REVOKE ALL ON FUNCTION compare_events FROM PUBLIC;
GRANT EXECUTE ON FUNCTION compare_events TO tallymark_ingest;
`;

function forEachRefusalMonth(statement: string): string {
  return `
    DO $$ DECLARE v_name text; BEGIN
      FOR v_name IN SELECT child.relname FROM pg_inherits JOIN pg_class child ON child.oid = inhrelid WHERE inhparent = 'event_refusal'::regclass LOOP
        EXECUTE format('${statement}', v_name);
      END LOOP;
    END $$`;
}

/** @param copied tables into whose months ingest copies: COPY refuses a table under row-level security, so it may insert into the months, and read nothing. */
const ensureMonthPartitions = ({ copied }: { readonly copied: readonly string[] }): string => `
CREATE OR REPLACE FUNCTION ensure_month_partitions(p_first date, p_last date) RETURNS text[]
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET client_min_messages = warning SET lock_timeout = '5s' AS $$
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
        IF v_table IN (${copied.map((table) => `'${table}'`).join(', ')}) THEN EXECUTE format('GRANT INSERT ON %I TO tallymark_ingest', v_name); END IF;
        v_made := v_made || v_name;
      END IF;
    END LOOP;
  END LOOP;
  RETURN v_made;
END $$;
`;
