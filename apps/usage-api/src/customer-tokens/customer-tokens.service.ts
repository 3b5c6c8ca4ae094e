import { Inject, Injectable } from '@nestjs/common';
import { CustomerRepository } from '@tallymark/persistence';
import { CLOCK, type Clock, type Principal, signCustomerToken } from '@tallymark/service-kit';
import { CatalogueSettings } from '../catalogue/catalogue-settings.js';
import { requireFound } from '../catalogue/not-found.js';
import { organizationOf } from '../catalogue/organization-of.js';
import { convertCustomerToken } from './convert.js';
import type { CreateCustomerToken, CustomerTokenBody } from './schemas.js';

@Injectable()
export class CustomerTokensService {
  constructor(
    private readonly customers: CustomerRepository,
    private readonly settings: CatalogueSettings,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async create(principal: Principal, reference: string, body: CreateCustomerToken): Promise<CustomerTokenBody> {
    const organizationId = organizationOf(principal);
    const customer = requireFound(await this.customers.find(organizationId, reference), 'customer', reference);
    const now = this.clock();
    // A JWT tells time in whole seconds; what is said about it is what it holds.
    const expiresAt = new Date((Math.floor(now.getTime() / 1_000) + body.expires_in_seconds) * 1_000);
    const token = await signCustomerToken(this.settings.tokenSecret, { organizationId, customerId: customer.id, expiresAt }, now);
    return convertCustomerToken(token, expiresAt);
  }
}
