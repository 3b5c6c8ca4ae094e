import type { Window } from '@tallymark/date-window';
import type { EntityManager } from 'typeorm';

/** A customer whose subscriptions a simulation looks at. */
export interface SubscribedCustomer {
  readonly id: string;
  readonly externalId: string;
  readonly name: string;
  readonly subscriptionIds: readonly string[];
}

/**
 * Customers with a subscription that runs somewhere in a window, oldest first.
 *
 * @param page those after an id (null: from the start), at most so many. @param only ids of customers; null for all.
 */
export async function listSubscribedCustomers(
  manager: EntityManager,
  window: Window,
  only: readonly string[] | null,
  page: { readonly afterId: string | null; readonly limit: number },
): Promise<SubscribedCustomer[]> {
  const rows: { id: string; external_id: string; name: string; subscription_ids: string[] }[] = await manager.query(
    `SELECT c.id, c.external_id, c.name, array_agg(s.id ORDER BY s.id) AS subscription_ids
     FROM customer c JOIN subscription s ON s.customer_id = c.id
     WHERE s.started_at < $2 AND (s.ended_at IS NULL OR s.ended_at > $1)
       AND ($3::uuid[] IS NULL OR c.id = ANY ($3)) AND ($4::uuid IS NULL OR c.id > $4)
     GROUP BY c.id ORDER BY c.id LIMIT $5`,
    [window.from, window.to, only, page.afterId, page.limit],
  );
  return rows.map((row) => ({ id: row.id, externalId: row.external_id, name: row.name, subscriptionIds: row.subscription_ids }));
}
