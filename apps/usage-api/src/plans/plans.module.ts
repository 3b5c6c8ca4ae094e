import { Module } from '@nestjs/common';
import { CatalogueRepositoriesModule } from '@tallymark/persistence';
import { PlansController } from './plans.controller.js';
import { PlansService } from './plans.service.js';

@Module({ imports: [CatalogueRepositoriesModule], controllers: [PlansController], providers: [PlansService] })
export class PlansModule {}
