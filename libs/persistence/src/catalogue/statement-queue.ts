import type { EntityManager } from 'typeorm';

/** Asks billing-calc to make the statements of these subscriptions between two instants anew. It hears of it when the transaction commits. */
export async function queueStatements(
  manager: EntityManager,
  subscriptionIds: readonly string[],
  touched: { readonly from: Date; readonly to: Date },
): Promise<void> {
  if (subscriptionIds.length === 0) return;
  await manager.query(
    'INSERT INTO statement_queue (organization_id, subscription_id, touched_from, touched_to) SELECT current_organization(), unnest($1::uuid[]), $2, $3',
    [subscriptionIds, touched.from, touched.to],
  );
  await manager.query(`SELECT pg_notify('tallymark_statement', '')`);
}
