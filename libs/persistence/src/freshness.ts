import type { EntityManager } from 'typeorm';

/** Up to when an organization's usage is complete: now, or the receipt of the oldest commit that is not folded yet. */
export async function usageAsOf(manager: EntityManager, now: Date): Promise<Date> {
  const [row]: { oldest: string | null }[] = await manager.query(`SELECT min(commit_id) >> 20 AS oldest FROM ingest_commit`);
  const { oldest } = row!;
  return oldest === null ? now : new Date(Math.min(now.getTime(), Number(oldest)));
}
