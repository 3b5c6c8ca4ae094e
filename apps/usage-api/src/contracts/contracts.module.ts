import { type DynamicModule, Module } from '@nestjs/common';
import type { UsageApiConfig } from '../config.js';
import { BillingUsageController } from './billing-usage/billing-usage.controller.js';
import { BillingUsageService } from './billing-usage/billing-usage.service.js';

/** The usage APIs that customers already speak: a folder each, an adapter and nothing more. */
@Module({})
export class ContractsModule {
  static forRoot(_config: UsageApiConfig): DynamicModule {
    return { module: ContractsModule, controllers: [BillingUsageController], providers: [BillingUsageService] };
  }
}
