import { Module } from '@nestjs/common';
import { CatalogueRepositoriesModule } from '@tallymark/persistence';
import { SimulationsController } from './simulations.controller.js';
import { SimulationsService } from './simulations.service.js';

@Module({ imports: [CatalogueRepositoriesModule], controllers: [SimulationsController], providers: [SimulationsService] })
export class SimulationsModule {}
