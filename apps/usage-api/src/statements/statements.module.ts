import { Module } from '@nestjs/common';
import { CatalogueRepositoriesModule } from '@tallymark/persistence';
import { StatementsController } from './statements.controller.js';
import { StatementsService } from './statements.service.js';

@Module({ imports: [CatalogueRepositoriesModule], controllers: [StatementsController], providers: [StatementsService] })
export class StatementsModule {}
