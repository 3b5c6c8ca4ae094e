import { Module } from '@nestjs/common';
import { CatalogueRepositoriesModule } from '@tallymark/persistence';
import { CustomersController } from './customers.controller.js';
import { CustomersService } from './customers.service.js';

@Module({ imports: [CatalogueRepositoriesModule], controllers: [CustomersController], providers: [CustomersService] })
export class CustomersModule {}
