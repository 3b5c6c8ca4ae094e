import { isDeepStrictEqual } from 'node:util';
import { Inject, Injectable } from '@nestjs/common';
import { MeterRepository, PlanRepository, type PlanTerms, type PlanWithVersion, newId } from '@tallymark/persistence';
import { CLOCK, type Clock, type Page, type Pagination, type Principal, decodeCursor, encodeCursor, pageOf } from '@tallymark/service-kit';
import { z } from 'zod';
import { CatalogueSettings } from '../catalogue/catalogue-settings.js';
import { listById } from '../catalogue/list-by-id.js';
import { requireFound } from '../catalogue/not-found.js';
import { organizationOf } from '../catalogue/organization-of.js';
import { requireSameContent } from '../catalogue/same-content.js';
import type { CreateResult } from '../catalogue/send-created.js';
import { checkMeters } from './check-meters.js';
import { checkTerms } from './check-terms.js';
import { completeRequest, convertPlan, convertTerms } from './convert.js';
import type { CreatePlan, CreatePlanVersion, PlanBody } from './schemas.js';

@Injectable()
export class PlansService {
  constructor(
    private readonly plans: PlanRepository,
    private readonly meters: MeterRepository,
    private readonly settings: CatalogueSettings,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** A repeated create is compared with version 1, which is what it made the first time, and answers the same whatever was sold since. */
  async create(principal: Principal, body: CreatePlan): Promise<CreateResult<PlanBody>> {
    const organizationId = organizationOf(principal);
    const terms = await this.checked(organizationId, body);
    const now = this.clock();
    const plan = { id: newId(now), organizationId, code: body.code, name: body.name, createdAt: now };
    const { row, isNew } = await this.plans.create(plan, newId(now), terms);
    const entity = convertPlan(row);
    if (!isNew) requireSameContent(`plan ${JSON.stringify(body.code)}`, completeRequest(body, entity), entity);
    return { isNew, entity };
  }

  async createVersion(principal: Principal, reference: string, body: CreatePlanVersion): Promise<CreateResult<PlanBody>> {
    const organizationId = organizationOf(principal);
    requireFound(await this.plans.find(organizationId, reference), 'plan', reference);
    const terms = await this.checked(organizationId, body);
    const now = this.clock();
    const added = await this.plans.addVersion(organizationId, reference, {
      id: newId(now),
      createdAt: now,
      terms,
      isSame: ({ currency, interval, baseAmount, minimumCommitment, trialDays, charges }) =>
        isDeepStrictEqual({ currency, interval, baseAmount, minimumCommitment, trialDays, charges }, terms),
    });
    const { row, isNew } = requireFound(added, 'plan', reference);
    return { isNew, entity: convertPlan(row) };
  }

  async list(principal: Principal, pagination: Pagination): Promise<Page<PlanBody>> {
    const organizationId = organizationOf(principal);
    return listById<PlanWithVersion & { readonly id: string }, PlanBody>({
      secret: this.settings.tokenSecret,
      context: { organizationId, route: 'GET /platform/v1/plans', filters: {} },
      pagination,
      load: async (page) => (await this.plans.list(organizationId, page)).map((row) => ({ id: row.plan.id, ...row })),
      convert: convertPlan,
    });
  }

  /** @param version the current one when left out. */
  async get(principal: Principal, reference: string, version?: number): Promise<PlanBody> {
    const found = await this.plans.find(organizationOf(principal), reference, version);
    return convertPlan(requireFound(found, 'plan', version === undefined ? reference : `${reference} version ${version}`));
  }

  async listVersions(principal: Principal, reference: string, pagination: Pagination): Promise<Page<PlanBody>> {
    const organizationId = organizationOf(principal);
    const secret = this.settings.tokenSecret;
    const context = { organizationId, route: 'GET /platform/v1/plans/{plan}/versions', filters: { plan: reference } };
    const afterVersion = pagination.cursor === undefined ? 0 : decodeCursor(secret, context, pagination.cursor, z.int());
    const rows = await this.plans.listVersions(organizationId, reference, { afterVersion, limit: pagination.limit + 1 });
    return pageOf(requireFound(rows, 'plan', reference), pagination.limit, convertPlan, (last) =>
      encodeCursor(secret, context, last.version.version),
    );
  }

  private async checked(organizationId: string, body: CreatePlanVersion): Promise<PlanTerms> {
    const meters = await this.meters.findByCodes(
      organizationId,
      body.charges.map((charge) => charge.meter_code),
    );
    const terms = convertTerms(body, meters);
    checkTerms(terms);
    checkMeters(terms, { meters, codes: await this.meters.listCodes(organizationId) });
    return terms;
  }
}
