import type { DataSource, EntityManager } from 'typeorm';

/**
 * Runs work in one transaction that sees the rows of one organization alone (row-level security of the `tallymark_api` role).
 *
 * The organization is set inside the transaction, never on the connection: a pooled connection would carry it to the next caller.
 */
export async function inOrganization<T>(
  dataSource: DataSource,
  organizationId: string,
  work: (manager: EntityManager) => Promise<T>,
): Promise<T> {
  return dataSource.transaction(async (manager) => {
    await manager.query(`SELECT set_config('app.organization_id', $1, true)`, [organizationId]);
    return work(manager);
  });
}
