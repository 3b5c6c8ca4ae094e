import type { EntityManager } from 'typeorm';
import { commitReceivedAt } from './event-identity.js';

const OLDEST_PENDING = `
  SELECT o.id, (SELECT min(p.commit_id) FROM ingest_commit p WHERE p.organization_id = o.id) AS oldest FROM unnest($1::uuid[]) AS o (id)`;

/**
 * Up to when each organization's usage is complete: now, or the receipt of the oldest commit that is not folded yet, to the millisecond. To be asked
 * before usage is read: what is folded in between is then in what is read, and more than was promised; the other way round it would be less.
 */
export async function readStatementsAsOf(
  manager: EntityManager,
  organizationIds: Iterable<string>,
  now: Date,
): Promise<ReadonlyMap<string, Date>> {
  const rows: { id: string; oldest: string | null }[] = await manager.query(OLDEST_PENDING, [[...new Set(organizationIds)]]);
  return new Map(
    rows.map(({ id, oldest }) => {
      const received = oldest === null ? now : commitReceivedAt(oldest);
      return [id, received < now ? received : now];
    }),
  );
}
