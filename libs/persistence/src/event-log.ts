import type { ErrorDetail, EventVerdict } from '@tallymark/domain';
import type { DataSource } from 'typeorm';
import { copyCommit } from './copy-events.js';
import { type EventToAppend, EventEncoder } from './event-encoder.js';
import { createCommitIds } from './event-identity.js';
import { fingerprintsOf } from './event-fingerprint.js';
import { DUPLICATE, findKnown } from './event-known.js';
import { conflictsWithin, type RejectionRecord, rejectionRecord, rowRecord, rowRefusals } from './event-refusals.js';
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

/** Below it, one call of a function that tells known events too takes less than copies. */
const EVENTS_WORTH_COPYING = 8;
/** Commits that look their identities up first, after one that met an identity that is kept already: a client is resending, and more will come. */
const COMMITS_AFTER_COLLISION = 8;
/** Times that identities are looked up for one commit, when others keep them at the same time. After that, the function that waits for those. */
const MOST_LOOK_UPS = 3;

const APPEND = `SELECT verdict, differs FROM append_events($1, $2, $3::uuid[], $4::bigint[], $5::uuid[], $6::timestamptz[], $7::boolean[], $8::text[], $9::text[], $10::text[], $11::text[], $12::text[], $13::integer[], $14::jsonb)`;

/** A commit, sorted out. */
interface Commit {
  readonly commitId: string;
  readonly receivedAt: Date;
  readonly distinct: DistinctEvents;
  readonly rejected: readonly RejectionRecord[];
}

/** Of rows that are kept already. */
type Verdicts = ReadonlyMap<number, AppendResult>;

const NONE_KNOWN: Verdicts = new Map();

/** The append-only log of events, written by the ingest role. */
export class EventLog {
  private readonly nextCommitId = createCommitIds(Math.random());
  private readonly encoder = new EventEncoder();
  private commitsToLookUp = 0;
  private turn: Promise<unknown> = Promise.resolve();

  constructor(private readonly dataSource: DataSource) {}

  /** {@link appendRows} of events that are values. */
  append(events: readonly EventToAppend[], refusals: readonly EventToRefuse[], receivedAt: Date): Promise<AppendResult[]> {
    return this.appendRows(this.encoder.encode(events), refusals, receivedAt);
  }

  /**
   * Appends events in one transaction, and returns after its commit what became of each, in order. Refusals are recorded in the same transaction.
   *
   * Among events of one identity in the batch the first is kept, where none is kept yet; the others are duplicates or conflicts of the one that is.
   *
   * @param rows are written to: their commit, and the time of receipt where they have none
   * @throws the driver's error when PostgreSQL can't be reached; whether the events are kept is then unknown, and sending them again is safe.
   */
  async appendRows(rows: EventRows, refusals: readonly EventToRefuse[], receivedAt: Date): Promise<AppendResult[]> {
    const commitId = this.nextCommitId(receivedAt);
    rows.stamp(commitId, receivedAt);
    const distinct = distinctEvents(rows);
    const verdicts = await this.write({ commitId, receivedAt, distinct, rejected: refusals.map(rejectionRecord) });
    const results = new Array<AppendResult>(rows.count).fill(STORED);
    for (const [row, verdict] of verdicts) results[row] = verdict;
    for (const [row, { positions, conflicts }] of distinct.repeats) {
      const again = results[row] === STORED ? DUPLICATE : results[row]!;
      for (const position of positions) results[position] = again;
      for (const { position, differs } of conflicts) results[position] = verdicts.get(position) ?? { verdict: 'conflict', differs };
    }
    return results;
  }

  private async write(commit: Commit): Promise<Verdicts> {
    const { distinct, rejected } = commit;
    const isInDoubt = [...distinct.repeats.values()].some(({ conflicts }) => conflicts.length > 0);
    if (!isInDoubt && distinct.order.length + rejected.length < EVENTS_WORTH_COPYING) return this.appendByFunction(commit);
    const fingerprints = fingerprintsOf(distinct.rows);
    if (!isInDoubt && this.commitsToLookUp === 0 && (await this.copyUnknown(commit, fingerprints, NONE_KNOWN))) return NONE_KNOWN;
    return this.inTurn(() => this.lookUpAndCopy(commit, fingerprints));
  }

  /**
   * For commits of which some events may be kept already: looks that up, then copies the others. Another writer may keep one of them in between; then
   * nothing is written, and it is found the next time.
   */
  private async lookUpAndCopy(commit: Commit, fingerprints: Uint8Array): Promise<Verdicts> {
    for (let times = 0; times < MOST_LOOK_UPS; times++) {
      const known = await findKnown(this.dataSource, commit.distinct, fingerprints);
      this.rememberCollisions(known.size > 0);
      if (await this.copyUnknown(commit, fingerprints, known)) return known;
    }
    return this.appendByFunction(commit);
  }

  private copyUnknown({ distinct, rejected, ...commit }: Commit, fingerprints: Uint8Array, known: Verdicts): Promise<boolean> {
    const { rows } = distinct;
    const order = known.size === 0 ? distinct.order : distinct.order.filter((row) => !known.has(row));
    const ofRows = rowRefusals(distinct, known, rejected.length);
    return copyCommit(this.dataSource, { ...commit, events: { rows, order }, fingerprints, rejected, ofRows });
  }

  private async appendByFunction(commit: Commit): Promise<Verdicts> {
    const verdicts = await askVerdicts(this.dataSource, commit);
    this.rememberCollisions(verdicts.size > 0);
    return verdicts;
  }

  private rememberCollisions(haveHappened: boolean): void {
    this.commitsToLookUp = haveHappened ? COMMITS_AFTER_COLLISION : Math.max(0, this.commitsToLookUp - 1);
  }

  /**
   * One after the other: what is resent soon is often in the commit right behind that of the first sending. Side by side, the second would find none of it,
   * wait for the first in its copy, and have to begin anew.
   */
  private inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.turn.then(work);
    this.turn = result.catch(() => undefined);
    return result;
  }
}

const STORED: AppendResult = { verdict: 'stored', differs: [] };

/** Appends by the function that can tell all verdicts itself, and waits for other writers. */
async function askVerdicts(dataSource: DataSource, { commitId, receivedAt, distinct, rejected }: Commit): Promise<Verdicts> {
  const { rows, order } = distinct;
  // Told of in the order in which they came.
  const asked = [...order].sort((a, b) => a - b);
  const events = asked.map((row) => rows.eventAt(row));
  const conflicts = conflictsWithin(distinct, rejected.length);
  const told: { verdict: AppendResult['verdict']; differs: string[] | null }[] = await dataSource.query(APPEND, [
    commitId,
    receivedAt,
    asked.map((row) => rows.organizationAt(row)),
    asked.map((row) => rows.shardKeyAt(row)),
    asked.map((row) => rows.identityAt(row)),
    asked.map((row) => rows.occurredAt(row)),
    events.map(({ time }) => time !== null),
    events.map(({ subject }) => subject),
    events.map(({ type }) => type),
    events.map(({ source }) => source),
    events.map(({ id }) => id),
    events.map(({ dataJson }) => dataJson),
    asked.map((row) => timesSent(distinct, row)),
    JSON.stringify([...rejected, ...conflicts.map((conflict) => rowRecord(rows, conflict))]),
  ]);
  if (told.length !== asked.length)
    throw new Error(`${asked.length} events were asked for, and ${told.length} told of: an identity is kept without its event`);
  const verdicts = new Map<number, AppendResult>();
  told.forEach(({ verdict, differs }, index) => {
    if (verdict !== 'stored') verdicts.set(asked[index]!, verdict === 'duplicate' ? DUPLICATE : { verdict, differs: differs ?? [] });
  });
  return verdicts;
}
