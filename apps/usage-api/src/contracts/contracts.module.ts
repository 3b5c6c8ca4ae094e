import { type DynamicModule, Module } from '@nestjs/common';
import { CatalogueRepositoriesModule } from '@tallymark/persistence';
import type { UsageApiConfig } from '../config.js';
import { BillingUsageController } from './billing-usage/billing-usage.controller.js';
import { BillingUsageService } from './billing-usage/billing-usage.service.js';
import { CometController } from './comet/comet.controller.js';
import { CometService } from './comet/comet.service.js';
import { CrossmintController } from './crossmint/crossmint.controller.js';
import { CrossmintService } from './crossmint/crossmint.service.js';
import { GnipController } from './gnip/gnip.controller.js';
import { GnipService } from './gnip/gnip.service.js';
import { SlidingWindowLimit } from './gnip/sliding-window-limit.js';
import { LagoController } from './lago/lago.controller.js';
import { LagoService } from './lago/lago.service.js';

/** The usage APIs that customers already speak: a folder each, an adapter and nothing more. */
@Module({})
export class ContractsModule {
  static forRoot(config: UsageApiConfig): DynamicModule {
    return {
      module: ContractsModule,
      imports: [CatalogueRepositoriesModule],
      controllers: [BillingUsageController, CrossmintController, GnipController, LagoController, CometController],
      providers: [
        BillingUsageService,
        CrossmintService,
        GnipService,
        LagoService,
        CometService,
        {
          provide: SlidingWindowLimit,
          useFactory: () => new SlidingWindowLimit({ limit: config.GNIP_REQUESTS_PER_MINUTE, windowMs: 60_000 }),
        },
      ],
    };
  }
}
