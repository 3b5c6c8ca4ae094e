import { DomainError } from '@tallymark/domain';
import {
  type AppendResult,
  type EventEncoder,
  type EventLog,
  EventRows,
  type EventToAppend,
  type EventToRefuse,
} from '@tallymark/persistence';

/** The part of {@link EventLog} that is needed here. */
export type EventAppender = Pick<EventLog, 'appendRows'>;

export interface GroupCommitOptions {
  /** Events waiting or being written past which requests are refused with `unavailable`. */
  readonly queueEvents: number;
  /** Most commits at once, under load. Two keep PostgreSQL busy while the answer of one is on its way. */
  readonly concurrency: number;
  /** Most events in one commit. */
  readonly eventsPerCommit: number;
  readonly encoder: EventEncoder;
  readonly now: () => Date;
  readonly onCommit?: (events: number, seconds: number) => void;
}

/** What became of one event: the log's verdict, or its refusal by PostgreSQL itself. */
export type CommitResult = AppendResult | { readonly verdict: 'rejected'; readonly message: string };

interface Waiting {
  readonly rows: EventRows;
  readonly refusals: readonly EventToRefuse[];
  readonly resolve: (results: CommitResult[]) => void;
  readonly reject: (error: unknown) => void;
}

const ATTEMPTS = 4;
/** Below it, what waits rather goes into one larger commit after the one under way: a commit costs as much as twenty events in it. */
const MANY_EVENTS = 500;
/** Share of the queue down to which it has to empty after it was full. */
const ROOM_AGAIN = 0.9;
/** Bytes waiting or being written past which requests are refused: four times as many as a full queue of ordinary events has. */
const MOST_BYTES_HELD = 64 * 1024 * 1024;
/** A commit ends after the request with which it has as many bytes: events of 64 KB are not to keep those of others waiting. */
const BYTES_PER_COMMIT = 8 * 1024 * 1024;

/**
 * Lets many requests share one commit: what arrives while a commit is under way goes into the next. Under load a commit carries thousands of
 * events and the cost of forcing the log to the disk is shared; a lone event is written at once.
 *
 * A request is answered only after the commit that holds all of its events. Memory is bounded by refusing, never by dropping.
 */
export class GroupCommit {
  private waiting: Waiting[] = [];
  private active = 0;
  private heldEvents = 0;
  private heldBytes = 0;
  private waitingEvents = 0;
  private isFull = false;
  private isStarting = false;

  constructor(
    private readonly log: EventAppender,
    private readonly options: GroupCommitOptions,
  ) {}

  /** Events waiting or being written. */
  get queuedEvents(): number {
    return this.heldEvents;
  }

  /**
   * Refuses what could not be submitted, before anybody reads it: reading costs more than refusing, and nobody is to pay for it who is overloaded.
   * Once the queue was full, a tenth of it has to become free first: then whole commits are let in again, not one request for each that leaves.
   *
   * @throws DomainError `unavailable` with a time to retry after
   */
  expectRoom(events = 1, bytes = 0): void {
    const { queueEvents } = this.options;
    if (this.heldEvents <= queueEvents * ROOM_AGAIN && this.heldBytes <= MOST_BYTES_HELD * ROOM_AGAIN) this.isFull = false;
    if (this.heldEvents + events > queueEvents || this.heldBytes + bytes > MOST_BYTES_HELD) this.isFull = true;
    if (!this.isFull) return;
    const held = `${this.heldEvents} events of ${this.heldBytes} bytes are waiting to be written`;
    throw new DomainError('unavailable', `${held}; expected at most ${queueEvents} of ${MOST_BYTES_HELD}; send again later`, {
      retryAfterSeconds: 1,
    });
  }

  /** {@link submitRows} of events that are values. */
  submit(events: readonly EventToAppend[], refusals: readonly EventToRefuse[]): Promise<CommitResult[]> {
    return this.submitRows(this.options.encoder.encode(events), refusals);
  }

  /**
   * Returns after the commit what became of each event, in order.
   *
   * @throws DomainError `unavailable` with a time to retry after, when the queue is full: at once, before anything is promised.
   */
  submitRows(rows: EventRows, refusals: readonly EventToRefuse[]): Promise<CommitResult[]> {
    const size = rows.count + refusals.length;
    const bytes = rows.bytes.length;
    this.expectRoom(size, bytes);
    this.heldEvents += size;
    this.heldBytes += bytes;
    this.waitingEvents += size;
    this.startSoon();
    return new Promise<CommitResult[]>((resolve, reject) => this.waiting.push({ rows, refusals, resolve, reject }));
  }

  /** After this turn of the event loop, so that requests read from the sockets together are committed together. */
  private startSoon(): void {
    if (this.isStarting) return;
    this.isStarting = true;
    setImmediate(() => {
      this.isStarting = false;
      this.startCommits();
    });
  }

  private startCommits(): void {
    while (this.waiting.length > 0 && this.active < (this.waitingEvents < MANY_EVENTS ? 1 : this.options.concurrency)) {
      this.active += 1;
      void this.commit(this.takeGroup()).finally(() => {
        this.active -= 1;
        this.startCommits();
      });
    }
  }

  private takeGroup(): Waiting[] {
    let events = 0;
    let bytes = 0;
    let count = 0;
    for (const request of this.waiting) {
      const size = request.rows.count + request.refusals.length;
      if (count > 0 && (events + size > this.options.eventsPerCommit || bytes >= BYTES_PER_COMMIT)) break;
      events += size;
      bytes += request.rows.bytes.length;
      count += 1;
    }
    this.waitingEvents -= events;
    return this.waiting.splice(0, count);
  }

  private async commit(group: readonly Waiting[]): Promise<void> {
    const startedAt = performance.now();
    try {
      const rows = EventRows.join(group.map((request) => request.rows));
      const refusals = group.flatMap((request) => request.refusals);
      const results = await this.append(rows, refusals);
      this.options.onCommit?.(rows.count, (performance.now() - startedAt) / 1_000);
      let offset = 0;
      for (const request of group) {
        this.letGo(request);
        request.resolve(results.slice(offset, offset + request.rows.count));
        offset += request.rows.count;
      }
    } catch (error) {
      for (const request of group) {
        this.letGo(request);
        request.reject(error);
      }
    }
  }

  private letGo({ rows, refusals }: Waiting): void {
    this.heldEvents -= rows.count + refusals.length;
    this.heldBytes -= rows.bytes.length;
  }

  private async append(rows: EventRows, refusals: readonly EventToRefuse[]): Promise<CommitResult[]> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.log.appendRows(rows, refusals, this.options.now());
      } catch (error) {
        if (isDataError(error)) return this.appendHalves(rows, refusals, error);
        if (attempt === ATTEMPTS || !isTransient(error)) throw error;
      }
    }
  }

  /** PostgreSQL refuses some event that our checks let pass. Halving finds it, so that its neighbours, of whichever request, are kept. */
  private async appendHalves(rows: EventRows, refusals: readonly EventToRefuse[], error: Error): Promise<CommitResult[]> {
    if (rows.count === 0) throw error;
    if (rows.count === 1) {
      if (refusals.length > 0) await this.append(rows.slice(0, 0), refusals);
      return [{ verdict: 'rejected', message: `the event cannot be stored: ${error.message}` }];
    }
    const middle = rows.count >> 1;
    const first = await this.append(rows.slice(0, middle), refusals);
    return [...first, ...(await this.append(rows.slice(middle, rows.count), []))];
  }
}

function sqlState(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** What an event itself brings about: SQLSTATE class 22, data exception, and 23514, no partition for the row. To COPY, a month that is not there is 42P01, no such table. */
function isDataError(error: unknown): error is Error {
  const state = sqlState(error);
  return /^22...$/.test(state) || state === '23514' || (state === '42P01' && error instanceof Error && MONTH_OF_LOG.test(error.message));
}

const MONTH_OF_LOG = /"event_\d{4}_\d{2}"/;

/** A deadlock, a serialization failure, or a commit id that another writer drew too: trying again is safe, since nothing was committed. */
function isTransient(error: unknown): boolean {
  return ['40001', '40P01', '23505'].includes(sqlState(error));
}
