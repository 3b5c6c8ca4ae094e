import type { EntityManager } from 'typeorm';
import type { AddedEvent, CorrectionAtHand, CorrectionPlan } from './correction-plan.js';

const TAKE_OUT = `
  UPDATE event e SET voided_by = c.correction_id FROM correction_event c
  WHERE c.correction_id = $1 AND c.action = 'void' AND c.occurred_at >= $2 AND c.occurred_at < $3 AND e.occurred_at >= $2 AND e.occurred_at < $3
    AND e.shard_key = c.shard_key AND e.occurred_at = c.occurred_at AND e.identity = c.identity`;

/** Reverting: what was taken out is in again, and what was put in is out, by the correction itself. */
const PUT_BACK = `
  UPDATE event e SET voided_by = CASE WHEN c.action = 'add' THEN c.correction_id END FROM correction_event c
  WHERE c.correction_id = $1 AND c.occurred_at >= $2 AND c.occurred_at < $3 AND e.occurred_at >= $2 AND e.occurred_at < $3
    AND e.shard_key = c.shard_key AND e.occurred_at = c.occurred_at AND e.identity = c.identity`;

const ADD = `
  INSERT INTO event (shard_key, occurred_at, identity, commit_id, organization_id, time_given, subject, type, source, event_id, data, correction_id)
  SELECT a.shard_key, a.occurred_at, a.identity, $2, $3, true, a.subject, a.type, a.source, a.event_id, nullif(r.event -> 'data', 'null'), $1
  FROM unnest($4::integer[], $5::bigint[], $6::timestamptz[], $7::uuid[], $8::text[], $9::text[], $10::text[], $11::text[])
    AS a (position, shard_key, occurred_at, identity, subject, type, source, event_id)
  JOIN (SELECT e.event, e.position FROM correction c CROSS JOIN jsonb_array_elements(c.request -> 'events') WITH ORDINALITY AS e (event, position) WHERE c.id = $1) AS r
    ON r.position = a.position`;

const ADD_AMENDED = `
  INSERT INTO event (shard_key, occurred_at, identity, commit_id, organization_id, time_given, subject, type, source, event_id, data, correction_id)
  SELECT $4, $5, $6, $2, e.organization_id, coalesce($7, e.time_given), $8, $9, e.source, e.event_id,
    CASE WHEN c.request -> 'replacement' ? 'data' THEN nullif(c.request -> 'replacement' -> 'data', 'null') ELSE e.data END, c.id
  FROM correction c JOIN event e ON e.shard_key = $10 AND e.occurred_at = $11 AND e.identity = $12
  WHERE c.id = $1 AND e.organization_id = $3`;

const CHANGES_NOTHING = `
  SELECT FROM event was JOIN event is_now ON is_now.type = was.type AND is_now.subject = was.subject AND is_now.occurred_at = was.occurred_at AND is_now.data IS NOT DISTINCT FROM was.data
  WHERE was.shard_key = $1 AND was.occurred_at = $2 AND was.identity = $3 AND is_now.shard_key = $4 AND is_now.occurred_at = $5 AND is_now.identity = $6`;

/** Bounds of the times of a correction's events, as PostgreSQL writes them; half-open, whole microseconds. */
export interface TouchedTimes {
  readonly from: string;
  readonly to: string;
}

/** What a correction's record in `correction_event` comes to. */
export interface CorrectionExtent {
  readonly voided: number;
  readonly added: number;
  /** Null when there is nothing. */
  readonly times: TouchedTimes | null;
  /** Of the events taken out: equal when they are the same ones. */
  readonly hash: string;
}

/** Counts what the record of a correction says. */
export async function measureCorrection(manager: EntityManager, correctionId: string): Promise<CorrectionExtent> {
  const [row]: { voided: string; added: string; from: string | null; to: string | null; hash: string }[] = await manager.query(
    `SELECT count(*) FILTER (WHERE action = 'void') AS voided, count(*) FILTER (WHERE action = 'add') AS added,
       min(occurred_at)::text AS "from", (max(occurred_at) + interval '1 microsecond')::text AS "to",
       coalesce(sum(hashtextextended(identity::text, 0)::numeric) FILTER (WHERE action = 'void'), 0)::text AS hash
     FROM correction_event WHERE correction_id = $1`,
    [correctionId],
  );
  return {
    voided: Number(row!.voided),
    added: Number(row!.added),
    times: row!.from === null ? null : { from: row!.from, to: row!.to! },
    hash: row!.hash,
  };
}

/** Takes out and puts in what is planned. */
export async function changeEvents(
  manager: EntityManager,
  correction: CorrectionAtHand,
  plan: CorrectionPlan,
  options: { readonly times: TouchedTimes; readonly commitId: string },
): Promise<void> {
  await manager.query(TAKE_OUT, [correction.id, options.times.from, options.times.to]);
  const [amended] = plan.added;
  if (plan.amended !== null && amended !== undefined) {
    await manager.query(ADD_AMENDED, [
      correction.id,
      options.commitId,
      correction.organizationId,
      amended.shardKey,
      amended.occurredAt,
      amended.identity,
      amended.timeGiven,
      amended.subject,
      amended.type,
      plan.amended.shardKey,
      plan.amended.occurredAt,
      plan.amended.identity,
    ]);
  } else if (plan.added.length > 0) {
    await addEvents(manager, correction, plan.added, options.commitId);
  }
}

async function addEvents(
  manager: EntityManager,
  correction: CorrectionAtHand,
  added: readonly AddedEvent[],
  commitId: string,
): Promise<void> {
  await manager.query(ADD, [
    correction.id,
    commitId,
    correction.organizationId,
    added.map((event) => event.position),
    added.map((event) => event.shardKey),
    added.map((event) => event.occurredAt),
    added.map((event) => event.identity),
    added.map((event) => event.subject),
    added.map((event) => event.type),
    added.map((event) => event.source),
    added.map((event) => event.id),
  ]);
}

/** Whether an amended event, just changed, reads as it did before. */
export async function changesNothing(manager: EntityManager, plan: CorrectionPlan): Promise<boolean> {
  const [added] = plan.added;
  if (plan.amended === null || added === undefined) return false;
  const { shardKey, occurredAt, identity } = plan.amended;
  const same: unknown[] = await manager.query(CHANGES_NOTHING, [
    shardKey,
    occurredAt,
    identity,
    added.shardKey,
    added.occurredAt,
    added.identity,
  ]);
  return same.length > 0;
}

/** Undoes {@link changeEvents}. @returns how many events it found; fewer than on record when months were dropped since. */
export async function restoreEvents(manager: EntityManager, correctionId: string, times: TouchedTimes): Promise<number> {
  const [, restored]: [unknown, number] = await manager.query(PUT_BACK, [correctionId, times.from, times.to]);
  return restored;
}

/** A correction that was applied later and builds on this one: it changed what this one put in, or put in a version of what this one took out. */
export async function findLaterCorrection(manager: EntityManager, correctionId: string): Promise<string | null> {
  const [later]: { id: string }[] = await manager.query(
    `WITH own AS (SELECT * FROM correction_event WHERE correction_id = $1), later AS (
       SELECT e.voided_by AS id, false AS is_in_use FROM own JOIN event e ON e.shard_key = own.shard_key AND e.occurred_at = own.occurred_at AND e.identity = own.identity
       WHERE e.voided_by <> $1
       UNION
       SELECT e.correction_id, true FROM own
       JOIN correction_event c ON c.origin_shard_key = own.origin_shard_key AND c.origin_identity = own.origin_identity AND c.action = 'add' AND c.correction_id <> $1
       JOIN event e ON e.shard_key = c.shard_key AND e.occurred_at = c.occurred_at AND e.identity = c.identity AND e.voided_by IS NULL
     )
     SELECT c.id FROM later JOIN correction c USING (id) WHERE c.status = 'applied' ORDER BY c.applied_at DESC, later.is_in_use DESC LIMIT 1`,
    [correctionId],
  );
  return later?.id ?? null;
}
