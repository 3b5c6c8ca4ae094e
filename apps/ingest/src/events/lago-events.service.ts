import { Inject, Injectable } from '@nestjs/common';
import { DomainError, type UsageEvent } from '@tallymark/domain';
import { parseLagoEvents } from '@tallymark/provider-contracts';
import { CLOCK, type Clock, type Principal } from '@tallymark/service-kit';
import { EventMetrics } from './event-metrics.js';
import { requireOrganizationKey } from './events.service.js';
import { GroupCommit } from './group-commit.js';
import type { JsonDocument } from './lossless-json.js';
import { oldestKept } from './oldest-kept.js';
import { redactEvent } from './redact-event.js';
import { REDACTED_EVENT_TYPES, RETENTION_MONTHS } from './tokens.js';

/** What became of one event. */
export interface LagoOutcome {
  readonly event: UsageEvent;
  readonly verdict: 'stored' | 'duplicate' | 'conflict' | 'rejected';
}

/** Accepts the events of a request in Lago's dialect. */
@Injectable()
export class LagoEventsService {
  constructor(
    private readonly groupCommit: GroupCommit,
    private readonly metrics: EventMetrics,
    @Inject(CLOCK) private readonly now: Clock,
    @Inject(RETENTION_MONTHS) private readonly retentionMonths: number,
    @Inject(REDACTED_EVENT_TYPES) private readonly redactedTypes: ReadonlySet<string>,
  ) {}

  /**
   * Keeps the events of a body, and tells what became of each, in order. Nothing is kept of a request with an event that is invalid, or that comes
   * twice in it; of one with events that were kept before, the new ones are, since the log's writer may not read what is there.
   *
   * @throws DomainError `unprocessable` with one detail per bad field
   */
  async accept(principal: Principal, { value, textOf }: JsonDocument): Promise<{ outcomes: LagoOutcome[]; receivedAt: Date }> {
    requireOrganizationKey(principal);
    this.groupCommit.expectRoom();
    const receivedAt = this.now();
    const events = this.read(value, { receivedAt, oldest: oldestKept(receivedAt, this.retentionMonths), textOf });
    const results = await this.groupCommit.submit(
      events.map((event) => ({ organizationId: principal.organizationId, event })),
      [],
    );
    this.metrics.countResults(results);
    return { outcomes: events.map((event, index) => ({ event, verdict: results[index]!.verdict })), receivedAt };
  }

  /** Secrets end here: what comes after is kept, answered or logged. */
  private read(value: unknown, options: Parameters<typeof parseLagoEvents>[1]): UsageEvent[] {
    try {
      return parseLagoEvents(value, options).map((event) => redactEvent(event, this.redactedTypes));
    } catch (error) {
      if (error instanceof DomainError) this.metrics.countResults([{ verdict: 'rejected' }]);
      throw error;
    }
  }
}
