import { Injectable } from '@nestjs/common';
import type { EventVerdict } from '@tallymark/domain';
import { Counter, Gauge, Histogram, Registry } from '@tallymark/service-kit';

/** What ingest tells Prometheus about events. No tenant labels: their number has no bound. */
@Injectable()
export class EventMetrics {
  private readonly events: Counter<'verdict'>;
  private readonly commitEvents: Histogram;
  private readonly commitSeconds: Histogram;

  constructor(private readonly registry: Registry) {
    const registers = [registry];
    this.events = new Counter({ name: 'ingest_events_total', help: 'Events by verdict', labelNames: ['verdict'], registers });
    this.commitEvents = new Histogram({
      name: 'ingest_commit_events',
      help: 'Events in one commit',
      buckets: [1, 10, 100, 500, 1_000, 5_000, 10_000],
      registers,
    });
    this.commitSeconds = new Histogram({
      name: 'ingest_commit_seconds',
      help: 'Time of one commit',
      buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5],
      registers,
    });
  }

  countResults(results: readonly { readonly verdict: EventVerdict }[]): void {
    const [first] = results;
    if (first !== undefined && results.length === 1) {
      this.events.inc({ verdict: first.verdict });
      return;
    }
    // Added up first: a counter's look-up of its labels costs as much as checking an event.
    const counts = new Map<EventVerdict, number>();
    for (const { verdict } of results) counts.set(verdict, (counts.get(verdict) ?? 0) + 1);
    for (const [verdict, count] of counts) this.events.inc({ verdict }, count);
  }

  observeCommit(events: number, seconds: number): void {
    this.commitEvents.observe(events);
    this.commitSeconds.observe(seconds);
  }

  watchQueue(queuedEvents: () => number): void {
    new Gauge({
      name: 'ingest_queued_events',
      help: 'Events waiting for their commit',
      registers: [this.registry],
      collect() {
        this.set(queuedEvents());
      },
    });
  }
}
