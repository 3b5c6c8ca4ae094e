import { Injectable } from '@nestjs/common';
import { DataSource, MoreThan } from 'typeorm';
import { ApiKeyRow } from '../rows/api-key-row.js';
import { inOrganization } from '../tenancy.js';
import type { PageRequest } from './page-request.js';
import { isUuid } from './reference.js';

/** An API key to be stored. Its secret never comes here, only the hash. */
export type NewApiKey = Omit<ApiKeyRow, 'organization' | 'customer' | 'revokedAt'>;

/** The API keys of one organization. They are never deleted, so that an old log line can still be explained. */
@Injectable()
export class ApiKeyRepository {
  constructor(private readonly dataSource: DataSource) {}

  async create(key: NewApiKey): Promise<ApiKeyRow> {
    return inOrganization(this.dataSource, key.organizationId, async (manager) => {
      await manager.insert(ApiKeyRow, { ...key, revokedAt: null });
      return manager.findOneByOrFail(ApiKeyRow, { id: key.id });
    });
  }

  async list(organizationId: string, page: PageRequest): Promise<ApiKeyRow[]> {
    return inOrganization(this.dataSource, organizationId, (manager) =>
      manager.find(ApiKeyRow, {
        where: page.afterId === null ? {} : { id: MoreThan(page.afterId) },
        order: { id: 'ASC' },
        take: page.limit,
      }),
    );
  }

  async find(organizationId: string, id: string): Promise<ApiKeyRow | null> {
    if (!isUuid(id)) return null;
    return inOrganization(this.dataSource, organizationId, (manager) => manager.findOneBy(ApiKeyRow, { id }));
  }

  /** Revokes a key from `now` on. A key that was revoked before keeps its time. @returns null when there is none of this id. */
  async revoke(organizationId: string, id: string, now: Date): Promise<ApiKeyRow | null> {
    if (!isUuid(id)) return null;
    return inOrganization(this.dataSource, organizationId, async (manager) => {
      await manager.query('UPDATE api_key SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL', [id, now]);
      return manager.findOneBy(ApiKeyRow, { id });
    });
  }
}
