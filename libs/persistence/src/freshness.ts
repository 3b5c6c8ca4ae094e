import type { EntityManager } from 'typeorm';

/**
 * Up to when an organization's usage is complete: now, or the receipt of the oldest commit that is not folded yet.
 * With a subscription, also its statement must have been made since: else the statement's own `as_of`.
 */
export async function usageAsOf(
  manager: EntityManager,
  now: Date,
  statement?: { readonly subscriptionId: string; readonly asOf: Date },
): Promise<Date> {
  const [row]: { oldest: string | null; queued: boolean }[] = await manager.query(
    `SELECT (SELECT min(commit_id) >> 20 FROM ingest_commit) AS oldest, EXISTS (SELECT FROM statement_queue WHERE subscription_id = $1) AS queued`,
    [statement?.subscriptionId ?? null],
  );
  const bounds = [now.getTime()];
  if (row!.oldest !== null) bounds.push(Number(row!.oldest));
  if (statement && row!.queued) bounds.push(statement.asOf.getTime());
  return new Date(Math.min(...bounds));
}
