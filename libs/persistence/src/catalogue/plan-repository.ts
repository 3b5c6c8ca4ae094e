import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager, In, MoreThan } from 'typeorm';
import { PlanRow } from '../rows/plan-row.js';
import { PlanVersionRow } from '../rows/plan-version-row.js';
import { inOrganization } from '../tenancy.js';
import { type Created, insertRow } from './insert-row.js';
import type { PageRequest } from './page-request.js';
import { preferId, whereReference } from './reference.js';

/** What a plan costs: everything of a version but its place. */
export type PlanTerms = Pick<PlanVersionRow, 'currency' | 'interval' | 'baseAmount' | 'minimumCommitment' | 'trialDays' | 'charges'>;

/** A plan with one of its versions. */
export interface PlanWithVersion {
  readonly plan: PlanRow;
  readonly version: PlanVersionRow;
}

/** The plans of one organization and their versions, none of which ever changes. */
@Injectable()
export class PlanRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** Creates a plan with its version 1, or finds the plan that has its code, with its version 1 too: that is what the same request made before. */
  async create(plan: Omit<PlanRow, 'organization'>, versionId: string, terms: PlanTerms): Promise<Created<PlanWithVersion>> {
    return inOrganization(this.dataSource, plan.organizationId, async (manager) => {
      const isNew = await insertRow(manager, PlanRow, plan);
      if (isNew) await insertVersion(manager, plan, { id: versionId, version: 1, createdAt: plan.createdAt, ...terms });
      const stored = await manager.findOneByOrFail(PlanRow, { code: plan.code });
      return { row: { plan: stored, version: await manager.findOneByOrFail(PlanVersionRow, { planId: stored.id, version: 1 }) }, isNew };
    });
  }

  /**
   * Adds the next version of a plan. `isSame` says whether the current version has these terms already; then that one is returned.
   *
   * @param reference an id or a code.
   * @returns null when there is no such plan.
   */
  async addVersion(
    organizationId: string,
    reference: string,
    next: {
      readonly id: string;
      readonly createdAt: Date;
      readonly terms: PlanTerms;
      readonly isSame: (current: PlanVersionRow) => boolean;
    },
  ): Promise<Created<PlanWithVersion> | null> {
    return inOrganization(this.dataSource, organizationId, async (manager) => {
      const plan = await findPlan(manager, reference);
      if (plan === null) return null;
      // This role may not update plans, hence not lock them either; the lock keeps two callers from making the same number.
      await manager.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`plan:${plan.id}`]);
      const current = await findVersion(manager, plan.id);
      if (current !== null && next.isSame(current)) return { row: { plan, version: current }, isNew: false };
      const version = (current?.version ?? 0) + 1;
      await insertVersion(manager, plan, { id: next.id, version, createdAt: next.createdAt, ...next.terms });
      return { row: { plan, version: await manager.findOneByOrFail(PlanVersionRow, { id: next.id }) }, isNew: true };
    });
  }

  /** Plans with their current versions. */
  async list(organizationId: string, page: PageRequest): Promise<PlanWithVersion[]> {
    return inOrganization(this.dataSource, organizationId, async (manager) => {
      const plans = await manager.find(PlanRow, {
        where: page.afterId === null ? {} : { id: MoreThan(page.afterId) },
        order: { id: 'ASC' },
        take: page.limit,
      });
      const versions = await manager.find(PlanVersionRow, {
        where: { planId: In(plans.map((plan) => plan.id)) },
        order: { version: 'ASC' },
      });
      const current = new Map(versions.map((version) => [version.planId, version]));
      return plans.map((plan) => ({ plan, version: current.get(plan.id)! }));
    });
  }

  /** @param reference an id or a code. @param version its number; the current one when left out. */
  async find(organizationId: string, reference: string, version?: number): Promise<PlanWithVersion | null> {
    return inOrganization(this.dataSource, organizationId, async (manager) => {
      const plan = await findPlan(manager, reference);
      const found = plan === null ? null : await findVersion(manager, plan.id, version);
      return plan === null || found === null ? null : { plan, version: found };
    });
  }

  /** The versions of a plan above a number, oldest first; null when there is no such plan. */
  async listVersions(
    organizationId: string,
    reference: string,
    page: { readonly afterVersion: number; readonly limit: number },
  ): Promise<PlanWithVersion[] | null> {
    return inOrganization(this.dataSource, organizationId, async (manager) => {
      const plan = await findPlan(manager, reference);
      if (plan === null) return null;
      const versions = await manager.find(PlanVersionRow, {
        where: { planId: plan.id, version: MoreThan(page.afterVersion) },
        order: { version: 'ASC' },
        take: page.limit,
      });
      return versions.map((version) => ({ plan, version }));
    });
  }
}

async function findPlan(manager: EntityManager, reference: string): Promise<PlanRow | null> {
  return preferId(await manager.find(PlanRow, { where: whereReference(reference, 'code') }), reference);
}

async function findVersion(manager: EntityManager, planId: string, version?: number): Promise<PlanVersionRow | null> {
  return manager.findOne(PlanVersionRow, { where: { planId, ...(version === undefined ? {} : { version }) }, order: { version: 'DESC' } });
}

async function insertVersion(
  manager: EntityManager,
  plan: Pick<PlanRow, 'id' | 'organizationId'>,
  version: PlanTerms & Pick<PlanVersionRow, 'id' | 'version' | 'createdAt'>,
): Promise<void> {
  await manager.insert(PlanVersionRow, { ...version, organizationId: plan.organizationId, planId: plan.id });
}
