import type { EntityManager } from 'typeorm';

/** By key, since ids that differ may share one; the fence keeps the order. */
const LOCK = `
  SELECT pg_advisory_xact_lock(hashtext('tallymark.statement'), k.key)
  FROM (SELECT DISTINCT hashtext(i.id) AS key FROM unnest($1::text[]) AS i (id) ORDER BY key OFFSET 0) AS k`;

/**
 * Locks the statements of subscriptions until the transaction ends, in a fixed order. Whoever makes, closes or recounts them holds it, and whoever
 * changes how a subscription goes on while it matters which of its statements are closed.
 */
export async function lockStatements(manager: EntityManager, subscriptionIds: readonly string[]): Promise<void> {
  await manager.query(LOCK, [subscriptionIds]);
}
