import type { ErrorDetail, EventVerdict } from '@tallymark/domain';
import type { DataSource } from 'typeorm';
import { type RunStatement, copyNewEvents, copyUnknownEvents } from './copy-events.js';
import { type EventToAppend, EventEncoder } from './event-encoder.js';
import { createCommitIds } from './event-identity.js';
import { conflictRecords, refusalRecord } from './event-refusals.js';
import { distinctEvents, type DistinctEvents, timesSent } from './event-repeats.js';
import type { EventRows } from './event-rows.js';

export type { EventToAppend } from './event-encoder.js';

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

interface WrittenVerdict {
  readonly verdict: AppendResult['verdict'];
  readonly differs: string[] | null;
}

/** Below it, one call of a function that tells known events too takes less than copies. */
const EVENTS_WORTH_COPYING = 8;
/** Below it, where some events are known, that call takes less than claiming their identities, copying what is new and comparing what is not. */
const EVENTS_WORTH_CLAIMING = 50;
/** Commits that claim their identities first, after one that met an identity that is kept already: a client is resending, and more will come. */
const COMMITS_AFTER_COLLISION = 8;

const APPEND = `SELECT verdict, differs FROM append_events($1, $2, $3::uuid[], $4::bigint[], $5::uuid[], $6::timestamptz[], $7::boolean[], $8::text[], $9::text[], $10::text[], $11::text[], $12::text[], $13::integer[], $14::jsonb)`;

/** The append-only log of events, written by the ingest role. */
export class EventLog {
  private readonly nextCommitId = createCommitIds(Math.random());
  private readonly encoder = new EventEncoder();
  private commitsToClaim = 0;

  constructor(private readonly dataSource: DataSource) {}

  /** {@link appendRows} of events that are values. */
  append(events: readonly EventToAppend[], refusals: readonly EventToRefuse[], receivedAt: Date): Promise<AppendResult[]> {
    return this.appendRows(this.encoder.encode(events), refusals, receivedAt);
  }

  /**
   * Appends events in one transaction, and returns after its commit what became of each, in order. Refusals are recorded in the same transaction.
   *
   * Among events of one identity in the batch the first is kept; the others are duplicates or conflicts of it.
   *
   * @param rows are written to: their commit, and the time of receipt where they have none
   * @throws the driver's error when PostgreSQL can't be reached; whether the events are kept is then unknown, and sending them again is safe.
   */
  async appendRows(rows: EventRows, refusals: readonly EventToRefuse[], receivedAt: Date): Promise<AppendResult[]> {
    const commitId = this.nextCommitId(receivedAt);
    rows.stamp(commitId, receivedAt);
    const distinct = distinctEvents(rows);
    const verdicts = await this.write(distinct, {
      commitId,
      receivedAt,
      refusals: [...refusals.map(refusalRecord), ...conflictRecords(distinct)],
    });
    const results = new Array<AppendResult>(rows.count).fill(STORED);
    for (const [row, verdict] of verdicts) results[row] = toResult(verdict);
    for (const [row, { positions, conflicts }] of distinct.repeats) {
      const again = results[row] === STORED ? DUPLICATE : results[row]!;
      for (const position of positions) results[position] = again;
      for (const { position, differs } of conflicts) results[position] = { verdict: 'conflict', differs };
    }
    return results;
  }

  /** Verdicts of what is not stored, by row. */
  private async write(distinct: DistinctEvents, told: ToldCommit): Promise<Verdicts> {
    const { order, repeats } = distinct;
    const mayAllBeNew = told.refusals.length === 0 && repeats.size === 0 && order.length >= EVENTS_WORTH_COPYING;
    if (mayAllBeNew && this.commitsToClaim === 0 && (await copyNewEvents(this.dataSource, told.commitId, distinct))) return new Map();
    if (order.length >= EVENTS_WORTH_CLAIMING) {
      return copyUnknownEvents(this.dataSource, told.commitId, distinct, async (run, known) => {
        this.rememberCollisions(known.size);
        return compareKnown(distinct, told, { run, known });
      });
    }
    const verdicts = await askVerdicts(distinct, told, {
      run: (sql, parameters) => this.dataSource.query(sql, [...parameters]),
      asked: order,
    });
    this.rememberCollisions([...verdicts.values()].filter(({ verdict }) => verdict !== 'stored').length);
    return verdicts;
  }

  private rememberCollisions(known: number): void {
    this.commitsToClaim = known > 0 ? COMMITS_AFTER_COLLISION : Math.max(0, this.commitsToClaim - 1);
  }
}

/** What a commit tells besides its events. */
interface ToldCommit {
  readonly commitId: string;
  readonly receivedAt: Date;
  readonly refusals: readonly object[];
}

type Verdicts = ReadonlyMap<number, WrittenVerdict>;

/** Has the database compare what is known, and record what is not stored. New events are there already: of those only repeats are told. */
async function compareKnown(
  distinct: DistinctEvents,
  told: ToldCommit,
  { run, known }: { readonly run: RunStatement; readonly known: ReadonlySet<number> },
): Promise<Verdicts> {
  const asked = distinct.order.filter((row) => known.has(row) || timesSent(distinct, row) > 1);
  if (asked.length === 0 && told.refusals.length === 0) return new Map();
  const verdicts = await askVerdicts(distinct, told, { run, asked, isNew: (row) => !known.has(row) });
  return new Map([...verdicts].filter(([row]) => known.has(row)));
}

/** @param isNew whether a row was written in this commit already, so that only its repeats are asked for; no row by default */
async function askVerdicts(
  distinct: DistinctEvents,
  { commitId, receivedAt, refusals }: ToldCommit,
  { run, asked, isNew }: { readonly run: RunStatement; readonly asked: Uint32Array; readonly isNew?: (row: number) => boolean },
): Promise<Verdicts> {
  // Told of in the order in which they came.
  const positions = [...asked].sort((a, b) => a - b);
  const { rows } = distinct;
  const events = positions.map((row) => rows.eventAt(row));
  const told = (await run(APPEND, [
    commitId,
    receivedAt,
    positions.map((row) => rows.organizationAt(row)),
    positions.map((row) => rows.shardKeyAt(row)),
    positions.map((row) => rows.identityAt(row)),
    positions.map((row) => rows.occurredAt(row)),
    events.map(({ time }) => time !== null),
    events.map(({ subject }) => subject),
    events.map(({ type }) => type),
    events.map(({ source }) => source),
    events.map(({ id }) => id),
    events.map(({ dataJson }) => dataJson),
    positions.map((row) => timesSent(distinct, row) - (isNew?.(row) === true ? 1 : 0)),
    JSON.stringify(refusals.map((record, position) => ({ ...record, position }))),
  ])) as WrittenVerdict[];
  return new Map(positions.map((row, index) => [row, told[index]!]));
}

const STORED: AppendResult = { verdict: 'stored', differs: [] };
const DUPLICATE: AppendResult = { verdict: 'duplicate', differs: [] };

function toResult({ verdict, differs }: WrittenVerdict): AppendResult {
  if (verdict === 'stored') return STORED;
  return verdict === 'duplicate' ? DUPLICATE : { verdict: 'conflict', differs: differs ?? [] };
}
