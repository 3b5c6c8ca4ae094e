import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DataSource, checkMigrations, poolStatus } from '@tallymark/persistence';
import { type ServiceOptions, createService } from '@tallymark/service-kit';
import type { UsageApiConfig } from './config.js';
import { CONTRACT_ERRORS, allowsRepeatedQuery } from './contracts/contract-errors.js';
import { contractReads } from './contracts/contract-reads.js';
import { keepCorrectionText } from './corrections/body-text.js';
import { serveDashboard } from './dashboard.js';
import { USAGE_PATH } from './usage/schemas.js';
import { UsageApiModule } from './usage-api.module.js';

/** What tests and the OpenAPI script set differently. */
export type AppOverrides = Pick<ServiceOptions, 'clock' | 'logDestination' | 'preview'>;

/** Wires the service. */
export async function createApp(config: UsageApiConfig, overrides: AppOverrides = {}): Promise<NestFastifyApplication> {
  const dashboardDir = config.DASHBOARD_DIR;
  return createService({
    name: 'usage-api',
    version: '0.1.0',
    module: UsageApiModule.forRoot(config),
    config,
    readiness: [{ name: 'database', check: ({ app }) => checkMigrations(app.get(DataSource)) }],
    databasePool: (app) => poolStatus(app.get(DataSource)),
    openApi: {
      title: 'Tallymark usage',
      description: 'Usage, overage, cost and projections over five usage APIs, and the platform API on which they stand.',
      tags: {
        Usage: 'What was used',
        Statements: 'What it comes to',
        Simulations: 'What it would come to under other prices',
        Exports: 'What it comes to, in files for other systems',
        Events: 'What came in',
        Corrections: 'What was changed of it, by whom and why',
        Contracts: 'The usage APIs that customers already speak',
        Organizations: 'Whoever runs Tallymark for a product',
        'API keys': 'What back ends and customers authenticate with',
        Meters: 'What is counted',
        Plans: 'What it costs, in versions that never change',
        Customers: 'Who uses it',
        Subscriptions: 'Who is on which plan',
      },
    },
    contractErrors: CONTRACT_ERRORS,
    allowsRepeatedQuery: (path) => path === USAGE_PATH || allowsRepeatedQuery(path),
    configureFastify: async (instance) => {
      keepCorrectionText(instance);
      if (dashboardDir !== undefined) await serveDashboard(instance, dashboardDir);
    },
    fastReads: contractReads,
    // Nothing here speaks of a request through Nest's logger.
    namesRequestsInNestLogs: false,
    ...overrides,
  });
}
