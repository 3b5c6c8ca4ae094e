import { Module } from '@nestjs/common';
import { CatalogueRepositoriesModule } from '@tallymark/persistence';
import { ApiKeysController } from './api-keys.controller.js';
import { ApiKeysService } from './api-keys.service.js';

@Module({
  imports: [CatalogueRepositoriesModule],
  controllers: [ApiKeysController],
  providers: [ApiKeysService],
  exports: [ApiKeysService],
})
export class ApiKeysModule {}
