import { shardKey } from './event-identity.js';
import type { AppendResult, EventToRefuse } from './event-log.js';
import { type DistinctEvents, timesSent } from './event-repeats.js';
import type { EventRows } from './event-rows.js';

/** That a row of a commit was not stored, and why. */
export interface RowRefusal {
  readonly row: number;
  /** Among all that the commit refuses: rejected events count from 0, then conflicts within the commit, then, from 1,000,001, the others. */
  readonly position: number;
  readonly verdict: 'duplicate' | 'conflict';
  /** How often it came in this commit, and was not stored. */
  readonly times: number;
  readonly message: string | null;
}

/** From it on, rows are told in the order in which they came. */
const FIRST_OF_ROWS = 1_000_001;

/**
 * What a commit does not store of what is valid: the events that are kept already, and what came in it again.
 *
 * @param known verdicts of rows that are kept already
 * @param rejected how many events were rejected before
 */
export function rowRefusals(distinct: DistinctEvents, known: ReadonlyMap<number, AppendResult>, rejected: number): RowRefusal[] {
  const refusals = conflictsWithin(distinct, rejected, known);
  for (const [row, { verdict, differs }] of known) {
    if (verdict === 'stored') continue;
    const message = verdict === 'conflict' ? `an event of this identity is kept already, with other ${differs.join(', ')}` : null;
    refusals.push({ row, position: FIRST_OF_ROWS + row, verdict, times: timesSent(distinct, row), message });
  }
  for (const row of distinct.repeats.keys()) {
    const times = timesSent(distinct, row) - 1;
    if (times === 0 || known.has(row)) continue;
    refusals.push({ row, position: FIRST_OF_ROWS + row, verdict: 'duplicate', times, message: null });
  }
  return refusals;
}

/** The events of a commit that conflict with another of it, as they came, and have no verdict yet. Their row is that of the other, which has the same name. */
export function conflictsWithin(
  { repeats }: DistinctEvents,
  rejected: number,
  known: ReadonlyMap<number, unknown> = new Map(),
): RowRefusal[] {
  return [...repeats]
    .flatMap(([row, { conflicts }]) => conflicts.map((conflict) => ({ row, ...conflict })))
    .filter(({ position }) => !known.has(position))
    .sort((a, b) => a.position - b.position)
    .map(({ row, differs }, index) => {
      const message = `an event of this identity came in the same batch, with other ${differs.join(', ')}`;
      return { row, position: rejected + index, verdict: 'conflict', times: 1, message };
    });
}

/** A {@link RowRefusal} as `append_events` takes it. */
export function rowRecord(rows: EventRows, { row, position, verdict, times, message }: RowRefusal): object {
  const { subject, type, source, id } = rows.eventAt(row);
  return {
    shard_key: rows.shardKeyAt(row),
    organization_id: rows.organizationAt(row),
    position,
    verdict,
    times,
    code: null,
    message,
    details: [],
    subject,
    type,
    source,
    event_id: id,
  };
}

/** A rejected event as `append_events` takes it. */
export function rejectionRecord(refusal: EventToRefuse, position: number): RejectionRecord {
  return {
    shard_key: shardKey(refusal.organizationId, refusal.subject ?? ''),
    organization_id: refusal.organizationId,
    position,
    verdict: 'rejected',
    times: 1,
    code: refusal.code,
    message: storable(refusal.message),
    details: refusal.details.map((detail) => ({
      ...detail,
      pointer: detail.pointer && storable(detail.pointer),
      message: storable(detail.message),
    })),
    subject: refusal.subject,
    type: refusal.type,
    source: refusal.source,
    event_id: refusal.eventId,
  };
}

/** The columns of `event_refusal` that a rejected event says. */
export interface RejectionRecord {
  /** A signed decimal string. */
  readonly shard_key: string;
  readonly organization_id: string;
  readonly position: number;
  readonly verdict: 'rejected';
  readonly times: number;
  readonly code: string;
  readonly message: string;
  readonly details: readonly object[];
  readonly subject: string | null;
  readonly type: string | null;
  readonly source: string | null;
  readonly event_id: string | null;
}

/** Messages quote what was sent, which may be the very text that PostgreSQL can't hold. */
function storable(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\uFFFD');
}
