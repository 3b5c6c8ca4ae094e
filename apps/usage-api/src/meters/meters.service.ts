import { Inject, Injectable } from '@nestjs/common';
import { DomainError } from '@tallymark/domain';
import { MeterRepository, newId } from '@tallymark/persistence';
import { CLOCK, type Clock, type Page, type Pagination, type Principal, checkIfMatch, etagOf } from '@tallymark/service-kit';
import { CatalogueSettings } from '../catalogue/catalogue-settings.js';
import { listById } from '../catalogue/list-by-id.js';
import { requireFound } from '../catalogue/not-found.js';
import { organizationOf } from '../catalogue/organization-of.js';
import { requireSameContent } from '../catalogue/same-content.js';
import type { CreateResult } from '../catalogue/send-created.js';
import { convertMeter, convertTerms } from './convert.js';
import { applyPatch } from './apply-patch.js';
import { requireStillPriced } from './require-still-priced.js';
import type { CreateMeter, MeterBody, UpdateMeter } from './schemas.js';

@Injectable()
export class MetersService {
  constructor(
    private readonly meters: MeterRepository,
    private readonly settings: CatalogueSettings,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async create(principal: Principal, body: CreateMeter): Promise<CreateResult<MeterBody>> {
    const now = this.clock();
    const { row, isNew } = await this.meters.create({
      id: newId(now),
      organizationId: organizationOf(principal),
      code: body.code,
      ...convertTerms(body),
      createdAt: now,
    });
    const entity = convertMeter(row);
    if (!isNew) requireSameContent(`meter ${JSON.stringify(body.code)}`, body, entity);
    return { isNew, entity };
  }

  async list(principal: Principal, pagination: Pagination): Promise<Page<MeterBody>> {
    const organizationId = organizationOf(principal);
    return listById({
      secret: this.settings.tokenSecret,
      context: { organizationId, route: 'GET /platform/v1/meters', filters: {} },
      pagination,
      load: (page) => this.meters.list(organizationId, page),
      convert: convertMeter,
    });
  }

  async get(principal: Principal, reference: string): Promise<MeterBody> {
    return convertMeter(requireFound(await this.meters.find(organizationOf(principal), reference), 'meter', reference));
  }

  async update(principal: Principal, reference: string, patch: UpdateMeter, ifMatch: string | undefined): Promise<MeterBody> {
    const now = this.clock();
    const row = await this.meters.update(organizationOf(principal), reference, { now, newId: newId(now) }, (current, pricing) => {
      const before = convertMeter(current);
      checkIfMatch(ifMatch, etagOf(before));
      const terms = convertTerms(applyPatch(before, patch));
      requireStillPriced(current.code, terms, pricing);
      return terms;
    });
    return convertMeter(requireFound(row, 'meter', reference));
  }

  async delete(principal: Principal, reference: string, ifMatch: string | undefined): Promise<void> {
    const check = this.meters.delete(organizationOf(principal), reference, this.clock(), (current) =>
      checkIfMatch(ifMatch, etagOf(convertMeter(current))),
    );
    const plans = requireFound(await check, 'meter', reference);
    if (plans.length === 0) return;
    throw new DomainError(
      'conflict',
      `meter ${JSON.stringify(reference)} prices running subscriptions of the plans ${plans.join(', ')}; end them first`,
    );
  }
}
