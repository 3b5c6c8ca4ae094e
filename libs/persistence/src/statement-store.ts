import type { Window } from '@tallymark/date-window';
import { type StatementAmounts, formatDecimal } from '@tallymark/domain';
import { serializeStatementAmounts } from '@tallymark/rating';
import type { EntityManager } from 'typeorm';
import type { Billable } from './billable.js';
import { newId } from './ids.js';
import { projectStatement } from './project-statement.js';

/** A statement as it was just made. */
export interface MadeStatement {
  readonly billable: Billable;
  readonly planVersionId: string;
  readonly window: Window;
  readonly whole: Window;
  readonly amounts: StatementAmounts;
}

/** Members of a made statement as columns. */
export const MADE_COLUMNS = `id uuid, subscription_id uuid, period_from timestamptz, period_to timestamptz, organization_id uuid, customer_id uuid, plan_version_id uuid,
  billing_period_from timestamptz, billing_period_to timestamptz, currency text, total numeric, amounts jsonb, projections jsonb`;

/** What {@link MADE_COLUMNS} reads. The id is for a statement that is new; one that is written over keeps its own. */
export function recordOf({ billable, planVersionId, window, whole, amounts }: MadeStatement, now: Date): object {
  return {
    id: newId(now),
    subscription_id: billable.subscription.id,
    period_from: window.from,
    period_to: window.to,
    organization_id: billable.subscription.organizationId,
    customer_id: billable.subscription.customerId,
    plan_version_id: planVersionId,
    billing_period_from: whole.from,
    billing_period_to: whole.to,
    currency: amounts.currency,
    total: formatDecimal(amounts.total),
    amounts: serializeStatementAmounts(amounts),
    projections: Object.fromEntries(projectStatement(billable, amounts, window, now)),
  };
}

/**
 * Keeps what statements said at the end of an earlier UTC day, where that is not what they said at the end of the last one kept: `r` holds the keys of
 * those that are about to be written over, with the new `as_of`. Days are those of `as_of`: while the fold is behind, and it stands still, a statement is
 * written over many times and kept once.
 */
export const KEEP_VERSIONS = `
  INSERT INTO statement_version (subscription_id, period_from, revision, organization_id, period_to, plan_version_id, status, total, amounts, as_of)
  SELECT s.subscription_id, s.period_from, s.revision, s.organization_id, s.period_to, s.plan_version_id, s.status, s.total, s.amounts, s.as_of
  FROM r JOIN statement s ON s.subscription_id = r.subscription_id AND s.period_from = r.period_from
  WHERE s.status <> 'closed' AND s.as_of < date_trunc('day', r.as_of, 'UTC')
    AND s.amounts IS DISTINCT FROM (
      SELECT v.amounts FROM statement_version v WHERE v.subscription_id = s.subscription_id AND v.period_from = s.period_from ORDER BY v.revision DESC LIMIT 1)
  ON CONFLICT DO NOTHING`;

const STORE = `
  WITH r AS MATERIALIZED (SELECT * FROM jsonb_to_recordset($1) AS r (${MADE_COLUMNS}, as_of timestamptz)), kept AS (${KEEP_VERSIONS})
  INSERT INTO statement AS s (id, subscription_id, period_from, period_to, organization_id, customer_id, plan_version_id, billing_period_from, billing_period_to,
    status, currency, total, amounts, projections, as_of, revision)
  SELECT r.id, r.subscription_id, r.period_from, r.period_to, r.organization_id, r.customer_id, r.plan_version_id, r.billing_period_from, r.billing_period_to,
    CASE WHEN r.period_to <= $2::timestamptz THEN 'grace' ELSE 'open' END, r.currency, r.total, r.amounts, r.projections, r.as_of, 1
  FROM r
  ON CONFLICT (subscription_id, period_from) DO UPDATE SET period_to = excluded.period_to, plan_version_id = excluded.plan_version_id,
    billing_period_from = excluded.billing_period_from, billing_period_to = excluded.billing_period_to, status = excluded.status, currency = excluded.currency,
    total = excluded.total, amounts = excluded.amounts, projections = excluded.projections, as_of = excluded.as_of, revision = s.revision + 1
  WHERE s.status <> 'closed'`;

/**
 * Writes statements that are not closed, over those of the same beginning.
 *
 * @param asOf by organization: up to when the usage is complete that they were made from.
 */
export async function storeStatements(
  manager: EntityManager,
  made: readonly MadeStatement[],
  now: Date,
  asOf: ReadonlyMap<string, Date>,
): Promise<void> {
  if (made.length === 0) return;
  const records = made.map((one) => ({ ...recordOf(one, now), as_of: asOf.get(one.billable.subscription.organizationId) }));
  await manager.query(STORE, [JSON.stringify(records), now]);
}

/** Forgets what statements said, and which commits came late, before an instant: the start of what is kept. */
export async function dropOldVersions(manager: EntityManager, before: Date): Promise<void> {
  await manager.query('DELETE FROM statement_version WHERE as_of < $1', [before]);
  await manager.query('DELETE FROM late_commit WHERE counted_after < $1', [before]);
}
