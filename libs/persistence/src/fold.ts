import type { DataSource, EntityManager } from 'typeorm';
import { NOTE_LATE_COMMITS } from './close-cutoff.js';
import { askToBeAlone } from './fold-alone.js';
import { FOLD_LOCK } from './fold-lock.js';
import { type Commit, busiestOrganizations, foldCommits } from './fold-round.js';
import { type SetAside, type WorkItem, workInHalves } from './set-aside.js';
import { isTransient } from './sql-state.js';

/** What one round of folding did. */
export interface FoldRound {
  readonly commits: number;
  readonly events: number;
}

/**
 * Most commits, and about the most events, that one transaction folds. It folds all that is pending up to then: little while it keeps up, which stays
 * fresh, and much of a backlog, whose events then share their buckets. Its memory is bounded by it, and what is lost in a crash is a second or two of work.
 */
const COMMITS_PER_ROUND = 5_000;
const EVENTS_PER_ROUND = 300_000;

/** About the most events of organizations that have few each: they take ten times as long. */
const SCATTERED_EVENTS_PER_ROUND = 20_000;

/** The most events of the next round: half as many after a round that failed, and twice as many after one that did not. */
const roundSizes = new WeakMap<DataSource, number>();

const claimOf = (condition: string): string =>
  `SELECT organization_id, commit_id, event_count FROM ingest_commit WHERE ${condition} ORDER BY commit_id LIMIT $1 FOR UPDATE SKIP LOCKED`;
const notAmong = (names: string): string => `organization_id || ' ' || commit_id <> ALL (${names}::text[])`;
const CLAIM_OLDEST = claimOf(notAmong('$2'));
const CLAIM_THESE = claimOf('(organization_id, commit_id) IN (SELECT * FROM unnest($2::uuid[], $3::bigint[]))');

/** A meter that is being back-filled is told of the commits that are folded meanwhile: it folds them at its end. */
const FORGET_COMMITS = `
  WITH folded AS (
    DELETE FROM ingest_commit p USING unnest($1::uuid[], $2::bigint[]) AS c (organization_id, commit_id)
    WHERE p.organization_id = c.organization_id AND p.commit_id = c.commit_id
    RETURNING p.organization_id, p.commit_id
  )
  INSERT INTO meter_catch_up (meter_id, commit_id, organization_id)
  SELECT m.id, f.commit_id, f.organization_id FROM folded f
  JOIN meter m ON m.organization_id = f.organization_id AND m.backfilling AND NOT m.folded AND m.deleted_at IS NULL`;

/**
 * Folds the oldest commits that no other instance is folding, in one transaction: claim, add to the buckets, forget the claim.
 *
 * Whole commits are claimed by row locks, never events by a greatest id: a slow transaction with a smaller id would be passed over.
 * A crash anywhere leaves the commits claimed by nobody and the buckets as they were.
 *
 * @param aside takes the commits that can't be folded, which stay pending, while the others are; without it one of them makes the round throw.
 * @param onParts is told of a round that failed as a whole and is folded in parts now: how many commits it is of, and why it failed.
 * @returns zeros when nothing is pending, or nothing that can be folded.
 */
export async function foldPendingCommits(
  dataSource: DataSource,
  aside?: SetAside,
  onParts?: (commits: number, error: unknown) => void,
): Promise<FoldRound> {
  let claimed: readonly Commit[] = [];
  const mostEvents = roundSizes.get(dataSource) ?? EVENTS_PER_ROUND;
  try {
    const round = await foldClaimed(dataSource, async (manager) => {
      claimed = await claimRound(manager, namesOf(aside?.items() ?? []), mostEvents);
      return claimed;
    });
    roundSizes.set(dataSource, Math.min(2 * mostEvents, EVENTS_PER_ROUND));
    return round;
  } catch (error) {
    // It may have failed by its size: its memory, its time.
    roundSizes.set(dataSource, Math.max(mostEvents / 2, SCATTERED_EVENTS_PER_ROUND));
    if (aside === undefined || claimed.length === 0 || isTransient(error)) throw error;
    onParts?.(claimed.length, error);
    const rounds = await workInHalves(
      claimed,
      (some) => foldClaimed(dataSource, (manager) => claimThese(manager, some), some.length === 1 ? 'general' : 'fast'),
      ({ organization_id: organizationId, commit_id: id }, failure) => aside.add({ organizationId, id }, failure),
    );
    return { commits: sum(rounds.map((round) => round.commits)), events: sum(rounds.map((round) => round.events)) };
  }
}

/**
 * The oldest of what is pending, as much as makes a round. Which that is, is known only of what is locked: the rest is given free again, for other instances.
 */
async function claimRound(manager: EntityManager, passedOver: readonly string[], mostEvents: number): Promise<readonly Commit[]> {
  await manager.query('SAVEPOINT claim');
  const oldest = await manager.query<Commit[]>(CLAIM_OLDEST, [COMMITS_PER_ROUND, passedOver]);
  const chosen = chooseRound(oldest, mostEvents);
  if (chosen.length === oldest.length) return chosen;
  await manager.query('ROLLBACK TO SAVEPOINT claim');
  return claimThese(manager, chosen);
}

function claimThese(manager: EntityManager, commits: readonly Commit[]): Promise<Commit[]> {
  return manager.query<Commit[]>(CLAIM_THESE, [commits.length, ...keysOf(commits)]);
}

async function foldClaimed(
  dataSource: DataSource,
  claim: (manager: EntityManager) => Promise<readonly Commit[]>,
  way: 'fast' | 'general' = 'fast',
): Promise<FoldRound> {
  return dataSource.transaction(async (manager) => {
    await manager.query(`SELECT pg_advisory_xact_lock_shared(${FOLD_LOCK})`);
    const claimed = await claim(manager);
    if (claimed.length === 0) return { commits: 0, events: 0 };
    const events = sum(claimed.map((commit) => commit.event_count));
    const parameters = keysOf(claimed);
    const writing = way === 'fast' ? await askToBeAlone(manager, claimed, events) : 'shared';
    await foldCommits(manager, claimed, way, writing);
    await manager.query(NOTE_LATE_COMMITS, parameters);
    await manager.query(FORGET_COMMITS, parameters);
    return { commits: claimed.length, events };
  });
}

/** What waits to be folded: commits, their events, and the age of the oldest commit in milliseconds (0 when none is pending). */
export interface FoldBacklog {
  readonly commits: number;
  readonly events: number;
  readonly oldestAgeMs: number;
}

/** How much is not folded yet. @param except commits that are not counted */
export async function foldBacklog(dataSource: DataSource, now: Date, except: readonly WorkItem[] = []): Promise<FoldBacklog> {
  const [row]: { commits: string; events: string; oldest: string | null }[] = await dataSource.query(
    `SELECT count(*) AS commits, coalesce(sum(event_count), 0) AS events, min(commit_id) >> 20 AS oldest FROM ingest_commit WHERE ${notAmong('$1')}`,
    [namesOf(except)],
  );
  return {
    commits: Number(row!.commits),
    events: Number(row!.events),
    oldestAgeMs: row!.oldest === null ? 0 : Math.max(0, now.getTime() - Number(row!.oldest)),
  };
}

/** The oldest, as much as makes a round. */
function chooseRound(claimed: readonly Commit[], mostEvents: number): Commit[] {
  const oldest = takeUpTo(claimed, mostEvents);
  const busiest = new Set(busiestOrganizations(oldest));
  const scattered = new Set(
    takeUpTo(
      oldest.filter((commit) => !busiest.has(commit.organization_id)),
      SCATTERED_EVENTS_PER_ROUND,
    ),
  );
  return oldest.filter((commit) => busiest.has(commit.organization_id) || scattered.has(commit));
}

function takeUpTo<T extends { event_count: number }>(commits: readonly T[], events: number): T[] {
  let total = 0;
  return commits.filter((commit, index) => {
    total += commit.event_count;
    return index === 0 || total <= events;
  });
}

function namesOf(commits: readonly WorkItem[]): string[] {
  return commits.map(({ organizationId, id }) => `${organizationId} ${id}`);
}

function keysOf(commits: readonly Commit[]): [organizationIds: string[], commitIds: string[]] {
  return [commits.map((commit) => commit.organization_id), commits.map((commit) => commit.commit_id)];
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
