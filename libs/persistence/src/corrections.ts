import type { DataSource, EntityManager } from 'typeorm';
import { restartBackfills } from './backfill.js';
import { correctionInstant } from './close-cutoff.js';
import {
  type CorrectionExtent,
  changeEvents,
  changesNothing,
  findLaterCorrection,
  measureCorrection,
  restoreEvents,
} from './correction-events.js';
import { compareAmounts, findTouchedStatements, rateTouched } from './correction-impact.js';
import { type CorrectionAtHand, planCorrection } from './correction-plan.js';
import { refoldCorrected } from './correction-refold.js';
import { CorrectionRefusal } from './correction-refusal.js';
import { readCorrectionRequest } from './correction-request.js';
import type { CorrectionFailure, CorrectionImpact, CorrectionTask } from './correction-types.js';
import { createCommitIds } from './event-identity.js';
import { FOLD_LOCK } from './fold-lock.js';
import { CorrectionRow } from './rows/correction-row.js';
import { isTransient, sqlStateOf } from './sql-state.js';

/** What one step did. */
export interface PerformedCorrection {
  readonly id: string;
  readonly task: CorrectionTask;
  readonly failure: CorrectionFailure | null;
  /** What was thrown, for the log, where the fault is ours. */
  readonly error: unknown;
}

interface Outcome {
  readonly impact: CorrectionImpact;
  readonly extent: CorrectionExtent;
}

/** Ends the inner transaction of a dry run. */
class DryRunDone extends Error {
  constructor(readonly outcome: Outcome) {
    super('the dry run is done');
  }
}

/** Class 53: disk, memory, limits. It may pass, or be what the correction itself takes. */
const SHORTAGE = /^53/;
/** Times that a correction may run out of something, here, before that counts as its own. */
const SHORTAGES_ENDURED = 5;
/** By correction, how often it has run out of something without having been recorded as failed. */
const shortages = new Map<string, number>();

const nextCommitId = createCommitIds(Math.random());

/**
 * Does the oldest task that is asked of a correction and that no other instance is doing: tries it, applies it or takes it back, all or nothing.
 *
 * It holds the fold lock alone, so that corrections and folds come one after another. What it refuses is written to the correction's record.
 *
 * @returns null when nothing is asked.
 * @throws the driver's error when PostgreSQL can't be reached, or has no room, which is endured a few times; nothing has happened then.
 */
export async function performCorrection(dataSource: DataSource, clock: () => Date): Promise<PerformedCorrection | null> {
  const performed = await dataSource.transaction(async (manager) => {
    const [claimed]: { id: string }[] = await manager.query(
      'SELECT id FROM correction WHERE task IS NOT NULL ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED',
    );
    if (claimed === undefined) return null;
    const row = await manager.findOneByOrFail(CorrectionRow, { id: claimed.id });
    const task = row.task!;
    await manager.query(`SELECT pg_advisory_xact_lock(${FOLD_LOCK})`);
    const now = await correctionInstant(manager, row.organizationId, clock());
    const { failure, error } = await tryTask(manager, row, task, now);
    await manager.query(
      `UPDATE correction SET task = NULL, task_by = NULL, failure = $2, status = CASE WHEN $2::jsonb IS NOT NULL AND status = 'pending' THEN 'failed' ELSE status END WHERE id = $1`,
      [row.id, failure === null ? null : JSON.stringify(failure)],
    );
    return { id: row.id, task, failure, error };
  });
  // Kept until then: where there is no room for the record of the failure either, the next attempt is not the first.
  if (performed !== null) shortages.delete(performed.id);
  return performed;
}

/** @returns why it was refused; null when it was done. What is not done leaves nothing behind. */
async function tryTask(
  manager: EntityManager,
  row: CorrectionRow,
  task: CorrectionTask,
  now: Date,
): Promise<{ failure: CorrectionFailure | null; error: unknown }> {
  try {
    await manager.transaction((inner) => perform(inner, row, task, now));
    return { failure: null, error: null };
  } catch (error) {
    if (isTransient(error) && !isLastShortage(row.id, error)) throw error;
    const refusal = error instanceof CorrectionRefusal ? error : refusalByFault(error);
    const failure = { task, code: refusal.code, message: refusal.message, correctionId: refusal.correctionId };
    return { failure, error: refusal.code === 'internal' ? error : null };
  }
}

async function perform(manager: EntityManager, row: CorrectionRow, task: CorrectionTask, now: Date): Promise<void> {
  if (task === 'revert') {
    if (row.status === 'applied') await revert(manager, row, now);
    return;
  }
  if (row.status !== 'pending' && row.status !== 'proposed') return;
  const correction = { id: row.id, organizationId: row.organizationId, request: readCorrectionRequest(row.kind, row.request) };
  if (task === 'dry_run') {
    const outcome = await rehearse(manager, correction, now);
    await manager.query(`UPDATE correction SET status = 'proposed', dry_run_at = $2, dry_run_hash = $3 WHERE id = $1`, [
      row.id,
      now,
      outcome.extent.hash,
    ]);
    await recordOutcome(manager, row.id, outcome);
    return;
  }
  const outcome = await apply(manager, correction, now);
  if (row.dryRunHash !== null && row.dryRunHash !== outcome.extent.hash)
    throw new CorrectionRefusal('outdated', 'the events that it takes out are others than at the dry run; make a new one');
  await manager.query(`UPDATE correction SET status = 'applied', applied_at = $2, applied_by = task_by WHERE id = $1`, [row.id, now]);
  await recordOutcome(manager, row.id, outcome);
  await tellOthers(manager, row.organizationId);
}

/** What applying it would change: applied, priced and rolled back. */
async function rehearse(manager: EntityManager, correction: CorrectionAtHand, now: Date): Promise<Outcome> {
  try {
    return await manager.transaction(async (inner) => {
      throw new DryRunDone(await apply(inner, correction, now));
    });
  } catch (error) {
    if (error instanceof DryRunDone) return error.outcome;
    throw error;
  }
}

async function apply(manager: EntityManager, correction: CorrectionAtHand, now: Date): Promise<Outcome> {
  const plan = await planCorrection(manager, correction);
  const extent = await measureCorrection(manager, correction.id);
  if (extent.times === null)
    throw new CorrectionRefusal('changes_nothing', 'there is no event in the window, and none is given in exchange');
  const touched = await findTouchedStatements(manager, correction, plan.added, now);
  const before = await rateTouched(manager, touched);
  await changeEvents(manager, correction, plan, { times: extent.times, commitId: nextCommitId(now) });
  if (await changesNothing(manager, plan)) throw new CorrectionRefusal('changes_nothing', 'the event reads like that already');
  await refoldCorrected(manager, correction.id, extent.times);
  // Statements whose meters have been replaced are priced from the log, which asks when a correction was applied.
  await manager.query('UPDATE correction SET applied_at = $2 WHERE id = $1', [correction.id, now]);
  return { extent, impact: compareAmounts(touched, before, await rateTouched(manager, touched)) };
}

async function revert(manager: EntityManager, row: CorrectionRow, now: Date): Promise<void> {
  const later = await findLaterCorrection(manager, row.id);
  if (later !== null)
    throw new CorrectionRefusal(
      'corrected_since',
      `correction ${later} was applied later and builds on this one; revert that one first`,
      later,
    );
  const extent = await measureCorrection(manager, row.id);
  const restored = extent.times === null ? 0 : await restoreEvents(manager, row.id, extent.times);
  if (extent.times === null || restored !== row.voidedEvents! + row.addedEvents!)
    throw new CorrectionRefusal(
      'past_retention',
      `${restored} of the ${row.voidedEvents! + row.addedEvents!} events that it took out and put in are still kept; all are needed to take it back`,
    );
  await refoldCorrected(manager, row.id, extent.times);
  await manager.query(`UPDATE correction SET status = 'reverted', reverted_at = $2, reverted_by = task_by WHERE id = $1`, [row.id, now]);
  await tellOthers(manager, row.organizationId);
}

async function tellOthers(manager: EntityManager, organizationId: string): Promise<void> {
  await restartBackfills(manager, organizationId);
  await manager.query(`SELECT pg_notify('tallymark_statement', ''), pg_notify('tallymark_meter', '')`);
}

async function recordOutcome(manager: EntityManager, id: string, { impact, extent }: Outcome): Promise<void> {
  await manager.query(
    `UPDATE correction SET impact = $2, voided_events = $3, added_events = $4, touched_from = $5, touched_to = $6 WHERE id = $1`,
    [id, JSON.stringify(impact), extent.voided, extent.added, extent.times?.from ?? null, extent.times?.to ?? null],
  );
}

/** SQLSTATE classes 22 (data) and 23 (integrity): what is asked for can't be kept, now or later. */
const REFUSED_BY_DATABASE = /^2[23]/;

/** A task that fails for good must not be tried for ever: those behind it would wait. */
function refusalByFault(error: unknown): CorrectionRefusal {
  const code = sqlStateOf(error);
  return REFUSED_BY_DATABASE.test(code)
    ? new CorrectionRefusal('not_storable', `the database refuses the events (SQLSTATE ${code}); check their numbers and times`)
    : new CorrectionRefusal('internal', 'a fault of ours; it is in the log of billing-calc under the id of the correction');
}

function isLastShortage(id: string, error: unknown): boolean {
  if (!SHORTAGE.test(sqlStateOf(error))) return false;
  const count = (shortages.get(id) ?? 0) + 1;
  shortages.set(id, count);
  return count >= SHORTAGES_ENDURED;
}
