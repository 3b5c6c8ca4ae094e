import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The state of a subject's part of the log, by which usage-api knows that the page of requests it read last still stands: it changes with every event
 * that is stored, taken out, put in or dropped, and costs a look at one index in the stead of one at each event.
 *
 * Events are only ever added, and each leaves its identity: so the number of identities and a sum of them tell whether any came, or went with its month.
 * What corrections do shows in the version of the subject's usage, which they write as they commit: events they take out or put back keep their
 * identities, and replacements have none of their own in `event_identity`: when those go with their month, the drop writes the version. Ingest writes to the
 * months themselves and only adds; nobody else may.
 *
 * Citus keeps no triggers of this kind on distributed tables: where its extension is there, no state is told, and each page is read. Whoever adds it later
 * takes this migration back first.
 */
export class TellLogState1795500003000 implements MigrationInterface {
  readonly name = 'TellLogState1795500003000';

  async up(queryRunner: QueryRunner): Promise<void> {
    const citus: unknown[] = await queryRunner.query(`SELECT FROM pg_extension WHERE extname = 'citus'`);
    await queryRunner.query(logState(citus.length === 0 ? TELL : 'RETURN NULL;'));
    if (citus.length > 0) return;
    // A long reading of the log holds it back, and everybody queues behind it: rather try again.
    await queryRunner.query(`SET LOCAL lock_timeout = '5s'`);
    await queryRunner.query(NOTE_CHANGES);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      DROP TRIGGER IF EXISTS event_note_update ON event;
      DROP TRIGGER IF EXISTS event_note_delete ON event;
      DROP TRIGGER IF EXISTS event_note_truncate ON event;
      DROP TRIGGER IF EXISTS correction_event_note_insert ON correction_event;
      DROP FUNCTION IF EXISTS note_event_change, note_event_loss;
      DROP FUNCTION log_state;
    `);
  }
}

/** Of more events no state is told: to count them would take longer than it spares. */
const MOST_EVENTS = 2_048;

/** JavaScript counts a character outside the basic plane twice. */
const SUBJECT_LENGTH = `length(p_subject) + CASE WHEN octet_length(p_subject) = length(p_subject) THEN 0
    ELSE length(regexp_replace(p_subject, '[^\\U00010000-\\U0010FFFF]', '', 'g')) END`;

/** All of the subject's events are told from their identities, which lie in one table; those since an instant from the keys of the months from then on. */
const TELL = `
  IF p_from = '-infinity' THEN
    SELECT count(*), bit_xor(uuid_hash_extended(x.identity, 0)) INTO v_events, v_keys
    FROM (SELECT i.identity FROM event_identity i WHERE i.shard_key = v_shard_key LIMIT ${MOST_EVENTS} + 1) AS x;
  ELSE
    SELECT count(*), bit_xor(uuid_hash_extended(x.identity, 0)) INTO v_events, v_keys
    FROM (SELECT e.identity FROM event e WHERE e.shard_key = v_shard_key AND e.occurred_at >= p_from LIMIT ${MOST_EVENTS} + 1) AS x;
  END IF;
  IF v_events > ${MOST_EVENTS} THEN RETURN NULL; END IF;
  RETURN concat_ws(' ', v_events, v_keys, (SELECT v.version FROM usage_version v WHERE v.shard_key = v_shard_key AND v.organization_id = v_organization_id));`;

/**
 * It runs as the owner, since the organization, which row-level security asks for, is in neither index. So the shard is no argument: it is that of the
 * organization named in the transaction, as \`shardKey\` computes it, and nobody learns anything of another's. Null of too many events.
 */
const logState = (body: string): string => `
CREATE FUNCTION log_state(p_subject text, p_from timestamptz) RETURNS text
LANGUAGE plpgsql STABLE STRICT SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  v_organization_id uuid := current_organization();
  v_hashed text := '36:' || v_organization_id || (${SUBJECT_LENGTH}) || ':' || p_subject;
  v_shard_key bigint := ('x' || left(encode(sha256(convert_to(v_hashed, 'UTF8')), 'hex'), 16))::bit(64)::bigint;
  v_events bigint;
  v_keys bigint;
BEGIN
  ${body.trim()}
END $$;
REVOKE ALL ON FUNCTION log_state FROM PUBLIC;
GRANT EXECUTE ON FUNCTION log_state TO tallymark_api;
`;

/** The same note as a change of old usage leaves; the version is written as the transaction commits. */
const NOTE_CHANGES = `
CREATE FUNCTION note_event_change() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM note_usage(s.organization_id, s.shard_key) FROM (SELECT DISTINCT organization_id, shard_key FROM changed) AS s;
  RETURN NULL;
END $$;

CREATE FUNCTION note_event_loss() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM note_usage(s.organization_id, s.shard_key) FROM (SELECT DISTINCT organization_id, shard_key FROM event) AS s;
  RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION note_event_change, note_event_loss FROM PUBLIC;

CREATE TRIGGER event_note_update AFTER UPDATE ON event REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION note_event_change();
CREATE TRIGGER event_note_delete AFTER DELETE ON event REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION note_event_change();
CREATE TRIGGER event_note_truncate BEFORE TRUNCATE ON event FOR EACH STATEMENT EXECUTE FUNCTION note_event_loss();
CREATE TRIGGER correction_event_note_insert AFTER INSERT ON correction_event REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION note_event_change();
`;
