import { Module } from '@nestjs/common';
import { CatalogueRepositoriesModule } from '@tallymark/persistence';
import { UsageController } from './usage.controller.js';
import { UsageService } from './usage.service.js';

@Module({ imports: [CatalogueRepositoriesModule], controllers: [UsageController], providers: [UsageService] })
export class UsageModule {}
