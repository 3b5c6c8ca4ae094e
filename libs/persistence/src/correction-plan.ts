import { normalizeEventTime } from '@tallymark/date-window';
import type { EntityManager } from 'typeorm';
import { type EventVersion, findEventInUse, isInUse } from './correction-lookup.js';
import { CorrectionRefusal } from './correction-refusal.js';
import { type CorrectionRequest, type EventKey, type EventName, keyOf, replacementIdentity } from './correction-request.js';
import { shardKey } from './event-identity.js';

/** The correction at hand. */
export interface CorrectionAtHand {
  readonly id: string;
  readonly organizationId: string;
  readonly request: CorrectionRequest;
}

/** An event that a correction puts in. */
export interface AddedEvent extends EventName {
  /** Of the event in the request, from 1. */
  readonly position: number;
  readonly shardKey: string;
  readonly identity: string;
  readonly occurredAt: string;
  readonly timeGiven: boolean | null;
  readonly type: string;
  /** Null: the event is the first of its name. */
  readonly origin: EventKey | null;
}

/** What a correction is about to do. Which events it takes out is in `correction_event`. */
export interface CorrectionPlan {
  readonly added: readonly AddedEvent[];
  /** The event that an amendment changes: what it does not name stays as it is there. */
  readonly amended: EventVersion | null;
}

const MARK_VOID = `
  INSERT INTO correction_event (shard_key, occurred_at, identity, correction_id, organization_id, action, origin_shard_key, origin_identity)
  VALUES ($1, $2, $3, $4, $5, 'void', $6, $7)`;

const MARK_WINDOW = `
  INSERT INTO correction_event (shard_key, occurred_at, identity, correction_id, organization_id, action, origin_shard_key, origin_identity)
  SELECT e.shard_key, e.occurred_at, e.identity, $1, e.organization_id, 'void', coalesce(o.origin_shard_key, e.shard_key), coalesce(o.origin_identity, e.identity)
  FROM event e
  LEFT JOIN correction_event o ON e.correction_id IS NOT NULL
    AND o.shard_key = e.shard_key AND o.occurred_at = e.occurred_at AND o.identity = e.identity AND o.correction_id = e.correction_id
  WHERE e.organization_id = $2 AND e.occurred_at >= $3 AND e.occurred_at < $4 AND e.voided_by IS NULL
    AND ($5::text[] IS NULL OR (e.shard_key = ANY ($6::bigint[]) AND e.subject = ANY ($5)))
    AND ($7::text[] IS NULL OR e.type = ANY ($7))`;

const CLAIM_NAMES = `
  INSERT INTO event_identity (shard_key, identity, occurred_at)
  SELECT n.shard_key, n.identity, n.occurred_at FROM unnest($1::bigint[], $2::uuid[], $3::timestamptz[]) AS n (shard_key, identity, occurred_at)
  ORDER BY n.shard_key, n.identity
  ON CONFLICT DO NOTHING RETURNING shard_key, identity`;

const MARK_ADDED = `
  INSERT INTO correction_event (shard_key, occurred_at, identity, correction_id, organization_id, action, origin_shard_key, origin_identity)
  SELECT a.shard_key, a.occurred_at, a.identity, $1, $2, 'add', coalesce(a.origin_shard_key, o.origin_shard_key, a.shard_key), coalesce(a.origin_identity, o.origin_identity, a.name_identity)
  FROM unnest($3::bigint[], $4::timestamptz[], $5::uuid[], $6::uuid[], $7::bigint[], $8::uuid[])
    AS a (shard_key, occurred_at, identity, name_identity, origin_shard_key, origin_identity)
  LEFT JOIN event_identity k ON k.shard_key = a.shard_key AND k.identity = a.name_identity
  LEFT JOIN LATERAL (
    SELECT c.origin_shard_key, c.origin_identity FROM correction_event c
    WHERE c.shard_key = k.shard_key AND c.occurred_at = k.occurred_at AND c.identity = k.identity AND c.action = 'add' LIMIT 1
  ) AS o ON true`;

/** Added events one of whose other versions would stay in use beside them. */
const STILL_IN_USE = `
  WITH added AS (
    SELECT shard_key, occurred_at, identity, origin_shard_key, origin_identity FROM correction_event WHERE correction_id = $1 AND action = 'add'
  ), places AS (
    SELECT k.shard_key, k.occurred_at, k.identity FROM added JOIN event_identity k ON k.shard_key = added.origin_shard_key AND k.identity = added.origin_identity
    UNION
    SELECT c.shard_key, c.occurred_at, c.identity FROM added
    JOIN correction_event c ON c.origin_shard_key = added.origin_shard_key AND c.origin_identity = added.origin_identity AND c.action = 'add' AND c.correction_id <> $1
  )
  SELECT e.subject, e.source, e.event_id AS id, e.correction_id AS "correctionId"
  FROM places JOIN event e ON e.shard_key = places.shard_key AND e.occurred_at = places.occurred_at AND e.identity = places.identity
  WHERE e.voided_by IS NULL AND NOT EXISTS (
    SELECT FROM correction_event v WHERE v.correction_id = $1 AND v.action = 'void'
      AND v.shard_key = e.shard_key AND v.occurred_at = e.occurred_at AND v.identity = e.identity)
  ORDER BY e.occurred_at LIMIT 1`;

/**
 * Writes down which events the correction takes out and puts in, and changes none of them yet.
 *
 * Names are claimed before the window is looked through: who sends such an event at the same time has either committed by then, and is seen, or
 * finds the name taken.
 *
 * @throws CorrectionRefusal when an event is not there, or would be counted twice.
 */
export async function planCorrection(manager: EntityManager, correction: CorrectionAtHand): Promise<CorrectionPlan> {
  const { request } = correction;
  switch (request.kind) {
    case 'void': {
      await markVoid(manager, correction, await findEventInUse(manager, correction.organizationId, request.event));
      return { added: [], amended: null };
    }
    case 'amend': {
      const amended = await findEventInUse(manager, correction.organizationId, request.event);
      await markVoid(manager, correction, amended);
      const added = await planAmended(manager, correction, amended, request.replacement);
      await markAdded(manager, correction, [added]);
      return { added: [added], amended };
    }
    case 'backfill': {
      const named = request.events.map((event, index) => addedEvent(correction, event, index));
      const claimed = await claimNames(manager, named);
      const added = named.map((event) =>
        claimed.has(event.identity) ? event : { ...event, identity: replacementIdentity(event.identity, correction.id) },
      );
      await manager.query(MARK_WINDOW, [
        correction.id,
        correction.organizationId,
        request.window.from,
        request.window.to,
        request.subjects,
        request.subjects?.map((subject) => shardKey(correction.organizationId, subject)) ?? null,
        request.types,
      ]);
      await markAdded(manager, correction, added);
      return { added, amended: null };
    }
  }
}

async function planAmended(
  manager: EntityManager,
  correction: CorrectionAtHand,
  amended: EventVersion,
  replacement: Extract<CorrectionRequest, { kind: 'amend' }>['replacement'],
): Promise<AddedEvent> {
  const name = { subject: replacement.subject ?? amended.subject, source: amended.source, id: amended.eventId };
  const key = keyOf(correction.organizationId, name);
  const event: AddedEvent = {
    ...name,
    position: 1,
    shardKey: key.shardKey,
    identity: key.identity,
    occurredAt: replacement.time === undefined ? amended.occurredAt : normalizeEventTime(replacement.time),
    timeGiven: replacement.time === undefined ? null : true,
    type: replacement.type ?? amended.type,
    origin: { shardKey: amended.originShardKey, identity: amended.originIdentity },
  };
  if (name.subject !== amended.subject && (await claimNames(manager, [event])).has(event.identity)) return event;
  if (name.subject !== amended.subject && (await isOtherInUse(manager, correction, name, amended)))
    throw new CorrectionRefusal(
      'event_exists',
      `subject ${JSON.stringify(name.subject)} has an event of source ${JSON.stringify(name.source)} and id ${JSON.stringify(name.id)} of its own; void one of them`,
    );
  return { ...event, identity: replacementIdentity(event.identity, correction.id) };
}

async function isOtherInUse(
  manager: EntityManager,
  correction: CorrectionAtHand,
  name: EventName,
  amended: EventVersion,
): Promise<boolean> {
  if (!(await isInUse(manager, correction.organizationId, name))) return false;
  const other = await findEventInUse(manager, correction.organizationId, name);
  return other.originShardKey !== amended.originShardKey || other.originIdentity !== amended.originIdentity;
}

function addedEvent(
  correction: CorrectionAtHand,
  { id, source, subject, type, time }: EventName & { readonly type: string; readonly time: string },
  index: number,
): AddedEvent {
  const key = keyOf(correction.organizationId, { id, source, subject });
  return {
    id,
    source,
    subject,
    type,
    position: index + 1,
    shardKey: key.shardKey,
    identity: key.identity,
    occurredAt: time,
    timeGiven: true,
    origin: null,
  };
}

async function markVoid(manager: EntityManager, correction: CorrectionAtHand, event: EventVersion): Promise<void> {
  await manager.query(MARK_VOID, [
    event.shardKey,
    event.occurredAt,
    event.identity,
    correction.id,
    correction.organizationId,
    event.originShardKey,
    event.originIdentity,
  ]);
}

/** @returns the identities that were free, and are taken now. */
async function claimNames(manager: EntityManager, events: readonly AddedEvent[]): Promise<Set<string>> {
  if (events.length === 0) return new Set();
  const claimed: { identity: string }[] = await manager.query(CLAIM_NAMES, [
    events.map((event) => event.shardKey),
    events.map((event) => event.identity),
    events.map((event) => event.occurredAt),
  ]);
  return new Set(claimed.map((row) => row.identity));
}

async function markAdded(manager: EntityManager, correction: CorrectionAtHand, added: readonly AddedEvent[]): Promise<void> {
  if (added.length === 0) return;
  await manager.query(MARK_ADDED, [
    correction.id,
    correction.organizationId,
    added.map((event) => event.shardKey),
    added.map((event) => event.occurredAt),
    added.map((event) => event.identity),
    added.map((event) => keyOf(correction.organizationId, event).identity),
    added.map((event) => event.origin?.shardKey ?? null),
    added.map((event) => event.origin?.identity ?? null),
  ]);
  const [twice]: (EventName & { correctionId: string | null })[] = await manager.query(STILL_IN_USE, [correction.id]);
  if (twice !== undefined)
    throw new CorrectionRefusal(
      'event_exists',
      `the event of subject ${JSON.stringify(twice.subject)}, source ${JSON.stringify(twice.source)} and id ${JSON.stringify(twice.id)} is in use ` +
        'outside of what is replaced, and would be counted twice; amend it, or give the new one another id',
      twice.correctionId,
    );
  const [repeated]: unknown[] = await manager.query(
    `SELECT FROM correction_event WHERE correction_id = $1 AND action = 'add' GROUP BY origin_shard_key, origin_identity HAVING count(*) > 1 LIMIT 1`,
    [correction.id],
  );
  if (repeated !== undefined)
    throw new CorrectionRefusal('event_exists', 'two of the given events are versions of one that was sent; give one of them another id');
}
