import type { ApiKeyRow } from '@tallymark/persistence';
import type { ApiKeyBody } from './schemas.js';

/** A key without its hash. */
export function convertApiKey(row: ApiKeyRow): ApiKeyBody {
  return {
    id: row.id,
    name: row.name,
    scopes: row.scopes,
    customer_id: row.customerId,
    last_four: row.lastFour,
    expires_at: row.expiresAt?.toISOString() ?? null,
    revoked_at: row.revokedAt?.toISOString() ?? null,
    created_at: row.createdAt.toISOString(),
  };
}
