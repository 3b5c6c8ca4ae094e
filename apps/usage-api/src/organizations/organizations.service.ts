import { Inject, Injectable } from '@nestjs/common';
import { OrganizationRepository, newId } from '@tallymark/persistence';
import { CLOCK, type Clock, type Page, type Pagination, type Principal, checkIfMatch, etagOf } from '@tallymark/service-kit';
import { CatalogueSettings } from '../catalogue/catalogue-settings.js';
import { listById } from '../catalogue/list-by-id.js';
import { requireFound } from '../catalogue/not-found.js';
import { requireSameContent } from '../catalogue/same-content.js';
import type { CreateResult } from '../catalogue/send-created.js';
import { convertOrganization } from './convert.js';
import type { CreateOrganization, OrganizationBody, UpdateOrganization } from './schemas.js';

@Injectable()
export class OrganizationsService {
  constructor(
    private readonly organizations: OrganizationRepository,
    private readonly settings: CatalogueSettings,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async create(body: CreateOrganization): Promise<CreateResult<OrganizationBody>> {
    const now = this.clock();
    const { row, isNew } = await this.organizations.create({
      id: newId(now),
      externalId: body.external_id,
      name: body.name,
      settings: body.settings,
      createdAt: now,
    });
    const entity = convertOrganization(row);
    if (!isNew) requireSameContent(`organization ${JSON.stringify(body.external_id)}`, body, entity);
    return { isNew, entity };
  }

  async list(principal: Principal, pagination: Pagination): Promise<Page<OrganizationBody>> {
    return listById({
      secret: this.settings.tokenSecret,
      context: { organizationId: principal.organizationId, route: 'GET /platform/v1/organizations', filters: {} },
      pagination,
      load: (page) => this.organizations.list(page),
      convert: convertOrganization,
    });
  }

  async get(id: string): Promise<OrganizationBody> {
    return convertOrganization(requireFound(await this.organizations.find(id), 'organization', id));
  }

  async update(id: string, patch: UpdateOrganization, ifMatch: string | undefined): Promise<OrganizationBody> {
    const row = await this.organizations.update(id, this.clock(), (current) => {
      checkIfMatch(ifMatch, etagOf(convertOrganization(current)));
      return { name: patch.name ?? current.name, settings: { ...current.settings, ...patch.settings } };
    });
    return convertOrganization(requireFound(row, 'organization', id));
  }
}
