import type { ErrorDetail, EventVerdict, UsageEvent } from '@tallymark/domain';
import type { DataSource } from 'typeorm';
import { type EventRecord, type RunStatement, copyNewEvents, copyUnknownEvents } from './copy-events.js';
import { createCommitIds, createShardCache, eventIdentityBytes, shardKey, type Shard, uuidOfBytes } from './event-identity.js';

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

/** An event of a batch, and where else its identity stands in it. */
interface DistinctEvent extends EventRecord {
  /** Position in the batch. */
  readonly position: number;
  /** What follows it in the batch under its identity; undefined where nothing does, as is nearly always so. */
  repeats: Repeats | undefined;
}

interface Repeats {
  /** Positions of the very same event. */
  readonly positions: number[];
  /** Positions of other content, with what differs. */
  readonly conflicts: { readonly position: number; readonly differs: readonly string[] }[];
}

interface WrittenVerdict {
  readonly verdict: AppendResult['verdict'];
  readonly differs: string[] | null;
}

/** Below it, one call of a function takes fewer round trips than a copy. */
const EVENTS_WORTH_COPYING = 50;
/** Commits that claim their identities first, after one that met an identity that is kept already: a client is resending, and more will come. */
const COMMITS_AFTER_COLLISION = 8;

const APPEND = `SELECT verdict, differs FROM append_events($1, $2, $3::uuid[], $4::bigint[], $5::uuid[], $6::timestamptz[], $7::boolean[], $8::text[], $9::text[], $10::text[], $11::text[], $12::text[], $13::integer[], $14::jsonb)`;

/** The append-only log of events, written by the ingest role. */
export class EventLog {
  private readonly nextCommitId = createCommitIds(Math.random());
  private readonly shardOf = createShardCache();
  private commitsToClaim = 0;

  constructor(private readonly dataSource: DataSource) {}

  /**
   * Appends events in one transaction, and returns after its commit what became of each, in order. Refusals are recorded in the same transaction.
   *
   * Among events of one identity in the batch the first is kept; the others are duplicates or conflicts of it.
   *
   * @throws the driver's error when PostgreSQL can't be reached; whether the events are kept is then unknown, and sending them again is safe.
   */
  async append(events: readonly EventToAppend[], refusals: readonly EventToRefuse[], receivedAt: Date): Promise<AppendResult[]> {
    const distinct = distinctEvents(events, receivedAt, this.shardOf);
    const verdicts = await this.write(distinct, refusals, receivedAt);
    const results = new Array<AppendResult>(events.length);
    distinct.forEach(({ position, repeats }, index) => {
      const result = toResult(verdicts?.[index]);
      results[position] = result;
      if (repeats === undefined) return;
      for (const again of repeats.positions) results[again] = result.verdict === 'stored' ? DUPLICATE : result;
      for (const conflict of repeats.conflicts) results[conflict.position] = { verdict: 'conflict', differs: conflict.differs };
    });
    return results;
  }

  /** Verdicts of what is not stored; undefined where it is. */
  private async write(
    distinct: readonly DistinctEvent[],
    refusals: readonly EventToRefuse[],
    receivedAt: Date,
  ): Promise<readonly (WrittenVerdict | undefined)[] | undefined> {
    const commitId = this.nextCommitId(receivedAt);
    const told = { commitId, receivedAt, refusals: [...refusals.map(refusalRecord), ...conflictRecords(distinct)] };
    if (distinct.length < EVENTS_WORTH_COPYING) return this.dataSource.query(APPEND, appendParameters(distinct, told, timesSent));
    const mayAllBeNew = told.refusals.length === 0 && distinct.every(({ repeats }) => repeats === undefined);
    if (mayAllBeNew && this.commitsToClaim === 0 && (await copyNewEvents(this.dataSource, commitId, distinct))) return undefined;
    return copyUnknownEvents(this.dataSource, commitId, distinct, (run, known) => {
      this.commitsToClaim = known.size > 0 ? COMMITS_AFTER_COLLISION : Math.max(0, this.commitsToClaim - 1);
      return compareKnown(distinct, told, { run, known });
    });
  }
}

/** What a commit tells besides its events. */
interface ToldCommit {
  readonly commitId: string;
  readonly receivedAt: Date;
  readonly refusals: readonly object[];
}

/** Has the database compare what is known, and record what is not stored. New events are there already: of those only repeats are told. */
async function compareKnown(
  distinct: readonly DistinctEvent[],
  told: ToldCommit,
  { run, known }: { readonly run: RunStatement; readonly known: ReadonlySet<DistinctEvent> },
): Promise<(WrittenVerdict | undefined)[]> {
  const repeatsOf = (record: DistinctEvent): number => timesSent(record) - 1;
  const asked = distinct.filter((record) => known.has(record) || repeatsOf(record) > 0);
  if (asked.length === 0 && told.refusals.length === 0) return [];
  const times = (record: DistinctEvent): number => (known.has(record) ? timesSent(record) : repeatsOf(record));
  const rows = (await run(APPEND, appendParameters(asked, told, times))) as WrittenVerdict[];
  const verdicts = new Map(asked.map((record, index) => [record, rows[index]!]));
  return distinct.map((record) => (known.has(record) ? verdicts.get(record) : undefined));
}

function timesSent({ repeats }: DistinctEvent): number {
  return 1 + (repeats?.positions.length ?? 0);
}

function appendParameters(
  records: readonly DistinctEvent[],
  { commitId, receivedAt, refusals }: ToldCommit,
  timesOf: (record: DistinctEvent) => number,
): unknown[] {
  return [
    commitId,
    receivedAt,
    records.map((record) => record.organizationId),
    records.map((record) => record.shard.key),
    records.map((record) => uuidOfBytes(record.identity)),
    records.map((record) => record.occurredAt),
    records.map(({ event }) => event.time !== null),
    records.map(({ event }) => event.subject),
    records.map(({ event }) => event.type),
    records.map(({ event }) => event.source),
    records.map(({ event }) => event.id),
    records.map(({ event }) => event.dataJson),
    records.map(timesOf),
    JSON.stringify(refusals.map((record, position) => ({ ...record, position }))),
  ];
}

const STORED: AppendResult = { verdict: 'stored', differs: [] };
const DUPLICATE: AppendResult = { verdict: 'duplicate', differs: [] };

function toResult(written: WrittenVerdict | undefined): AppendResult {
  if (written === undefined || written.verdict === 'stored') return STORED;
  return written.verdict === 'duplicate' ? DUPLICATE : { verdict: 'conflict', differs: written.differs ?? [] };
}

/** In the order in which they came. */
function distinctEvents(
  events: readonly EventToAppend[],
  receivedAt: Date,
  shardOf: (organizationId: string, subject: string) => Shard,
): DistinctEvent[] {
  const received = receivedAt.toISOString();
  const byIdentity = new Map<string, DistinctEvent>();
  events.forEach(({ organizationId, event }, position) => {
    const identity = eventIdentityBytes(organizationId, event);
    const first = byIdentity.get(identity);
    if (first !== undefined) {
      addRepeat(first, event, position);
      return;
    }
    const shard = shardOf(organizationId, event.subject);
    byIdentity.set(identity, { organizationId, event, shard, identity, occurredAt: event.time ?? received, position, repeats: undefined });
  });
  return [...byIdentity.values()];
}

function addRepeat(first: DistinctEvent, event: UsageEvent, position: number): void {
  first.repeats ??= { positions: [], conflicts: [] };
  const differs = differences(first.event, event);
  if (differs.length === 0) first.repeats.positions.push(position);
  else first.repeats.conflicts.push({ position, differs });
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
  return distinct.flatMap(({ organizationId, event, shard, repeats }) =>
    (repeats?.conflicts ?? []).map(({ differs }) => ({
      shard_key: shard.key,
      organization_id: organizationId,
      verdict: 'conflict',
      times: 1,
      code: null,
      message: `an event of this identity came in the same batch, with other ${differs.join(', ')}`,
      details: [],
      subject: event.subject,
      type: event.type,
      source: event.source,
      event_id: event.id,
    })),
  );
}
