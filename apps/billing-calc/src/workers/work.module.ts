import { type DynamicModule, Module } from '@nestjs/common';
import type { BillingCalcConfig } from '../config.js';
import { CorrectionWorkerService } from './correction-worker.service.js';
import { WORK_CONFIG } from './tokens.js';
import { WorkService } from './work.service.js';

@Module({})
export class WorkModule {
  static forRoot(config: BillingCalcConfig): DynamicModule {
    return { module: WorkModule, providers: [WorkService, CorrectionWorkerService, { provide: WORK_CONFIG, useValue: config }] };
  }
}
