import { type DynamicModule, Module } from '@nestjs/common';
import { CatalogueRepositoriesModule } from '@tallymark/persistence';
import { CredentialSource } from '@tallymark/service-kit';
import { ApiKeysModule } from '../api-keys/api-keys.module.js';
import { CustomerTokensModule } from '../customer-tokens/customer-tokens.module.js';
import { CustomersModule } from '../customers/customers.module.js';
import { MetersModule } from '../meters/meters.module.js';
import { OrganizationsModule } from '../organizations/organizations.module.js';
import { PlansModule } from '../plans/plans.module.js';
import { StatementsModule } from '../statements/statements.module.js';
import { SubscriptionsModule } from '../subscriptions/subscriptions.module.js';
import { CatalogueCredentials } from './catalogue-credentials.js';
import { CatalogueSettings } from './catalogue-settings.js';

/** The catalogue under `/platform/v1`, and where credentials are looked up. Needs `PersistenceModule`. */
@Module({})
export class CatalogueModule {
  static forRoot(settings: CatalogueSettings): DynamicModule {
    return {
      module: CatalogueModule,
      // Global for the repositories and the settings, which other modules of the service read too.
      global: true,
      imports: [
        CatalogueRepositoriesModule,
        OrganizationsModule,
        ApiKeysModule,
        MetersModule,
        PlansModule,
        CustomersModule,
        CustomerTokensModule,
        SubscriptionsModule,
        StatementsModule,
      ],
      providers: [
        { provide: CatalogueSettings, useValue: settings },
        { provide: CredentialSource, useClass: CatalogueCredentials },
      ],
      exports: [CatalogueRepositoriesModule, CatalogueSettings, CredentialSource],
    };
  }
}
