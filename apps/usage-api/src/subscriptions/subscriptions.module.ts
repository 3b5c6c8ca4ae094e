import { Module } from '@nestjs/common';
import { CatalogueRepositoriesModule } from '@tallymark/persistence';
import { SubscriptionsController } from './subscriptions.controller.js';
import { SubscriptionsService } from './subscriptions.service.js';

@Module({ imports: [CatalogueRepositoriesModule], controllers: [SubscriptionsController], providers: [SubscriptionsService] })
export class SubscriptionsModule {}
