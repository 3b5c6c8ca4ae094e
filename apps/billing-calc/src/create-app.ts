import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DataSource, checkMigrations, poolStatus } from '@tallymark/persistence';
import { type ServiceOptions, createService } from '@tallymark/service-kit';
import { BillingCalcModule } from './billing-calc.module.js';
import type { BillingCalcConfig } from './config.js';
import { WorkService } from './workers/work.service.js';

/** What tests and the OpenAPI script set differently. */
export type AppOverrides = Pick<ServiceOptions, 'clock' | 'logDestination' | 'preview'>;

/** Wires the service. */
export async function createApp(config: BillingCalcConfig, overrides: AppOverrides = {}): Promise<NestFastifyApplication> {
  return createService({
    name: 'billing-calc',
    version: '0.1.0',
    module: BillingCalcModule.forRoot(config),
    config,
    readiness: [
      { name: 'database', check: ({ app }) => checkMigrations(app.get(DataSource)) },
      {
        name: 'lag',
        check: async ({ app }) => {
          const { oldestAgeMs, events } = await app.get(WorkService).backlog();
          if (oldestAgeMs > config.READY_LAG_MS)
            throw new Error(
              `${events} events wait to be folded, the oldest for ${oldestAgeMs} ms; expected at most ${config.READY_LAG_MS} ms`,
            );
        },
      },
    ],
    databasePool: (app) => poolStatus(app.get(DataSource)),
    openApi: {
      title: 'Tallymark billing-calc',
      description: 'Folds the event log into buckets, keeps statements fresh and runs the timed jobs. It serves its own state alone.',
      tags: { Jobs: 'Timed jobs' },
    },
    ...overrides,
  });
}
