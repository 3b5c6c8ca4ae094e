import { setTimeout as delay } from 'node:timers/promises';
import { type DataSource, foldBacklog, StatementQueueRow } from '@tallymark/persistence';

/** What billing-calc has not got round to yet. */
export interface Unsettled {
  readonly events: number;
  /** Subscriptions whose statement is to be refreshed. */
  readonly statements: number;
}

const POLL_MS = 100;

/** Counts events that wait for the fold and statements that wait for their refresh. */
export async function countUnsettled(dataSource: DataSource): Promise<Unsettled> {
  const { events } = await foldBacklog(dataSource, new Date());
  return { events, statements: await dataSource.getRepository(StatementQueueRow).count() };
}

/** Waits until nothing is pending, but no longer than `patienceMs`: while events flow there is always something. @returns what is left. */
export async function waitUntilSettled(dataSource: DataSource, patienceMs: number): Promise<Unsettled> {
  for (const deadline = performance.now() + patienceMs; ; await delay(POLL_MS)) {
    const left = await countUnsettled(dataSource);
    if (isSettled(left) || performance.now() >= deadline) return left;
  }
}

export function isSettled({ events, statements }: Unsettled): boolean {
  return events === 0 && statements === 0;
}
