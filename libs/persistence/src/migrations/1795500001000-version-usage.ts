import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Versions of the usage that a subject has had for long, by which usage-api knows that what it remembers of it still stands: whatever writes, changes or
 * takes away a bucket older than a day writes another version, in its own transaction. A version is random, so that none comes twice; subjects whose old
 * usage never changed have none.
 *
 * What is remembered lies {@link REMEMBERED} back at least. A transaction that finds a bucket younger than {@link VERSIONED} as it begins writes no version
 * for it, so that it has to end before that bucket may be remembered: within a day. Both times are those of the database's clock. The back-fill of a meter,
 * which may take as long, has those buckets versioned as well (`note_young_usage`).
 *
 * Citus keeps no triggers of this kind on distributed tables: where its extension is there, nothing counts as settled, and nothing is remembered. Whoever
 * adds it later takes this migration back first.
 */
export class VersionUsage1795500001000 implements MigrationInterface {
  readonly name = 'VersionUsage1795500001000';

  async up(queryRunner: QueryRunner): Promise<void> {
    const citus: unknown[] = await queryRunner.query(`SELECT FROM pg_extension WHERE extname = 'citus'`);
    await queryRunner.query(TABLES);
    await queryRunner.query(settledBefore(citus.length === 0 ? `now() - interval '${REMEMBERED}'` : `'-infinity'`));
    await queryRunner.query(FUNCTIONS + DROP_MONTHS + GRANTS);
    if (citus.length > 0) return;
    // A long reading of usage holds it back, and everybody queues behind it: rather try again.
    await queryRunner.query(`SET LOCAL lock_timeout = '5s'`);
    for (const table of USAGE_TABLES) await queryRunner.query(triggersOf(table));
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const table of USAGE_TABLES)
      for (const event of ['insert', 'update', 'delete', 'truncate'])
        await queryRunner.query(`DROP TRIGGER IF EXISTS ${table}_note_${event} ON ${table}`);
    await queryRunner.query(`
      DROP FUNCTION drop_month_partitions;
      ALTER FUNCTION drop_months RENAME TO drop_month_partitions;
      GRANT EXECUTE ON FUNCTION drop_month_partitions TO tallymark_calc;
      DROP TABLE usage_change, usage_version;
      DROP FUNCTION note_usage_change, note_usage_loss, note_young_usage, note_usage, version_usage, settled_before;
    `);
  }
}

/** From how old a bucket on a change of it writes a version. */
const VERSIONED = '24 hours';
/** How old what is remembered is at least. */
const REMEMBERED = '48 hours';

const USAGE_TABLES = ['usage_bucket', 'usage_unique'] as const;

/**
 * A transaction notes the subjects it changes in rows that nobody else sees, each once, and writes their versions when it commits, in one order for all who
 * write. So versions are locked for no longer than a commit takes, though a back-fill goes on for hours, and nobody waits in a circle.
 */
const TABLES = `
CREATE TABLE usage_version (
  shard_key bigint NOT NULL,
  organization_id uuid NOT NULL,
  version uuid NOT NULL,
  CONSTRAINT usage_version_pkey PRIMARY KEY (shard_key, organization_id)
);
COMMENT ON TABLE usage_version IS 'changes with every change of what a subject used more than a day before';
ALTER TABLE usage_version ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON usage_version TO tallymark_api USING (organization_id = current_organization()) WITH CHECK (organization_id = current_organization());
CREATE POLICY owner ON usage_version TO tallymark_owner USING (true) WITH CHECK (true);
GRANT SELECT ON usage_version TO tallymark_api;

-- Empty but for what a transaction that is under way has noted.
CREATE UNLOGGED TABLE usage_change (
  transaction_id bigint NOT NULL,
  shard_key bigint NOT NULL,
  organization_id uuid NOT NULL,
  CONSTRAINT usage_change_pkey PRIMARY KEY (transaction_id, shard_key, organization_id)
);
COMMENT ON TABLE usage_change IS 'subjects of which a transaction that is under way changed old usage; they get a new version as it commits';
ALTER TABLE usage_change ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON usage_change TO tallymark_owner USING (true) WITH CHECK (true);
`;

const settledBefore = (limit: string): string => `
CREATE FUNCTION settled_before() RETURNS timestamptz LANGUAGE sql STABLE RETURN (${limit})::timestamptz;
REVOKE ALL ON FUNCTION settled_before FROM PUBLIC;
GRANT EXECUTE ON FUNCTION settled_before TO tallymark_api, tallymark_owner;
`;

/** In one order for all who write versions. */
const writeVersions = (subjects: string): string => `
  INSERT INTO usage_version AS v (shard_key, organization_id, version)
  SELECT s.shard_key, s.organization_id, gen_random_uuid() FROM (${subjects}) AS s ORDER BY s.shard_key, s.organization_id
  ON CONFLICT (shard_key, organization_id) DO UPDATE SET version = excluded.version;`;

const noteUsage = (subjects: string): string => `PERFORM note_usage(s.organization_id, s.shard_key) FROM (${subjects}) AS s;`;

/** In the place of a subject that was noted last: all that are written to are versioned already. */
const ALL_NOTED = '*';

/** They run as the owner, since no service writes versions itself. */
const FUNCTIONS = `
-- The table is empty whenever statistics of it are made, and yet it may hold millions of rows.
CREATE FUNCTION version_usage() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET enable_seqscan = off AS $$
BEGIN
  -- The first of a transaction's notes takes all of them along. By its whole key, since its transaction leads to all that are gone as well.
  IF NOT EXISTS (SELECT FROM usage_change c WHERE c.transaction_id = NEW.transaction_id AND c.shard_key = NEW.shard_key AND c.organization_id = NEW.organization_id)
    THEN RETURN NULL; END IF;
  WITH noted AS (DELETE FROM usage_change c WHERE c.transaction_id = NEW.transaction_id RETURNING c.shard_key, c.organization_id)
  ${writeVersions('SELECT n.shard_key, n.organization_id FROM noted n').trim()}
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER usage_change_version_usage AFTER INSERT ON usage_change DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION version_usage();

-- Rows come subject by subject: the one noted last is remembered for the transaction, so that hardly any is looked up. Where one is noted already, no
-- second trigger fires.
CREATE FUNCTION note_usage(p_organization_id uuid, p_shard_key bigint) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF current_setting('tallymark.noted_usage', true) IN ('${ALL_NOTED}', p_shard_key::text || p_organization_id) THEN RETURN; END IF;
  INSERT INTO usage_change (transaction_id, shard_key, organization_id) VALUES (pg_current_xact_id()::text::bigint, p_shard_key, p_organization_id)
  ON CONFLICT DO NOTHING;
  PERFORM set_config('tallymark.noted_usage', p_shard_key::text || p_organization_id, true);
END $$;

CREATE FUNCTION note_usage_change() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN PERFORM note_usage(OLD.organization_id, OLD.shard_key); END IF;
  IF TG_OP <> 'DELETE' THEN PERFORM note_usage(NEW.organization_id, NEW.shard_key); END IF;
  RETURN NEW;
END $$;

CREATE FUNCTION note_usage_loss() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  ${noteUsage('SELECT shard_key, organization_id FROM usage_bucket UNION SELECT shard_key, organization_id FROM usage_unique')}
  RETURN NULL;
END $$;

-- What was too young to be noted as the transaction began, of a meter.
CREATE FUNCTION note_young_usage(p_meter_id uuid) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  ${noteUsage(`SELECT shard_key, organization_id FROM usage_bucket WHERE meter_id = p_meter_id AND bucket_start >= now() - interval '${VERSIONED}'
    UNION SELECT shard_key, organization_id FROM usage_unique WHERE meter_id = p_meter_id AND bucket_start >= now() - interval '${VERSIONED}'`)}
END $$;
`;

/** Of the months that go: what was carried before begins with 1970, and stays. */
const goes = (time: string): string => `${time} >= '1970-02-01 00:00:00+00' AND ${time} < v_before`;

/**
 * Rows of a month that is dropped go past the triggers. Their subjects get versions before the first month is locked against every reader, and while nobody
 * folds: under the locks of `drop_months`, which is given them once more. Events that corrections put in have no identity whose going shows in
 * `log_state`; no index knows them, so that months are read through, where there was any correction at all.
 */
const DROP_MONTHS = `
ALTER FUNCTION drop_month_partitions RENAME TO drop_months;
REVOKE ALL ON FUNCTION drop_months FROM tallymark_calc;
CREATE FUNCTION drop_month_partitions(p_before date) RETURNS text[]
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '5s' AS $$
DECLARE
  v_dropped text[] := '{}'; v_before timestamptz := date_trunc('month', p_before) AT TIME ZONE 'UTC';
BEGIN
  IF NOT pg_try_advisory_xact_lock(hashtext('tallymark.backfill')) THEN RETURN v_dropped; END IF;
  PERFORM pg_advisory_xact_lock(hashtext('tallymark.fold'));
  ${writeVersions(`
    SELECT shard_key, organization_id FROM usage_bucket WHERE ${goes('bucket_start')}
    UNION SELECT shard_key, organization_id FROM usage_unique WHERE ${goes('bucket_start')}
    UNION SELECT shard_key, organization_id FROM event WHERE correction_id IS NOT NULL AND ${goes('occurred_at')}
      AND organization_id IN (SELECT k.organization_id FROM correction k)
  `).trim()}
  -- All that is carried is of these subjects.
  PERFORM set_config('tallymark.noted_usage', '${ALL_NOTED}', true);
  v_dropped := drop_months(p_before);
  PERFORM set_config('tallymark.noted_usage', '', true);
  RETURN v_dropped;
END $$;
COMMENT ON FUNCTION drop_month_partitions IS 'writes new versions of the subjects of the months that go; what carries and drops them is drop_months';
`;

const GRANTS = `
REVOKE ALL ON FUNCTION version_usage, note_usage, note_usage_change, note_usage_loss, note_young_usage, drop_month_partitions FROM PUBLIC;
GRANT EXECUTE ON FUNCTION note_young_usage, drop_month_partitions TO tallymark_calc;
`;

const IS_OLD = `bucket_start < now() - interval '${VERSIONED}'`;
const isNoted = (row: string): string =>
  `current_setting('tallymark.noted_usage', true) IS NOT DISTINCT FROM ${row}.shard_key::text || ${row}.organization_id`;

/**
 * Row by row, since nearly all rows are young, and a condition costs a fifth of what it takes to keep the rows of a statement until its end. What is inserted is noted
 * before, in time for the next row to know of it; an insertion that comes to an update is noted as well.
 */
const triggersOf = (table: string): string => `
CREATE TRIGGER ${table}_note_insert BEFORE INSERT ON ${table}
  FOR EACH ROW WHEN (NEW.${IS_OLD} AND NOT (${isNoted('NEW')})) EXECUTE FUNCTION note_usage_change();
CREATE TRIGGER ${table}_note_update AFTER UPDATE ON ${table}
  FOR EACH ROW WHEN ((OLD.${IS_OLD} OR NEW.${IS_OLD}) AND NOT (${isNoted('OLD')} AND ${isNoted('NEW')})) EXECUTE FUNCTION note_usage_change();
CREATE TRIGGER ${table}_note_delete AFTER DELETE ON ${table} FOR EACH ROW WHEN (OLD.${IS_OLD}) EXECUTE FUNCTION note_usage_change();
CREATE TRIGGER ${table}_note_truncate BEFORE TRUNCATE ON ${table} FOR EACH STATEMENT EXECUTE FUNCTION note_usage_loss();
`;
