import { Module } from '@nestjs/common';
import { CatalogueRepositoriesModule } from '@tallymark/persistence';
import { MetersController } from './meters.controller.js';
import { MetersService } from './meters.service.js';

@Module({ imports: [CatalogueRepositoriesModule], controllers: [MetersController], providers: [MetersService] })
export class MetersModule {}
