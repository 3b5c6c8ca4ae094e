import { type DynamicModule, Module } from '@nestjs/common';
import { PersistenceModule } from '@tallymark/persistence';
import type { BillingCalcConfig } from './config.js';
import { JobsModule } from './jobs/jobs.module.js';
import { WorkModule } from './workers/work.module.js';

/** What a correction of a long window touches is folded by one statement, which may take long; everything else is far quicker. */
const STATEMENT_TIMEOUT_MS = 3_600_000;

@Module({})
export class BillingCalcModule {
  static forRoot(config: BillingCalcConfig): DynamicModule {
    return {
      module: BillingCalcModule,
      imports: [
        PersistenceModule.forRoot({
          url: config.DATABASE_URL,
          poolSize: config.DATABASE_POOL_SIZE,
          applicationName: 'tallymark-billing-calc',
          statementTimeoutMs: STATEMENT_TIMEOUT_MS,
        }),
        WorkModule.forRoot(config),
        JobsModule.forRoot(config),
      ],
    };
  }
}
