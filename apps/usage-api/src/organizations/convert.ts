import type { OrganizationRow } from '@tallymark/persistence';
import type { OrganizationBody } from './schemas.js';

export function convertOrganization(row: OrganizationRow): OrganizationBody {
  return {
    id: row.id,
    external_id: row.externalId,
    name: row.name,
    settings: row.settings,
    created_at: row.createdAt.toISOString(),
    updated_at: row.updatedAt.toISOString(),
  };
}
