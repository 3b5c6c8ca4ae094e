import { type DynamicModule, Module } from '@nestjs/common';
import { PersistenceModule } from '@tallymark/persistence';
import type { IngestConfig } from './config.js';
import { EventsModule } from './events/events.module.js';

/** Longer than any commit of a group of events should take; then its senders are told to try again. */
const STATEMENT_TIMEOUT_MS = 30_000;

@Module({})
export class IngestModule {
  static forRoot(config: IngestConfig): DynamicModule {
    return {
      module: IngestModule,
      imports: [
        PersistenceModule.forRoot({
          url: config.DATABASE_URL,
          poolSize: config.DATABASE_POOL_SIZE,
          applicationName: 'tallymark-ingest',
          statementTimeoutMs: STATEMENT_TIMEOUT_MS,
        }),
        EventsModule.forRoot(config),
      ],
    };
  }
}
