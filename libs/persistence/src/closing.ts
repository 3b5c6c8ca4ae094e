import type { DataSource, EntityManager } from 'typeorm';
import { readAtCutoff } from './close-cutoff.js';
import { type ClosePlan, type Closing, planClosings } from './closing-plan.js';
import { loadBillables } from './billable.js';
import { workInHalves } from './set-aside.js';
import { lockStatements } from './statement-lock.js';
import { KEEP_VERSIONS, MADE_COLUMNS, recordOf } from './statement-store.js';
import { billingPartAt } from './billing-parts.js';

/** Hours for which late events still change a statement, where the organization has not said otherwise. */
export const DEFAULT_GRACE_HOURS = 72;
/** Statements that one cut-off is chosen for. */
const STATEMENTS_PER_ROUND = 500;
/** Statements that one transaction closes. */
const STATEMENTS_PER_COMMIT = 100;

/** Failures that the job's record tells of; the log has all. */
const FAILURES_TOLD = 5;

/** A statement whose grace is over. */
export interface DueStatement {
  readonly subscriptionId: string;
  readonly periodFrom: Date;
  readonly periodTo: Date;
  readonly organizationId: string;
}

/**
 * Statements whose grace is over, of each subscription only the earliest that is not closed, and only once everything received in its grace is folded,
 * for every meter that its plan asks. Periods from before a subscription was created have their grace from then on, so that history can be sent in.
 */
const DUE = `
  WITH o AS MATERIALIZED (
    SELECT id, $1::timestamptz - coalesce((settings ->> 'statement_grace_hours')::numeric, ${DEFAULT_GRACE_HOURS}) * interval '1 hour' AS due_to,
      coalesce((settings ->> 'statement_grace_hours')::numeric, ${DEFAULT_GRACE_HOURS}) * interval '1 hour' AS grace,
      (SELECT timestamptz 'epoch' + (min(p.commit_id) >> 20) * interval '1 millisecond' FROM ingest_commit p WHERE p.organization_id = organization.id) AS oldest_pending
    FROM organization
  )
  SELECT s.subscription_id AS "subscriptionId", s.period_from AS "periodFrom", s.period_to AS "periodTo", s.organization_id AS "organizationId"
  FROM statement s JOIN o ON o.id = s.organization_id JOIN subscription b ON b.id = s.subscription_id
  WHERE s.status <> 'closed' AND s.period_to <= $1 AND greatest(s.period_to, b.created_at) <= o.due_to
    AND (o.oldest_pending IS NULL OR o.oldest_pending >= greatest(s.period_to, b.created_at) + o.grace)
    AND NOT EXISTS (SELECT FROM statement e WHERE e.subscription_id = s.subscription_id AND e.period_from < s.period_from AND e.status <> 'closed')
    AND NOT EXISTS (
      SELECT FROM plan_version v CROSS JOIN LATERAL jsonb_array_elements(v.charges) AS c (charge)
      JOIN meter m ON m.organization_id = s.organization_id AND m.code = c.charge ->> 'meterCode' AND m.deleted_at IS NULL AND NOT m.folded
      WHERE v.id = s.plan_version_id)
    AND ($2::timestamptz IS NULL OR (s.period_to, s.subscription_id, s.period_from) > ($2, $3, $4))
  ORDER BY s.period_to, s.subscription_id, s.period_from LIMIT $5`;

/** Those that are being made anew at the moment are passed over: whoever makes them says so too, and waiting could deadlock. */
const BEGIN_GRACE = `
  UPDATE statement SET status = 'grace'
  WHERE (subscription_id, period_from) IN (
    SELECT subscription_id, period_from FROM statement WHERE status = 'open' AND period_to <= $1 FOR UPDATE SKIP LOCKED)`;

/**
 * Closes every statement whose grace is over: with what was received before a cut-off that is chosen now, for good. Statements whose period is over, and
 * grace is not, are said to be in grace. Any number of instances may run at once.
 *
 * @returns how many were closed.
 * @throws AggregateError after all others were closed, where some could not be.
 */
export async function closeDueStatements(dataSource: DataSource, now: Date): Promise<number> {
  await dataSource.query(BEGIN_GRACE, [now]);
  let closed = 0;
  const failures: Error[] = [];
  for (let last: DueStatement | undefined; ;) {
    const due: DueStatement[] = await dataSource.query(DUE, [
      now,
      last?.periodTo ?? null,
      last?.subscriptionId ?? null,
      last?.periodFrom ?? null,
      STATEMENTS_PER_ROUND,
    ]);
    last = due.at(-1);
    if (last === undefined) break;
    const rounds = await workInHalves(
      due,
      (some) => closeRound(dataSource, some, now),
      (statement, error) => failures.push(failureOf(statement, error)),
    );
    for (const count of rounds) closed += count;
  }
  if (failures.length === 0) return closed;
  const some = failures.slice(0, FAILURES_TOLD).map((failure) => failure.message);
  throw new AggregateError(failures, `${failures.length} statements could not be closed, ${closed} were; ${some.join('; ')}`);
}

async function closeRound(dataSource: DataSource, due: readonly DueStatement[], now: Date): Promise<number> {
  const organizationIds = [...new Set(due.map((statement) => statement.organizationId))];
  const plan = await readAtCutoff(dataSource, organizationIds, now, (manager, cutoffs) => planClosings(manager, due, cutoffs));
  return carryOut(dataSource, plan, now);
}

function failureOf({ organizationId, subscriptionId, periodFrom }: DueStatement, cause: unknown): Error {
  const statement = `subscription ${subscriptionId} of organization ${organizationId} from ${periodFrom.toISOString()}`;
  return new Error(`${statement}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
}

async function carryOut(dataSource: DataSource, { closings, incomplete }: ClosePlan, now: Date): Promise<number> {
  let closed = 0;
  for (let start = 0; start < closings.length; start += STATEMENTS_PER_COMMIT) {
    const chunk = closings.slice(start, start + STATEMENTS_PER_COMMIT);
    closed += await dataSource.transaction((manager) => closeStatements(manager, chunk, now));
  }
  if (incomplete.length > 0) await queueRefreshes(dataSource.manager, incomplete, now);
  return closed;
}

async function closeStatements(manager: EntityManager, closings: readonly Closing[], now: Date): Promise<number> {
  const ids = closings.map((closing) => closing.made.billable.subscription.id);
  await lockStatements(manager, ids);
  const billables = new Map((await loadBillables(manager, { ids })).map((billable) => [billable.subscription.id, billable]));
  const going = closings.filter(({ made: { billable, window, planVersionId }, basis }) => {
    const part = billingPartAt(billables.get(billable.subscription.id)!, window.from);
    if (basis !== null && !basis.isBilled) return part === null;
    // The subscription may have been changed while it was priced; then its statements are cut anew first.
    return part !== null && part.window.equals(window) && part.planVersion.id === planVersionId;
  });
  const records = going.map((closing) => ({
    ...recordOf(closing.made, now),
    as_of: closing.asOf,
    basis: closing.basis,
    revision: closing.revision,
  }));
  const rows: { subscription_id: string; period_from: Date; overtaken: boolean; organization_id: string }[] = await manager.query(CLOSE, [
    JSON.stringify(records),
    now,
  ]);
  const overtaken = rows.filter((row) => row.overtaken);
  await queueRefreshes(
    manager,
    overtaken.map((row) => ({ organizationId: row.organization_id, subscriptionId: row.subscription_id, from: row.period_from })),
    now,
  );
  return rows.length;
}

/** `overtaken`: it was refreshed since it was read to be closed. What came in between is not in it, and the refresh took it for done. */
const CLOSE = `
  WITH r AS MATERIALIZED (SELECT * FROM jsonb_to_recordset($1) AS r (${MADE_COLUMNS}, as_of timestamptz, basis jsonb, revision integer)), kept AS (${KEEP_VERSIONS}),
  before AS (
    SELECT s.subscription_id, s.period_from, s.revision FROM r JOIN statement s ON s.subscription_id = r.subscription_id AND s.period_from = r.period_from
  ), closed AS (
    UPDATE statement s SET status = 'closed', closed_at = $2, as_of = r.as_of, period_to = r.period_to, plan_version_id = r.plan_version_id,
      billing_period_from = r.billing_period_from, billing_period_to = r.billing_period_to, currency = r.currency, total = r.total, amounts = r.amounts,
      projections = r.projections, basis = nullif(r.basis, 'null'), revision = s.revision + 1
    FROM r WHERE s.subscription_id = r.subscription_id AND s.period_from = r.period_from AND s.status <> 'closed'
    RETURNING s.subscription_id, s.period_from, s.organization_id, r.revision AS read_revision
  )
  SELECT c.subscription_id, c.period_from, c.organization_id, b.revision <> c.read_revision AS overtaken
  FROM closed c JOIN before b ON b.subscription_id = c.subscription_id AND b.period_from = c.period_from`;

/** Asks for the statements of subscriptions from an instant on to be made anew. */
async function queueRefreshes(
  manager: EntityManager,
  refreshes: readonly { readonly organizationId: string; readonly subscriptionId: string; readonly from: Date }[],
  now: Date,
): Promise<void> {
  if (refreshes.length === 0) return;
  await manager.query(
    `INSERT INTO statement_queue (organization_id, subscription_id, touched_from, touched_to)
     SELECT o, s, f, $4 FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[]) AS q (o, s, f)`,
    [refreshes.map((one) => one.organizationId), refreshes.map((one) => one.subscriptionId), refreshes.map((one) => one.from), now],
  );
  await manager.query(`SELECT pg_notify('tallymark_statement', '')`);
}
