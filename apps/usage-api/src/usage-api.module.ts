import { type DynamicModule, Module } from '@nestjs/common';
import { PersistenceModule } from '@tallymark/persistence';
import { CatalogueModule } from './catalogue/catalogue.module.js';
import { CatalogueSettings } from './catalogue/catalogue-settings.js';
import type { UsageApiConfig } from './config.js';
import { ContractsModule } from './contracts/contracts.module.js';
import { CorrectionSettings } from './corrections/correction-settings.js';
import { CorrectionsModule } from './corrections/corrections.module.js';
import { EventsModule } from './events/events.module.js';
import { ExportsModule } from './exports/exports.module.js';
import { SimulationsModule } from './simulations/simulations.module.js';
import { UsageModule } from './usage/usage.module.js';

/** Longest a read may take. */
const STATEMENT_TIMEOUT_MS = 15_000;

@Module({})
export class UsageApiModule {
  static forRoot(config: UsageApiConfig): DynamicModule {
    return {
      module: UsageApiModule,
      imports: [
        PersistenceModule.forRoot({
          url: config.DATABASE_URL,
          poolSize: config.DATABASE_POOL_SIZE,
          applicationName: 'tallymark-usage-api',
          statementTimeoutMs: STATEMENT_TIMEOUT_MS,
        }),
        CatalogueModule.forRoot(new CatalogueSettings(config.TOKEN_SECRET)),
        UsageModule,
        SimulationsModule,
        ExportsModule,
        EventsModule,
        CorrectionsModule.forRoot(new CorrectionSettings(config.RETENTION_MONTHS, config.REDACTED_EVENT_TYPES)),
        ContractsModule.forRoot(config),
      ],
    };
  }
}
