import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { EVENT_LIMITS } from '@tallymark/domain';
import { DataSource, checkMigrations, poolStatus } from '@tallymark/persistence';
import { lagoEventErrors, openmeterErrors } from '@tallymark/provider-contracts';
import { type ServiceOptions, createService } from '@tallymark/service-kit';
import type { IngestConfig } from './config.js';
import { readEventBodies } from './events/event-body.js';
import { eventLane } from './events/event-lane.js';
import { EventsService } from './events/events.service.js';
import { speakDialectOf, speakSendersDialect } from './events/lago-dialect.js';
import { IngestModule } from './ingest.module.js';

/** Room for three bodies of the largest size that a request may have, or for those of 160 batches of 500 events. */
const BODY_ROOM_BYTES = 16_000_000;

/** What tests and the OpenAPI script set differently. */
export type AppOverrides = Pick<ServiceOptions, 'clock' | 'logDestination' | 'preview'>;

/** Wires the service. */
export async function createApp(config: IngestConfig, overrides: AppOverrides = {}): Promise<NestFastifyApplication> {
  return createService({
    name: 'ingest',
    version: '0.1.0',
    module: IngestModule.forRoot(config),
    config,
    readiness: [{ name: 'database', check: ({ app }) => checkMigrations(app.get(DataSource)) }],
    databasePool: (app) => poolStatus(app.get(DataSource)),
    openApi: {
      title: 'Tallymark ingest',
      description: 'Accepts usage events: CloudEvents 1.0, and the dialects of the OpenMeter and Lago clients.',
      tags: { Events: 'Sending events' },
    },
    contractErrors: [lagoEventErrors, openmeterErrors],
    bodyLimitBytes: EVENT_LIMITS.requestBytes,
    bodyRoomBytes: BODY_ROOM_BYTES,
    onBodyRefusal: speakDialectOf,
    parsesBodies: false,
    namesRequestsInNestLogs: false,
    configureFastify: (instance) => {
      readEventBodies(instance);
      speakSendersDialect(instance);
    },
    fastRoutes: (app) => [eventLane(app.get(EventsService, { strict: false }))],
    ...overrides,
  });
}
