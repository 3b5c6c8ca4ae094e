import type { EntityManager } from 'typeorm';
import { type EventName, keyOf } from './correction-request.js';
import { CorrectionRefusal } from './correction-refusal.js';

/** The version of an event that is in use. */
export interface EventVersion {
  readonly shardKey: string;
  /** As PostgreSQL writes it: a `Date` would lose its microseconds. */
  readonly occurredAt: string;
  readonly identity: string;
  readonly subject: string;
  readonly source: string;
  readonly eventId: string;
  readonly type: string;
  readonly originShardKey: string;
  readonly originIdentity: string;
}

/**
 * All versions of the event of a name: the one that was sent, and those that corrections put in its place. A name leads to what it was first
 * given to, so that an event is found by the subject it was sent with and by the one it was moved to.
 */
const VERSIONS = `
  WITH origin AS (
    SELECT coalesce(o.origin_shard_key, k.shard_key) AS shard_key, coalesce(o.origin_identity, k.identity) AS identity
    FROM event_identity k
    LEFT JOIN correction_event o ON o.shard_key = k.shard_key AND o.occurred_at = k.occurred_at AND o.identity = k.identity AND o.action = 'add'
    WHERE k.shard_key = $1 AND k.identity = $2
    LIMIT 1
  ), places AS (
    SELECT k.shard_key, k.occurred_at, k.identity FROM origin JOIN event_identity k USING (shard_key, identity)
    UNION
    SELECT a.shard_key, a.occurred_at, a.identity FROM origin
    JOIN correction_event a ON a.origin_shard_key = origin.shard_key AND a.origin_identity = origin.identity AND a.action = 'add'
  )
  SELECT e.shard_key AS "shardKey", e.occurred_at::text AS "occurredAt", e.identity, e.subject, e.source, e.event_id AS "eventId", e.type,
    origin.shard_key AS "originShardKey", origin.identity AS "originIdentity", e.voided_by AS "voidedBy"
  FROM origin CROSS JOIN places
  JOIN event e ON e.shard_key = places.shard_key AND e.occurred_at = places.occurred_at AND e.identity = places.identity
  LEFT JOIN correction c ON c.id = e.voided_by
  WHERE e.organization_id = $3
  -- Of an event that is out, the version that was taken out and not replaced comes first.
  ORDER BY e.voided_by IS NOT NULL, c.status = 'applied' DESC, EXISTS (
    SELECT FROM correction_event a WHERE a.origin_shard_key = origin.shard_key AND a.origin_identity = origin.identity AND a.action = 'add' AND a.correction_id = e.voided_by
  )`;

/**
 * The version of an event that is in use.
 *
 * @throws CorrectionRefusal `event_not_found`, or `event_voided` with the correction that took it out.
 */
export async function findEventInUse(manager: EntityManager, organizationId: string, name: EventName): Promise<EventVersion> {
  const key = keyOf(organizationId, name);
  const versions: (EventVersion & { readonly voidedBy: string | null })[] = await manager.query(VERSIONS, [
    key.shardKey,
    key.identity,
    organizationId,
  ]);
  const [first] = versions;
  const named = `subject ${JSON.stringify(name.subject)}, source ${JSON.stringify(name.source)} and id ${JSON.stringify(name.id)}`;
  if (first === undefined) throw new CorrectionRefusal('event_not_found', `no event of ${named} is kept`);
  if (first.voidedBy !== null)
    throw new CorrectionRefusal(
      'event_voided',
      `the event of ${named} is taken out already, by correction ${first.voidedBy}; revert that one to have it back`,
      first.voidedBy,
    );
  return first;
}

/** Whether an event of this very name is in use, whatever it was sent as. */
export async function isInUse(manager: EntityManager, organizationId: string, name: EventName): Promise<boolean> {
  try {
    await findEventInUse(manager, organizationId, name);
    return true;
  } catch (error) {
    if (error instanceof CorrectionRefusal) return false;
    throw error;
  }
}
