import { type DynamicModule, Module } from '@nestjs/common';
import { CredentialRepository, DataSource, EventEncoder, EventLog } from '@tallymark/persistence';
import { CLOCK, type Clock, CredentialSource } from '@tallymark/service-kit';

import type { IngestConfig } from '../config.js';
import { EventMetrics } from './event-metrics.js';
import { EventsController } from './events.controller.js';
import { EventsService } from './events.service.js';
import { GroupCommit } from './group-commit.js';
import { LagoEventsService } from './lago-events.service.js';
import { REDACTED_EVENT_TYPES, RETENTION_MONTHS } from './tokens.js';

/** Two commits at once: while PostgreSQL forces one to the disk it can work on the other. More only take turns on the same log. */
const COMMITS_AT_ONCE = 2;
const EVENTS_PER_COMMIT = 5_000;

@Module({})
export class EventsModule {
  static forRoot(config: IngestConfig): DynamicModule {
    return {
      module: EventsModule,
      controllers: [EventsController],
      providers: [
        EventsService,
        LagoEventsService,
        EventMetrics,
        { provide: EventEncoder, useFactory: () => new EventEncoder() },
        { provide: RETENTION_MONTHS, useValue: config.RETENTION_MONTHS },
        { provide: REDACTED_EVENT_TYPES, useValue: config.REDACTED_EVENT_TYPES },
        { provide: CredentialSource, useFactory: (dataSource: DataSource) => new CredentialRepository(dataSource), inject: [DataSource] },
        {
          provide: GroupCommit,
          useFactory: (dataSource: DataSource, encoder: EventEncoder, metrics: EventMetrics, now: Clock) => {
            const groupCommit = new GroupCommit(new EventLog(dataSource), {
              queueEvents: config.INGEST_QUEUE_EVENTS,
              concurrency: COMMITS_AT_ONCE,
              eventsPerCommit: EVENTS_PER_COMMIT,
              encoder,
              now,
              onCommit: (events, seconds) => metrics.observeCommit(events, seconds),
            });
            metrics.watchQueue(() => groupCommit.queuedEvents);
            return groupCommit;
          },
          inject: [DataSource, EventEncoder, EventMetrics, CLOCK],
        },
      ],
    };
  }
}
