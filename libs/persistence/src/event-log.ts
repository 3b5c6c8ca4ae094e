import type { ErrorDetail, EventVerdict, UsageEvent } from '@tallymark/domain';
import type { DataSource } from 'typeorm';
import { type EventRecord, copyNewEvents } from './copy-events.js';
import { createCommitIds, eventIdentity, shardKey } from './event-identity.js';

/** An event on its way into the log. */
export interface EventToAppend {
  readonly organizationId: string;
  readonly event: UsageEvent;
}

/** An event that never reaches the log, with the reason. Kept so that senders can look up what became of it. */
export interface EventToRefuse {
  readonly organizationId: string;
  readonly code: string;
  readonly message: string;
  readonly details: readonly ErrorDetail[];
  readonly subject: string | null;
  readonly type: string | null;
  readonly source: string | null;
  readonly eventId: string | null;
}

/** What became of an appended event. `differs` names what is different in a `conflict`: `type`, `time`, `data`. */
export interface AppendResult {
  readonly verdict: Exclude<EventVerdict, 'rejected'>;
  readonly differs: readonly string[];
}

interface DistinctEvent extends EventToAppend {
  readonly identity: string;
  /** Positions in the batch that hold this very event, the first included. */
  readonly positions: number[];
  /** Positions of the same identity with other content, with what differs. */
  readonly conflicts: { readonly position: number; readonly differs: readonly string[] }[];
}

interface WrittenVerdict {
  readonly verdict: AppendResult['verdict'];
  readonly differs: string[] | null;
}

/** Below it, one call of a function takes fewer round trips than a copy. */
const EVENTS_WORTH_COPYING = 50;
/** Commits that are inserted, not copied, after one that met an identity that is kept already. */
const COMMITS_AFTER_COLLISION = 4;

const APPEND = `SELECT verdict, differs FROM append_events($1, $2, $3::uuid[], $4::bigint[], $5::uuid[], $6::timestamptz[], $7::boolean[], $8::text[], $9::text[], $10::text[], $11::text[], $12::text[], $13::integer[], $14::jsonb)`;

/** The append-only log of events, written by the ingest role. */
export class EventLog {
  private readonly nextCommitId = createCommitIds(Math.random());
  private commitsToInsert = 0;

  constructor(private readonly dataSource: DataSource) {}

  /**
   * Appends events in one transaction, and returns after its commit what became of each, in order. Refusals are recorded in the same transaction.
   *
   * Among events of one identity in the batch the first is kept; the others are duplicates or conflicts of it.
   *
   * @throws the driver's error when PostgreSQL can't be reached; whether the events are kept is then unknown, and sending them again is safe.
   */
  async append(events: readonly EventToAppend[], refusals: readonly EventToRefuse[], receivedAt: Date): Promise<AppendResult[]> {
    const distinct = distinctEvents(events);
    const verdicts = await this.write(distinct, refusals, receivedAt);
    const results = new Array<AppendResult>(events.length);
    distinct.forEach((item, index) => {
      const { verdict, differs } = verdicts[index]!;
      item.positions.forEach((position, nth) => {
        results[position] = {
          verdict: verdict === 'stored' && nth > 0 ? 'duplicate' : verdict,
          differs: verdict === 'conflict' ? (differs ?? []) : [],
        };
      });
      for (const conflict of item.conflicts) results[conflict.position] = { verdict: 'conflict', differs: conflict.differs };
    });
    return results;
  }

  private async write(distinct: readonly DistinctEvent[], refusals: readonly EventToRefuse[], receivedAt: Date): Promise<WrittenVerdict[]> {
    const commitId = this.nextCommitId(receivedAt);
    const records = distinct.map((item) => toRecord(item, receivedAt));
    if (this.mayCopy(distinct, refusals)) {
      if (await copyNewEvents(this.dataSource, commitId, records)) return records.map(() => ({ verdict: 'stored', differs: null }));
      this.commitsToInsert = COMMITS_AFTER_COLLISION;
    }
    return this.insert(commitId, distinct, records, refusals, receivedAt);
  }

  /** Copying pays when it succeeds. Right after a collision more are likely: a client is resending. */
  private mayCopy(distinct: readonly DistinctEvent[], refusals: readonly EventToRefuse[]): boolean {
    if (this.commitsToInsert > 0) {
      this.commitsToInsert -= 1;
      return false;
    }
    return (
      distinct.length >= EVENTS_WORTH_COPYING &&
      refusals.length === 0 &&
      distinct.every((item) => item.positions.length === 1 && item.conflicts.length === 0)
    );
  }

  private insert(
    commitId: string,
    distinct: readonly DistinctEvent[],
    records: readonly EventRecord[],
    refusals: readonly EventToRefuse[],
    receivedAt: Date,
  ): Promise<WrittenVerdict[]> {
    return this.dataSource.query(APPEND, [
      commitId,
      receivedAt,
      records.map((record) => record.organizationId),
      records.map((record) => record.shardKey),
      records.map((record) => record.identity),
      records.map((record) => record.occurredAt),
      records.map((record) => record.timeGiven),
      records.map((record) => record.subject),
      records.map((record) => record.type),
      records.map((record) => record.source),
      records.map((record) => record.eventId),
      records.map((record) => record.dataJson),
      distinct.map((item) => item.positions.length),
      JSON.stringify([...refusals.map(refusalRecord), ...conflictRecords(distinct)].map((record, position) => ({ ...record, position }))),
    ]);
  }
}

function toRecord({ organizationId, event, identity }: DistinctEvent, receivedAt: Date): EventRecord {
  return {
    organizationId,
    shardKey: shardKey(organizationId, event.subject),
    identity,
    occurredAt: event.time ?? receivedAt.toISOString(),
    timeGiven: event.time !== null,
    subject: event.subject,
    type: event.type,
    source: event.source,
    eventId: event.id,
    dataJson: event.dataJson,
  };
}

function distinctEvents(events: readonly EventToAppend[]): DistinctEvent[] {
  const byIdentity = new Map<string, DistinctEvent>();
  events.forEach(({ organizationId, event }, position) => {
    const identity = eventIdentity(organizationId, event);
    const first = byIdentity.get(identity);
    if (first === undefined) {
      byIdentity.set(identity, { organizationId, event, identity, positions: [position], conflicts: [] });
      return;
    }
    const differs = differences(first.event, event);
    if (differs.length === 0) first.positions.push(position);
    else first.conflicts.push({ position, differs });
  });
  return [...byIdentity.values()];
}

/** Within a batch, data that reads differently counts as different even where JSON would call it equal (`1.0` and `1`): a batch that says both is in doubt. */
function differences(kept: UsageEvent, other: UsageEvent): string[] {
  return (['type', 'time', 'dataJson'] as const)
    .filter((name) => kept[name] !== other[name])
    .map((name) => (name === 'dataJson' ? 'data' : name));
}

/** Messages quote what was sent, which may be the very text that PostgreSQL can't hold. */
function storable(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\uFFFD');
}

function refusalRecord(refusal: EventToRefuse): object {
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

function conflictRecords(distinct: readonly DistinctEvent[]): object[] {
  return distinct.flatMap((item) =>
    item.conflicts.map((conflict) => ({
      shard_key: shardKey(item.organizationId, item.event.subject),
      organization_id: item.organizationId,
      verdict: 'conflict',
      times: 1,
      code: null,
      message: `an event of this identity came in the same batch, with other ${conflict.differs.join(', ')}`,
      details: [],
      subject: item.event.subject,
      type: item.event.type,
      source: item.event.source,
      event_id: item.event.id,
    })),
  );
}
