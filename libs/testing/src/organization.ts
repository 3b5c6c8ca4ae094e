import { type Scope, SCOPES } from '@tallymark/domain';
import { type DataSource, newId } from '@tallymark/persistence';
import { mintApiKey } from '@tallymark/service-kit';

/** Adds an organization straight to the database, for tests of services that have no route for it. @returns its id. */
export async function addOrganization(owner: DataSource, externalId = `org-${Math.random().toString(36).slice(2)}`): Promise<string> {
  const id = newId(new Date());
  await owner.query('INSERT INTO organization (id, external_id, name) VALUES ($1, $2, $2)', [id, externalId]);
  return id;
}

/** Adds an API key; with all scopes unless told otherwise. @returns the key itself. */
export async function addApiKey(
  owner: DataSource,
  organizationId: string,
  options: { scopes?: readonly Scope[]; customerId?: string; name?: string; expiresAt?: Date; revokedAt?: Date } = {},
): Promise<string> {
  const { key, hash } = mintApiKey();
  await owner.query(
    'INSERT INTO api_key (id, organization_id, customer_id, name, scopes, secret_hash, last_four, expires_at, revoked_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)',
    [
      newId(new Date()),
      organizationId,
      options.customerId ?? null,
      options.name ?? 'test',
      options.scopes ?? Object.keys(SCOPES),
      hash,
      key.slice(-4),
      options.expiresAt ?? null,
      options.revokedAt ?? null,
    ],
  );
  return key;
}
