import { Module } from '@nestjs/common';
import { CatalogueRepositoriesModule } from '@tallymark/persistence';
import { CustomerTokensController } from './customer-tokens.controller.js';
import { CustomerTokensService } from './customer-tokens.service.js';

@Module({ imports: [CatalogueRepositoriesModule], controllers: [CustomerTokensController], providers: [CustomerTokensService] })
export class CustomerTokensModule {}
