import { Inject, Injectable } from '@nestjs/common';
import { DomainError, type Scope } from '@tallymark/domain';
import { ApiKeyRepository, CustomerRepository, newId } from '@tallymark/persistence';
import { CLOCK, type Clock, type Page, type Pagination, type Principal, mintApiKey } from '@tallymark/service-kit';
import { CatalogueSettings } from '../catalogue/catalogue-settings.js';
import { listById } from '../catalogue/list-by-id.js';
import { requireFound } from '../catalogue/not-found.js';
import { organizationOf } from '../catalogue/organization-of.js';
import { convertApiKey } from './convert.js';
import { checkGrants } from './grants.js';
import type { ApiKeyBody, CreateApiKey, CreatedApiKeyBody } from './schemas.js';

@Injectable()
export class ApiKeysService {
  constructor(
    private readonly apiKeys: ApiKeyRepository,
    private readonly customers: CustomerRepository,
    private readonly settings: CatalogueSettings,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** @param maker for which organization the key is made, and which scopes its maker may give. */
  async create(
    maker: { readonly organizationId: string; readonly grantable: ReadonlySet<Scope> | 'all' },
    body: CreateApiKey,
  ): Promise<CreatedApiKeyBody> {
    const now = this.clock();
    checkGrants({ scopes: body.scopes, isForCustomer: body.customer_id !== null }, maker.grantable);
    checkExpiry(body.expires_at, now);
    const customerId = body.customer_id === null ? null : await this.findCustomerId(maker.organizationId, body.customer_id);
    const { key, hash } = mintApiKey();
    const row = await this.apiKeys.create({
      id: newId(now),
      organizationId: maker.organizationId,
      customerId,
      name: body.name,
      scopes: body.scopes,
      secretHash: hash,
      lastFour: key.slice(-4),
      expiresAt: body.expires_at === null ? null : new Date(body.expires_at),
      createdAt: now,
    });
    return { ...convertApiKey(row), key };
  }

  async list(principal: Principal, pagination: Pagination): Promise<Page<ApiKeyBody>> {
    const organizationId = organizationOf(principal);
    return listById({
      secret: this.settings.tokenSecret,
      context: { organizationId, route: 'GET /platform/v1/api-keys', filters: {} },
      pagination,
      load: (page) => this.apiKeys.list(organizationId, page),
      convert: convertApiKey,
    });
  }

  async get(principal: Principal, id: string): Promise<ApiKeyBody> {
    return convertApiKey(requireFound(await this.apiKeys.find(organizationOf(principal), id), 'API key', id));
  }

  async revoke(principal: Principal, id: string): Promise<ApiKeyBody> {
    return convertApiKey(requireFound(await this.apiKeys.revoke(organizationOf(principal), id, this.clock()), 'API key', id));
  }

  private async findCustomerId(organizationId: string, reference: string): Promise<string> {
    const customer = await this.customers.find(organizationId, reference);
    if (customer !== null) return customer.id;
    const message = `received ${JSON.stringify(reference)}; expected the id or external id of a customer`;
    throw new DomainError('unprocessable', `customer_id: ${message}`, {
      details: [{ pointer: '/customer_id', code: 'unknown_customer', message }],
    });
  }
}

function checkExpiry(expiresAt: string | null, now: Date): void {
  if (expiresAt === null || new Date(expiresAt) > now) return;
  const message = `received ${JSON.stringify(expiresAt)}; expected an instant after now, ${now.toISOString()}`;
  throw new DomainError('unprocessable', `expires_at: ${message}`, { details: [{ pointer: '/expires_at', code: 'in_past', message }] });
}
