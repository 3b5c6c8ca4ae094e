import { Inject, Injectable } from '@nestjs/common';
import { DomainError, type ErrorDetail, type UsageEvent } from '@tallymark/domain';
import { EventEncoder, type EventRows, type EventToRefuse } from '@tallymark/persistence';
import { type EventOutcome, eventErrorCode, refusedEventDetails } from '@tallymark/provider-contracts';
import { CLOCK, type Clock, type Principal } from '@tallymark/service-kit';
import { EventMetrics } from './event-metrics.js';
import { type CommitResult, GroupCommit } from './group-commit.js';
import { oldestKept } from './oldest-kept.js';
import { type BytesRequest, encodePlainEvents } from './plain-events.js';
import { renderPlainAnswer } from './plain-answer.js';
import { type EventRequest, type ReceivedEvent, readEvents } from './read-events.js';
import { redactReceived } from './redact-event.js';
import { REDACTED_EVENT_TYPES, RETENTION_MONTHS } from './tokens.js';

/** Accepts the events of a request: check, append, tell what became of each. */
@Injectable()
export class EventsService {
  constructor(
    private readonly groupCommit: GroupCommit,
    private readonly encoder: EventEncoder,
    private readonly metrics: EventMetrics,
    @Inject(CLOCK) private readonly now: Clock,
    @Inject(RETENTION_MONTHS) private readonly retentionMonths: number,
    @Inject(REDACTED_EVENT_TYPES) private readonly redactedTypes: ReadonlySet<string>,
  ) {}

  /** Keeps what can be kept; one bad event never hurts its neighbours. Returns after the commit, outcomes in order. */
  async accept(principal: Principal, request: EventRequest): Promise<EventOutcome[]> {
    this.expectRoom(principal);
    const received = this.receive(request, 'required');
    const good = received.flatMap(({ result }) => (result.ok ? [result.event] : []));
    const refusals = received.flatMap((one) => (one.result.ok ? [] : [refusalOf(principal.organizationId, one, one.result.errors)]));
    const results = await this.groupCommit.submit(
      good.map((event) => ({ organizationId: principal.organizationId, event })),
      refusals,
    );
    let next = 0;
    const outcomes = received.map((one, index) =>
      one.result.ok ? outcomeOf(index, one.result.event, results[next++]!) : rejection(index, one, one.result.errors),
    );
    this.metrics.countResults(outcomes);
    return outcomes;
  }

  /** Refuses what would be refused whatever events the request has. @throws DomainError `forbidden`, `unavailable` */
  expectRoom(principal: Principal): void {
    requireOrganizationKey(principal);
    this.groupCommit.expectRoom();
  }

  /**
   * The first half of {@link accept} without a value of any event, for requests of which every event is plain (`readPlainEvents`).
   *
   * @returns rows for {@link keepPlain}; undefined when an event is not plain: the request is for {@link accept} then.
   */
  readPlain(principal: Principal, request: BytesRequest): EventRows | undefined {
    this.expectRoom(principal);
    const { encoder, redactedTypes } = this;
    const { receivedAt, oldest } = this.checks();
    return encodePlainEvents(request, { receivedAt, oldest, encoder, redactedTypes, organizationId: principal.organizationId });
  }

  /**
   * The other half. It is given no request, so that none is held while its rows wait for their commit.
   *
   * @returns the answer's JSON, ready to be sent with status 200, when all events are stored or duplicates; else the outcomes, in order.
   */
  keepPlain(rows: EventRows): Promise<Buffer | EventOutcome[]> {
    return this.groupCommit.submitRows(rows, []).then((results) => this.tellPlain(rows, results));
  }

  private tellPlain(rows: EventRows, results: readonly CommitResult[]): Buffer | EventOutcome[] {
    this.metrics.countResults(results);
    if (results.every(({ verdict }) => verdict === 'stored' || verdict === 'duplicate')) return renderPlainAnswer(rows, results);
    return results.map((result, index) => outcomeOf(index, rows.eventAt(index), result));
  }

  /**
   * Keeps all events of a request or none, as the OpenMeter client expects: it has no way to hear about one of them.
   *
   * @throws DomainError `invalid_event` with every error; pointers start at the request's body.
   */
  async acceptAll(principal: Principal, request: EventRequest): Promise<void> {
    this.expectRoom(principal);
    const received = this.receive(request, 'optional');
    const details = refusedEventDetails(
      received.flatMap(({ result }, index) => (result.ok ? [] : [{ index: received.length > 1 ? index : null, errors: result.errors }])),
    );
    if (details.length > 0) {
      this.metrics.countResults(received.map(() => ({ verdict: 'rejected' })));
      throw new DomainError('invalid_event', `invalid event: ${details[0]!.message}`, { details });
    }
    const events = received.flatMap(({ result }) => (result.ok ? [result.event] : []));
    const results = await this.groupCommit.submit(
      events.map((event) => ({ organizationId: principal.organizationId, event })),
      [],
    );
    this.metrics.countResults(results);
    const refused = results.find((result) => result.verdict === 'rejected');
    if (refused?.verdict === 'rejected' && 'message' in refused) throw new DomainError('invalid_event', refused.message);
  }

  private checks(): { receivedAt: Date; oldest: Date } {
    const receivedAt = this.now();
    return { receivedAt, oldest: oldestKept(receivedAt, this.retentionMonths) };
  }

  /** Secrets end here: what comes after this line is kept, answered or logged. */
  private receive(request: EventRequest, specversion: 'required' | 'optional'): ReceivedEvent[] {
    return readEvents(request, { ...this.checks(), specversion }).map((one) => redactReceived(one, this.redactedTypes));
  }
}

/** A customer's key reads that customer's usage; letting it write would let a customer set its own bill. */
export function requireOrganizationKey(principal: Principal): void {
  if (principal.customerId !== null)
    throw new DomainError('forbidden', 'this key belongs to one customer; events are sent with a key of the organization');
}

function refusalOf(organizationId: string, { attributes }: ReceivedEvent, errors: readonly ErrorDetail[]): EventToRefuse {
  const { id, ...others } = attributes;
  return { organizationId, code: eventErrorCode(errors), message: errors[0]!.message, details: errors, eventId: id, ...others };
}

function rejection(index: number, { attributes }: ReceivedEvent, errors: readonly ErrorDetail[]): EventOutcome {
  const { id, source, subject } = attributes;
  return { index, id, source, subject, verdict: 'rejected', code: eventErrorCode(errors), message: errors[0]!.message, errors };
}

function outcomeOf(index: number, { id, source, subject }: UsageEvent, result: CommitResult): EventOutcome {
  const identity = { index, id, source, subject, verdict: result.verdict };
  if ('message' in result)
    return {
      ...identity,
      code: 'invalid_event',
      message: result.message,
      errors: [{ pointer: '/data', code: 'unstorable', message: result.message }],
    };
  if (result.verdict !== 'conflict') return identity;
  const differs = result.differs as EventOutcome['differs'];
  return {
    ...identity,
    differs,
    code: 'conflict',
    message: `an event of this subject, source and id is kept already, with other ${result.differs.join(', ')}; the kept one stays`,
  };
}
