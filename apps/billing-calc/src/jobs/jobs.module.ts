import { type DynamicModule, Module } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import type { BillingCalcConfig } from '../config.js';
import { WORK_CONFIG } from '../workers/tokens.js';
import { JobsController } from './jobs.controller.js';
import { JobsService } from './jobs.service.js';

@Module({})
export class JobsModule {
  static forRoot(config: BillingCalcConfig): DynamicModule {
    return {
      module: JobsModule,
      imports: [ScheduleModule.forRoot()],
      controllers: [JobsController],
      providers: [JobsService, { provide: WORK_CONFIG, useValue: config }],
    };
  }
}
