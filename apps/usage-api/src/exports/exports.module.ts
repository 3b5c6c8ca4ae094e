import { Module } from '@nestjs/common';
import { CatalogueRepositoriesModule } from '@tallymark/persistence';
import { ExportsController } from './exports.controller.js';
import { ExportsService } from './exports.service.js';

@Module({ imports: [CatalogueRepositoriesModule], controllers: [ExportsController], providers: [ExportsService] })
export class ExportsModule {}
