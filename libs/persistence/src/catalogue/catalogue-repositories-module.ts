import { Module } from '@nestjs/common';
import { CatalogueReader } from '../catalogue-reader.js';
import { SettledUsage } from '../settled-usage.js';
import { ApiKeyRepository } from './api-key-repository.js';
import { CorrectionRepository } from './correction-repository.js';
import { CredentialRepository } from './credential-repository.js';
import { CustomerRepository } from './customer-repository.js';
import { MeterRepository } from './meter-repository.js';
import { OrganizationRepository } from './organization-repository.js';
import { PlanRepository } from './plan-repository.js';
import { StatementRepository } from './statement-repository.js';
import { SubscriptionRepository } from './subscription-repository.js';

const REPOSITORIES = [
  ApiKeyRepository,
  CatalogueReader,
  CorrectionRepository,
  CredentialRepository,
  CustomerRepository,
  MeterRepository,
  OrganizationRepository,
  PlanRepository,
  StatementRepository,
  SubscriptionRepository,
];

/** The repositories of the catalogue, over the `DataSource` of `PersistenceModule`. */
@Module({ providers: [...REPOSITORIES, SettledUsage], exports: REPOSITORIES })
export class CatalogueRepositoriesModule {}
