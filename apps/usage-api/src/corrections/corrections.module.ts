import { type DynamicModule, Module } from '@nestjs/common';
import { CorrectionSettings } from './correction-settings.js';
import { CorrectionsController } from './corrections.controller.js';
import { CorrectionsService } from './corrections.service.js';

/** Needs `CatalogueModule`. */
@Module({})
export class CorrectionsModule {
  static forRoot(settings: CorrectionSettings): DynamicModule {
    return {
      module: CorrectionsModule,
      controllers: [CorrectionsController],
      providers: [CorrectionsService, { provide: CorrectionSettings, useValue: settings }],
    };
  }
}
