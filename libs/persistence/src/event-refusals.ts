import type { EventToRefuse } from './event-log.js';
import { shardKey } from './event-identity.js';
import type { DistinctEvents } from './event-repeats.js';

/** A refused event as `append_events` takes it. */
export function refusalRecord(refusal: EventToRefuse): object {
  return {
    shard_key: shardKey(refusal.organizationId, refusal.subject ?? ''),
    organization_id: refusal.organizationId,
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

/** Messages quote what was sent, which may be the very text that PostgreSQL can't hold. */
function storable(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\uFFFD');
}

/** The events of a commit that conflict with another of it, as `append_events` takes what is refused. */
export function conflictRecords({ rows, repeats }: DistinctEvents): object[] {
  return [...repeats].flatMap(([row, { conflicts }]) => {
    const { subject, type, source, id } = rows.eventAt(row);
    return conflicts.map(({ differs }) => ({
      shard_key: rows.shardKeyAt(row),
      organization_id: rows.organizationAt(row),
      verdict: 'conflict',
      times: 1,
      code: null,
      message: `an event of this identity came in the same batch, with other ${differs.join(', ')}`,
      details: [],
      subject,
      type,
      source,
      event_id: id,
    }));
  });
}
