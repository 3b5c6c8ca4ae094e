import { Module } from '@nestjs/common';
import { CatalogueRepositoriesModule } from '@tallymark/persistence';
import { ApiKeysModule } from '../api-keys/api-keys.module.js';
import { OrganizationsController } from './organizations.controller.js';
import { OrganizationsService } from './organizations.service.js';

@Module({
  imports: [CatalogueRepositoriesModule, ApiKeysModule],
  controllers: [OrganizationsController],
  providers: [OrganizationsService],
})
export class OrganizationsModule {}
