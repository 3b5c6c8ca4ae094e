import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The first half of appending a commit of which some events are kept already: what is new is then copied, what is known is compared. */
export class ClaimIdentities1795200000100 implements MigrationInterface {
  readonly name = 'ClaimIdentities1795200000100';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(CLAIM_IDENTITIES);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP FUNCTION claim_identities');
  }
}

/**
 * Keeps identities that are new, in the order given, and returns the positions, from 1, of those that are known. It runs as the owner, since the
 * ingest role reads no table. Arrays are parallel; an identity must stand in them at most once.
 */
const CLAIM_IDENTITIES = `
CREATE FUNCTION claim_identities(p_shard_key bigint[], p_identity uuid[], p_occurred_at timestamptz[]) RETURNS integer[]
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  WITH given AS MATERIALIZED (
    SELECT * FROM unnest(p_shard_key, p_identity, p_occurred_at) WITH ORDINALITY AS i (shard_key, identity, occurred_at, position)
  ), claimed AS (
    INSERT INTO event_identity (shard_key, identity, occurred_at)
    SELECT shard_key, identity, occurred_at FROM given ORDER BY position
    ON CONFLICT DO NOTHING
    RETURNING identity
  )
  SELECT coalesce(array_agg(g.position::integer ORDER BY g.position), '{}')
  FROM given g WHERE NOT EXISTS (SELECT FROM claimed c WHERE c.identity = g.identity)
$$;
REVOKE ALL ON FUNCTION claim_identities FROM PUBLIC;
GRANT EXECUTE ON FUNCTION claim_identities TO tallymark_ingest;
`;
