import type { DataSource, EntityManager } from 'typeorm';
import { FOLD_LOCK } from './fold-lock.js';
import { FOLD_METER_COLUMNS, type FoldMeter } from './fold-meter.js';
import { PASS_SETTINGS, foldPass, storePasses } from './fold-pass.js';
import { foldOf, TAKES } from './fold-sql.js';
import { GENERAL_FOLD } from './fold-store.js';
import { serverVersionOf } from './greatest-row.js';
import { queueStatementsOfMeter } from './meter-statements.js';
import { SqlParameters } from './sql-parameters.js';
import { isTransient } from './sql-state.js';

/** About the most events that one statement folds, so that progress shows and memory stays small. */
const EVENTS_PER_SLICE = 100_000;

/** Most noted commits that one statement folds; of the fold, which waits while the last ones are. */
const COMMITS_PER_CATCH_UP = 500;

/**
 * Usage that is a day old or more gets a new version as it is written, by its age as the transaction begins; two days old, it may be remembered. What lay
 * between is noted before a transaction of so many milliseconds ends: an hour is left for the commit.
 */
const LONG_MS = 23 * 3_600_000;

/** Held shared while the log is read for long: months are not dropped meanwhile. */
const BACKFILL_LOCK = `hashtext('tallymark.backfill')`;

/** What was folded before the meter was marked: all commits that neither wait to be folded nor were folded since. */
const NOT_PENDING = 'NOT EXISTS (SELECT FROM ingest_commit p WHERE p.organization_id = e.organization_id AND p.commit_id = e.commit_id)';
const notNoted = (meterId: string): string =>
  `NOT EXISTS (SELECT FROM meter_catch_up c WHERE c.meter_id = ${meterId} AND c.commit_id = e.commit_id)`;

/** Adds the meter's share of events of its organization to its buckets. */
async function foldEvents(
  manager: EntityManager,
  meter: NewMeter,
  choose: (parameters: SqlParameters) => readonly string[],
): Promise<void> {
  const parameters = new SqlParameters();
  const conditions = [
    `e.organization_id = ${parameters.add(meter.organization_id, 'uuid')}`,
    `e.type = ${parameters.add(meter.event_type, 'text')}`,
    'e.voided_by IS NULL',
    ...choose(parameters),
  ];
  const chosen = conditions.join(' AND ');
  const serverVersion = await serverVersionOf(manager);
  const pass = meter.generally
    ? { ctes: [foldOf(`event e JOIN meter m ON m.id = ${parameters.add(meter.id, 'uuid')} AND ${TAKES} WHERE ${chosen}`)], ...GENERAL_FOLD }
    : foldPass({ name: 'meter', organizationId: meter.organization_id, meters: [meter], condition: chosen, serverVersion }, parameters);
  await manager.query(PASS_SETTINGS);
  // Nobody else writes buckets of a meter that is not folded yet.
  await manager.query(storePasses([pass], 'alone'), parameters.values);
}

export interface BackfillOptions {
  /** Gives up, at the next slice of the log, what can't be finished before the service ends. */
  readonly signal?: AbortSignal;
  /** About the most events that one statement folds. */
  readonly eventsPerSlice?: number;
  /** Most commits that one statement folds of those that were noted meanwhile. */
  readonly commitsPerCatchUp?: number;
  /** From how long on, in milliseconds, a transaction has what was young as it began versioned as well; 23 hours at most. */
  readonly longMs?: number;
}

interface NewMeter extends FoldMeter {
  readonly code: string;
  readonly organization_id: string;
  readonly event_type: string;
  readonly fold_attempt: number;
  readonly replaces_id: string | null;
  /** By the general fold, after the pass failed: dimensions that only become equal as they are cut are too much for it. */
  readonly generally?: boolean;
}

/**
 * Folds the kept log for each meter that has not been folded yet, while other folding goes on. One transaction per meter writes its buckets, so that
 * a crash anywhere leaves nothing behind, and the next call starts over; what is folded meanwhile is noted, and folded for the meter at the end.
 *
 * @returns the codes of the meters that were folded; none when there was no such meter, or another instance is folding for it.
 * @throws AggregateError after all others were folded, where the log can't be folded for some.
 */
export async function foldNewMeters(dataSource: DataSource, options: BackfillOptions = {}): Promise<string[]> {
  const meters: NewMeter[] = await dataSource.query(
    `SELECT ${FOLD_METER_COLUMNS}, code, organization_id, event_type, fold_attempt, replaces_id FROM meter WHERE NOT folded AND deleted_at IS NULL ORDER BY id`,
  );
  const folded: string[] = [];
  const failures = new Map<NewMeter, unknown>();
  for (const meter of meters) {
    try {
      if (await foldMeterAnyWay(dataSource, meter, options)) folded.push(meter.code);
    } catch (error) {
      if (isTransient(error)) throw error;
      failures.set(meter, error);
    }
  }
  if (failures.size === 0) return folded;
  const names = [...failures.keys()].map((meter) => `${meter.code} of organization ${meter.organization_id}`);
  throw new AggregateError(failures.values(), `the log could not be folded for ${names.join(', ')}`);
}

/** Has the back-fills that run in an organization start over, since events they may have read changed. The caller holds the fold lock alone. */
export async function restartBackfills(manager: EntityManager, organizationId: string): Promise<void> {
  await manager.query('UPDATE meter SET fold_attempt = fold_attempt + 1 WHERE organization_id = $1 AND NOT folded AND deleted_at IS NULL', [
    organizationId,
  ]);
}

async function foldMeterAnyWay(dataSource: DataSource, meter: NewMeter, options: BackfillOptions): Promise<boolean> {
  try {
    return await foldMeter(dataSource, meter, options);
  } catch (error) {
    if (isTransient(error)) throw error;
    return foldMeter(dataSource, { ...meter, generally: true }, options);
  }
}

async function foldMeter(dataSource: DataSource, meter: NewMeter, options: BackfillOptions): Promise<boolean> {
  const runner = dataSource.createQueryRunner();
  await runner.connect();
  try {
    await runner.startTransaction('READ COMMITTED');
    const { manager } = runner;
    // One instance folds a meter; the lock ends with the transaction, however that ends.
    const [lock]: { held: boolean }[] = await manager.query(
      `SELECT pg_try_advisory_xact_lock(${BACKFILL_LOCK}, hashtext($1)) AND pg_try_advisory_xact_lock_shared(${BACKFILL_LOCK}) AS held`,
      [meter.id],
    );
    const marked = lock!.held && (await markBackfilling(dataSource, meter));
    const isDone = marked && (await foldSlices(dataSource, manager, meter, options)) && (await finish(manager, meter, options));
    await (isDone ? runner.commitTransaction() : runner.rollbackTransaction());
    return isDone;
  } catch (error) {
    if (runner.isTransactionActive) await runner.rollbackTransaction();
    throw error;
  } finally {
    await runner.release();
  }
}

/** From this instant on, folds note what they fold. Whoever folds without having seen the mark is done before it is made. */
async function markBackfilling(dataSource: DataSource, meter: NewMeter): Promise<boolean> {
  return dataSource.transaction(async (manager) => {
    await manager.query(`SELECT pg_advisory_xact_lock(${FOLD_LOCK})`);
    const [marked]: [unknown[], number] = await manager.query(
      'UPDATE meter SET backfilling = true, fold_progress = 0 WHERE id = $1 AND NOT folded AND deleted_at IS NULL AND fold_attempt = $2 RETURNING id',
      [meter.id, meter.fold_attempt],
    );
    return marked.length > 0;
  });
}

/** @returns false when the meter was deleted, what was folded so far no longer holds, or the caller gives up. */
async function foldSlices(dataSource: DataSource, manager: EntityManager, meter: NewMeter, options: BackfillOptions): Promise<boolean> {
  const { id, organization_id: organizationId } = meter;
  const { signal, eventsPerSlice = EVENTS_PER_SLICE } = options;
  const [log]: { events: string; first: string | null; last: string | null }[] = await manager.query(
    'SELECT count(*) AS events, min(commit_id) AS first, max(commit_id) AS last FROM event WHERE organization_id = $1',
    [organizationId],
  );
  if (log!.first === null) return true;
  const end = (BigInt(log!.last!) + 1n).toString();
  let from = log!.first;
  for (let slice = 1; from !== end; slice += 1) {
    const [next]: { commit_id: string }[] = await manager.query(
      // The commit after the one that ends the slice: a commit is never cut.
      `SELECT commit_id FROM event WHERE organization_id = $1 AND commit_id > (
         SELECT commit_id FROM event WHERE organization_id = $1 AND commit_id >= $2 ORDER BY commit_id OFFSET $3 LIMIT 1
       ) AND commit_id < $4 ORDER BY commit_id LIMIT 1`,
      [organizationId, from, eventsPerSlice, end],
    );
    const to = next?.commit_id ?? end;
    const commits = { from, to };
    await foldEvents(manager, meter, (parameters) => [
      `e.commit_id >= ${parameters.add(commits.from, 'bigint')}`,
      `e.commit_id < ${parameters.add(commits.to, 'bigint')}`,
      NOT_PENDING,
      notNoted(parameters.add(id, 'uuid')),
    ]);
    if (signal?.aborted || !(await showProgress(dataSource, meter, (slice * eventsPerSlice) / Number(log!.events)))) return false;
    from = to;
  }
  return true;
}

/** On a connection of its own, so that it is seen at once. */
async function showProgress(dataSource: DataSource, meter: NewMeter, share: number): Promise<boolean> {
  const [updated]: [unknown[], number] = await dataSource.query(
    'UPDATE meter SET fold_progress = $3 WHERE id = $1 AND fold_attempt = $2 AND deleted_at IS NULL RETURNING id',
    [meter.id, meter.fold_attempt, Math.min(share, 0.99)],
  );
  return updated.length > 0;
}

/**
 * What was noted since, first beside the fold, and, once little is left, while no fold runs: as long as the log takes to read, as much may have come in, for
 * which nobody should wait. Then the meter is as every other.
 */
async function finish(manager: EntityManager, meter: NewMeter, options: BackfillOptions): Promise<boolean> {
  const { signal, commitsPerCatchUp = COMMITS_PER_CATCH_UP, longMs = LONG_MS } = options;
  while ((await catchUp(manager, meter, commitsPerCatchUp)) === commitsPerCatchUp) if (signal?.aborted) return false;
  await manager.query(`SELECT pg_advisory_xact_lock(${FOLD_LOCK})`);
  while ((await catchUp(manager, meter, commitsPerCatchUp)) > 0);
  // A changed definition may give a statement less than before, which no bucket of the new one tells of.
  if (meter.replaces_id !== null) await queueStatementsOfMeter(manager, meter.organization_id, meter.code);
  const [updated]: [unknown[], number] = await manager.query(
    'UPDATE meter SET folded = true, backfilling = false, fold_progress = 1 WHERE id = $1 AND fold_attempt = $2 AND deleted_at IS NULL RETURNING id',
    [meter.id, meter.fold_attempt],
  );
  await manager.query(`SELECT note_young_usage($1) WHERE clock_timestamp() - now() >= $2 * interval '1 millisecond'`, [meter.id, longMs]);
  return updated.length > 0;
}

/** Folds the oldest commits that were noted. @returns how many. */
async function catchUp(manager: EntityManager, meter: NewMeter, limit: number): Promise<number> {
  const noted: { commit_id: string }[] = await manager.query(
    'SELECT commit_id FROM meter_catch_up WHERE meter_id = $1 ORDER BY commit_id LIMIT $2',
    [meter.id, limit],
  );
  if (noted.length === 0) return 0;
  const commitIds = noted.map((commit) => commit.commit_id);
  await foldEvents(manager, meter, (parameters) => [`e.commit_id = ANY (${parameters.add(commitIds, 'bigint[]')})`]);
  await manager.query('DELETE FROM meter_catch_up WHERE meter_id = $1 AND commit_id = ANY ($2)', [meter.id, commitIds]);
  return noted.length;
}
