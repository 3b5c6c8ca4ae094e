import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { OrganizationRow } from '../rows/organization-row.js';
import { inOrganization } from '../tenancy.js';
import { type Created, insertRow } from './insert-row.js';
import type { PageRequest } from './page-request.js';
import { isUuid } from './reference.js';

const COLUMNS = `id, external_id AS "externalId", name, settings, created_at AS "createdAt", updated_at AS "updatedAt"`;
const ALL_ORGANIZATIONS = 2 ** 31 - 1;

/** Organizations, for the operator: nobody else sees more of them than its own. */
@Injectable()
export class OrganizationRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** Creates an organization, or finds the one that has its external id. */
  async create(
    organization: Pick<OrganizationRow, 'id' | 'externalId' | 'name' | 'settings' | 'createdAt'>,
  ): Promise<Created<OrganizationRow>> {
    const isNew = await inOrganization(this.dataSource, organization.id, (manager) =>
      insertRow(manager, OrganizationRow, { ...organization, updatedAt: organization.createdAt }),
    );
    const row = isNew ? await this.find(organization.id) : await this.findByExternalId(organization.externalId);
    if (row === null) throw new Error(`organization ${organization.externalId} is neither new nor there`);
    return { row, isNew };
  }

  async list(page: PageRequest): Promise<OrganizationRow[]> {
    return this.dataSource.query(`SELECT ${COLUMNS} FROM list_organizations($1, $2)`, [page.afterId, page.limit]);
  }

  async find(id: string): Promise<OrganizationRow | null> {
    if (!isUuid(id)) return null;
    return inOrganization(this.dataSource, id, (manager) => manager.findOneBy(OrganizationRow, { id }));
  }

  /**
   * Changes an organization under a lock. `change` gets it as it is and returns what becomes different; what it throws undoes all.
   *
   * @returns the organization as it is now; null when there is none of this id.
   */
  async update(
    id: string,
    now: Date,
    change: (current: OrganizationRow) => Partial<Pick<OrganizationRow, 'name' | 'settings'>>,
  ): Promise<OrganizationRow | null> {
    if (!isUuid(id)) return null;
    return inOrganization(this.dataSource, id, async (manager: EntityManager) => {
      const current = await manager.findOne(OrganizationRow, { where: { id }, lock: { mode: 'pessimistic_write' } });
      if (current === null) return null;
      return manager.save(OrganizationRow, { ...current, ...change(current), updatedAt: now });
    });
  }

  /** Organizations are few and this is asked for by a repeated create alone, so the operator's list is read through. */
  private async findByExternalId(externalId: string): Promise<OrganizationRow | null> {
    const rows: OrganizationRow[] = await this.dataSource.query(
      `SELECT ${COLUMNS} FROM list_organizations(NULL, $1) WHERE external_id = $2`,
      [ALL_ORGANIZATIONS, externalId],
    );
    return rows[0] ?? null;
  }
}
