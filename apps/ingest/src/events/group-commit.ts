import { DomainError } from '@tallymark/domain';
import type { AppendResult, EventLog, EventToAppend, EventToRefuse } from '@tallymark/persistence';

/** The part of {@link EventLog} that is needed here. */
export type EventAppender = Pick<EventLog, 'append'>;

export interface GroupCommitOptions {
  /** Events waiting or being written past which requests are refused with `unavailable`. */
  readonly queueEvents: number;
  /** Commits at once. Two keep PostgreSQL busy while the answer of one is on its way. */
  readonly concurrency: number;
  /** Most events in one commit. */
  readonly eventsPerCommit: number;
  readonly now: () => Date;
  readonly onCommit?: (events: number, seconds: number) => void;
}

/** What became of one event: the log's verdict, or its refusal by PostgreSQL itself. */
export type CommitResult = AppendResult | { readonly verdict: 'rejected'; readonly message: string };

interface Waiting {
  readonly events: readonly EventToAppend[];
  readonly refusals: readonly EventToRefuse[];
  readonly resolve: (results: CommitResult[]) => void;
  readonly reject: (error: unknown) => void;
}

const ATTEMPTS = 4;

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

  constructor(
    private readonly log: EventAppender,
    private readonly options: GroupCommitOptions,
  ) {}

  /** Events waiting or being written. */
  get queuedEvents(): number {
    return this.heldEvents;
  }

  /** @throws DomainError `unavailable` with a time to retry after, when the queue is full or PostgreSQL is away. */
  async submit(events: readonly EventToAppend[], refusals: readonly EventToRefuse[]): Promise<CommitResult[]> {
    const size = events.length + refusals.length;
    if (this.heldEvents + size > this.options.queueEvents) {
      throw new DomainError(
        'unavailable',
        `${this.heldEvents} events are waiting to be written and ${this.options.queueEvents} may; send again later`,
        { retryAfterSeconds: 1 },
      );
    }
    this.heldEvents += size;
    try {
      return await new Promise<CommitResult[]>((resolve, reject) => {
        this.waiting.push({ events, refusals, resolve, reject });
        // After this turn of the event loop, so that requests read from the sockets together are committed together.
        setImmediate(() => this.startCommits());
      });
    } finally {
      this.heldEvents -= size;
    }
  }

  private startCommits(): void {
    while (this.active < this.options.concurrency && this.waiting.length > 0) {
      this.active += 1;
      void this.commit(this.takeGroup()).finally(() => {
        this.active -= 1;
        this.startCommits();
      });
    }
  }

  private takeGroup(): Waiting[] {
    let events = 0;
    let count = 0;
    for (const request of this.waiting) {
      events += request.events.length + request.refusals.length;
      if (count > 0 && events > this.options.eventsPerCommit) break;
      count += 1;
    }
    return this.waiting.splice(0, count);
  }

  private async commit(group: readonly Waiting[]): Promise<void> {
    const events = group.flatMap((request) => request.events);
    const refusals = group.flatMap((request) => request.refusals);
    const startedAt = performance.now();
    try {
      const results = await this.append(events, refusals);
      this.options.onCommit?.(events.length, (performance.now() - startedAt) / 1_000);
      let offset = 0;
      for (const request of group) {
        request.resolve(results.slice(offset, offset + request.events.length));
        offset += request.events.length;
      }
    } catch (error) {
      for (const request of group) request.reject(error);
    }
  }

  private async append(events: readonly EventToAppend[], refusals: readonly EventToRefuse[]): Promise<CommitResult[]> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.log.append(events, refusals, this.options.now());
      } catch (error) {
        if (isDataError(error)) return this.appendHalves(events, refusals, error);
        if (attempt === ATTEMPTS || !isTransient(error)) throw error;
      }
    }
  }

  /** PostgreSQL refuses some event that our checks let pass. Halving finds it, so that its neighbours, of whichever request, are kept. */
  private async appendHalves(events: readonly EventToAppend[], refusals: readonly EventToRefuse[], error: Error): Promise<CommitResult[]> {
    if (events.length === 0) throw error;
    if (events.length === 1) {
      if (refusals.length > 0) await this.append([], refusals);
      return [{ verdict: 'rejected', message: `the event cannot be stored: ${error.message}` }];
    }
    const middle = events.length >> 1;
    const first = await this.append(events.slice(0, middle), refusals);
    return [...first, ...(await this.append(events.slice(middle), []))];
  }
}

function sqlState(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** SQLSTATE class 22, data exception, and 23514, no partition for the row. */
function isDataError(error: unknown): error is Error {
  return /^22...$/.test(sqlState(error)) || sqlState(error) === '23514';
}

/** A deadlock, a serialization failure, or a commit id that another writer drew too: trying again is safe, since nothing was committed. */
function isTransient(error: unknown): boolean {
  return ['40001', '40P01', '23505'].includes(sqlState(error));
}
