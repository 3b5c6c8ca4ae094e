import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The event log and the identity table that makes each event count once.
 *
 * The log is partitioned by the month of the event's time, so that history drops in one step. A unique index on a partitioned table can't
 * reach across partitions, and an identity must hold whatever time a resend bears, or none: so identities have a table of their own.
 */
export class CreateEventLog1795100000100 implements MigrationInterface {
  readonly name = 'CreateEventLog1795100000100';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE event_identity (
        shard_key bigint NOT NULL,
        identity uuid NOT NULL,
        occurred_at timestamptz NOT NULL,
        CONSTRAINT event_identity_pkey PRIMARY KEY (shard_key, identity)
      );

      CREATE TABLE event (
        shard_key bigint NOT NULL,
        occurred_at timestamptz NOT NULL,
        identity uuid NOT NULL,
        commit_id bigint NOT NULL,
        organization_id uuid NOT NULL,
        time_given boolean NOT NULL,
        subject text NOT NULL,
        type text NOT NULL,
        source text NOT NULL,
        event_id text NOT NULL,
        data jsonb,
        CONSTRAINT event_pkey PRIMARY KEY (shard_key, occurred_at, identity)
      ) PARTITION BY RANGE (occurred_at);
      CREATE INDEX event_commit_idx ON event (organization_id, commit_id);

      CREATE TABLE ingest_commit (
        organization_id uuid NOT NULL,
        commit_id bigint NOT NULL,
        event_count integer NOT NULL,
        CONSTRAINT ingest_commit_pkey PRIMARY KEY (organization_id, commit_id)
      );
      COMMENT ON TABLE ingest_commit IS 'commits of the log that are not folded yet; the fold claims and deletes them';

      CREATE TABLE event_refusal (
        shard_key bigint NOT NULL,
        received_at timestamptz NOT NULL,
        commit_id bigint NOT NULL,
        position integer NOT NULL,
        organization_id uuid NOT NULL,
        verdict text NOT NULL,
        times integer NOT NULL,
        code text,
        message text,
        details jsonb NOT NULL DEFAULT '[]',
        subject text,
        type text,
        source text,
        event_id text,
        CONSTRAINT event_refusal_pkey PRIMARY KEY (shard_key, received_at, commit_id, position)
      ) PARTITION BY RANGE (received_at);
      CREATE INDEX event_refusal_listing_idx ON event_refusal (organization_id, commit_id);
    `);
    await queryRunner.query(APPEND_EVENTS);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      DROP FUNCTION append_events;
      DROP TABLE event_refusal, ingest_commit, event, event_identity;
    `);
  }
}

/**
 * Appends one group commit and tells what became of each event: the way in that can tell duplicates and conflicts. It runs as the owner, since the
 * ingest role reads no table.
 *
 * Arrays are parallel; position n of the result speaks of element n. An identity must stand in the arrays at most once (the caller folds
 * repeats within one commit). Identities are inserted in sorted order, so that commits that overlap wait for each other and never deadlock.
 * An event without a time is kept under the time of its receipt, and a resend of it has another: where both are timeless, time does not tell them apart.
 */
const APPEND_EVENTS = `
CREATE FUNCTION append_events(
  p_commit_id bigint, p_received_at timestamptz,
  p_organization_id uuid[], p_shard_key bigint[], p_identity uuid[], p_occurred_at timestamptz[], p_time_given boolean[],
  p_subject text[], p_type text[], p_source text[], p_event_id text[], p_data text[], p_times integer[],
  p_refusals jsonb
) RETURNS TABLE (verdict text, differs text[])
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  v_new uuid[];
BEGIN
  WITH inserted AS (
    INSERT INTO event_identity (shard_key, identity, occurred_at)
    SELECT i.shard_key, i.identity, i.occurred_at
    FROM unnest(p_shard_key, p_identity, p_occurred_at) AS i (shard_key, identity, occurred_at)
    ORDER BY i.shard_key, i.identity
    ON CONFLICT DO NOTHING
    RETURNING identity
  )
  SELECT coalesce(array_agg(identity), '{}') INTO v_new FROM inserted;

  IF cardinality(v_new) > 0 THEN
    INSERT INTO event (shard_key, occurred_at, identity, commit_id, organization_id, time_given, subject, type, source, event_id, data)
    SELECT i.shard_key, i.occurred_at, i.identity, p_commit_id, i.organization_id, i.time_given, i.subject, i.type, i.source, i.event_id, i.data::jsonb
    FROM unnest(p_organization_id, p_shard_key, p_identity, p_occurred_at, p_time_given, p_subject, p_type, p_source, p_event_id, p_data)
      AS i (organization_id, shard_key, identity, occurred_at, time_given, subject, type, source, event_id, data)
    WHERE cardinality(v_new) = cardinality(p_identity) OR i.identity = ANY (v_new);

    INSERT INTO ingest_commit (organization_id, commit_id, event_count)
    SELECT i.organization_id, p_commit_id, count(*)
    FROM unnest(p_organization_id, p_identity) AS i (organization_id, identity)
    WHERE cardinality(v_new) = cardinality(p_identity) OR i.identity = ANY (v_new)
    GROUP BY i.organization_id;

    PERFORM pg_notify('tallymark_commit', '');
  END IF;

  IF cardinality(v_new) = cardinality(p_identity) AND NOT EXISTS (SELECT FROM unnest(p_times) AS t (times) WHERE t.times > 1) THEN
    INSERT INTO event_refusal (shard_key, received_at, commit_id, position, organization_id, verdict, times, code, message, details, subject, type, source, event_id)
    SELECT r.shard_key, p_received_at, p_commit_id, r.position, r.organization_id, r.verdict, r.times, r.code, r.message, r.details, r.subject, r.type, r.source, r.event_id
    FROM jsonb_to_recordset(p_refusals) AS r (shard_key bigint, position integer, organization_id uuid, verdict text, times integer, code text, message text, details jsonb, subject text, type text, source text, event_id text);
    RETURN QUERY SELECT 'stored', NULL::text[] FROM unnest(p_identity);
    RETURN;
  END IF;

  RETURN QUERY
  WITH input AS (
    SELECT * FROM unnest(p_organization_id, p_shard_key, p_identity, p_occurred_at, p_time_given, p_subject, p_type, p_source, p_event_id, p_data, p_times)
      WITH ORDINALITY AS i (organization_id, shard_key, identity, occurred_at, time_given, subject, type, source, event_id, data, times, position)
  ), compared AS (
    SELECT i.*, i.identity = ANY (v_new) AS is_new,
      array_remove(ARRAY[
        CASE WHEN e.type IS DISTINCT FROM i.type THEN 'type' END,
        CASE WHEN e.time_given <> i.time_given OR (e.time_given AND e.occurred_at <> i.occurred_at) THEN 'time' END,
        CASE WHEN e.data IS DISTINCT FROM i.data::jsonb THEN 'data' END
      ], NULL) AS differing
    FROM input i
    JOIN event_identity k ON k.shard_key = i.shard_key AND k.identity = i.identity
    JOIN event e ON e.shard_key = k.shard_key AND e.occurred_at = k.occurred_at AND e.identity = k.identity
  ), verdicts AS (
    SELECT c.*, CASE WHEN c.is_new THEN 'stored' WHEN cardinality(c.differing) = 0 THEN 'duplicate' ELSE 'conflict' END AS given
    FROM compared c
  ), recorded AS (
    INSERT INTO event_refusal (shard_key, received_at, commit_id, position, organization_id, verdict, times, code, message, details, subject, type, source, event_id)
    SELECT v.shard_key, p_received_at, p_commit_id, v.position + 1000000, v.organization_id,
      CASE WHEN v.is_new THEN 'duplicate' ELSE v.given END, v.times - v.is_new::integer, NULL,
      CASE WHEN v.given = 'conflict' THEN 'an event of this identity is kept already, with other ' || array_to_string(v.differing, ', ') END,
      '[]', v.subject, v.type, v.source, v.event_id
    FROM verdicts v WHERE v.times > v.is_new::integer
    UNION ALL
    SELECT r.shard_key, p_received_at, p_commit_id, r.position, r.organization_id, r.verdict, r.times, r.code, r.message, r.details, r.subject, r.type, r.source, r.event_id
    FROM jsonb_to_recordset(p_refusals) AS r (shard_key bigint, position integer, organization_id uuid, verdict text, times integer, code text, message text, details jsonb, subject text, type text, source text, event_id text)
  )
  SELECT v.given, v.differing FROM verdicts v ORDER BY v.position;
END $$`;
