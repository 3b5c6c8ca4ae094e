import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Versions of the usage that a subject has had for long, by which usage-api knows that what it remembers of it still stands: whatever writes, changes or
 * takes away a bucket older than a day writes another version, in its own transaction. A version is random, so that none comes twice; subjects whose old
 * usage never changed have none.
 *
 * What is remembered lies {@link REMEMBERED} back at least. A transaction that finds a bucket younger than {@link VERSIONED} as it begins writes no version
 * for it, so that it has to end before that bucket may be remembered: within a day. Both times are those of the database's clock.
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
    await queryRunner.query(FUNCTIONS);
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
      DROP FUNCTION note_usage_change, note_usage_loss, note_usage_before, note_usage, version_usage, settled_before;
    `);
  }
}

/** From how old a bucket on a change of it writes a version. */
const VERSIONED = '24 hours';
/** How old what is remembered is at least. */
const REMEMBERED = '48 hours';

const USAGE_TABLES = ['usage_bucket', 'usage_unique'] as const;

/**
 * A transaction notes the subjects it changes in rows that nobody else sees, and writes their versions when it commits, in one order for all who write. So
 * versions are locked for no longer than a commit takes, though a back-fill goes on for hours, and nobody waits in a circle.
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
  id bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
  organization_id uuid NOT NULL,
  shard_key bigint NOT NULL,
  CONSTRAINT usage_change_pkey PRIMARY KEY (id)
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

/** They run as the owner, since no service writes versions itself. */
const FUNCTIONS = `
CREATE FUNCTION version_usage() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  -- The first of a transaction's notes takes all of them along: they are numbered upwards.
  IF NOT EXISTS (SELECT FROM usage_change c WHERE c.id = NEW.id) THEN RETURN NULL; END IF;
  WITH noted AS (DELETE FROM usage_change c WHERE c.id >= NEW.id RETURNING c.organization_id, c.shard_key)
  INSERT INTO usage_version AS v (shard_key, organization_id, version)
  SELECT s.shard_key, s.organization_id, gen_random_uuid() FROM (SELECT DISTINCT n.shard_key, n.organization_id FROM noted n) AS s
  ORDER BY s.shard_key, s.organization_id
  ON CONFLICT (shard_key, organization_id) DO UPDATE SET version = excluded.version;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER usage_change_version_usage AFTER INSERT ON usage_change DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION version_usage();

-- Rows come subject by subject: the last one noted is remembered for the transaction, and noted no second time.
CREATE FUNCTION note_usage(p_organization_id uuid, p_shard_key bigint) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF current_setting('tallymark.noted_usage', true) IS NOT DISTINCT FROM p_shard_key::text || p_organization_id THEN RETURN; END IF;
  INSERT INTO usage_change (organization_id, shard_key) VALUES (p_organization_id, p_shard_key);
  PERFORM set_config('tallymark.noted_usage', p_shard_key::text || p_organization_id, true);
END $$;

CREATE FUNCTION note_usage_change() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN PERFORM note_usage(OLD.organization_id, OLD.shard_key); END IF;
  IF TG_OP <> 'DELETE' THEN PERFORM note_usage(NEW.organization_id, NEW.shard_key); END IF;
  RETURN NEW;
END $$;

CREATE FUNCTION note_usage_before(p_before timestamptz) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  INSERT INTO usage_change (organization_id, shard_key)
  SELECT organization_id, shard_key FROM usage_bucket WHERE bucket_start < p_before
  UNION SELECT organization_id, shard_key FROM usage_unique WHERE bucket_start < p_before
$$;

CREATE FUNCTION note_usage_loss() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM note_usage_before('infinity');
  RETURN NULL;
END $$;

-- Rows of a month that is dropped go past the triggers.
ALTER FUNCTION drop_month_partitions RENAME TO drop_months;
REVOKE ALL ON FUNCTION drop_months FROM tallymark_calc;
CREATE FUNCTION drop_month_partitions(p_before date) RETURNS text[] LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM note_usage_before(date_trunc('month', p_before) AT TIME ZONE 'UTC');
  RETURN drop_months(p_before);
END $$;
REVOKE ALL ON FUNCTION version_usage, note_usage, note_usage_change, note_usage_before, note_usage_loss, drop_month_partitions FROM PUBLIC;
GRANT EXECUTE ON FUNCTION drop_month_partitions TO tallymark_calc;
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
