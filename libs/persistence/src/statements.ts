import { Window, billingPeriodAt, billingPeriods } from '@tallymark/date-window';
import { type StatementAmounts, formatDecimal, isCumulative, roundDecimal } from '@tallymark/domain';
import { projectRunRate } from '@tallymark/forecasting';
import { parseStatementAmounts, serializeStatementAmounts } from '@tallymark/rating';
import type { DataSource, EntityManager } from 'typeorm';
import { type Billable, type Billing, loadBillables, rateBillings } from './billable.js';
import { StatementRow } from './rows/statement-row.js';

/** Queue entries that one transaction takes: many may speak of the same subscription. */
const ENTRIES_PER_ROUND = 5_000;
/** Subscriptions that one transaction prices, so that the first is fresh before the last is begun. */
const SUBSCRIPTIONS_PER_ROUND = 200;
/** Digits behind the point of a projection, which is an estimate. */
const PROJECTION_DIGITS = 6;

/**
 * Makes the statements of subscriptions whose usage changed anew, in one transaction: claim queue entries, read, price, store.
 *
 * An instance holds a lock on each subscription while it reads and stores, so that an older reading can't overwrite a newer one.
 *
 * @returns how many subscriptions were refreshed; 0 when the queue is empty.
 */
export async function refreshQueuedStatements(dataSource: DataSource, now: Date): Promise<number> {
  return dataSource.transaction(async (manager) => {
    const entries: { id: string; subscription_id: string; touched_from: Date; touched_to: Date }[] = await manager.query(
      'SELECT id, subscription_id, touched_from, touched_to FROM statement_queue ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED',
      [ENTRIES_PER_ROUND],
    );
    if (entries.length === 0) return 0;
    const ids = [...new Set(entries.map((entry) => entry.subscription_id))].slice(0, SUBSCRIPTIONS_PER_ROUND).sort();
    const taken = entries.filter((entry) => ids.includes(entry.subscription_id));
    for (const id of ids) await manager.query(`SELECT pg_advisory_xact_lock(hashtext('tallymark.statement'), hashtext($1))`, [id]);
    const billings = (await loadBillables(manager, { ids })).flatMap((billable) => {
      const own = taken.filter((entry) => entry.subscription_id === billable.subscription.id);
      return billingsSince(billable, new Date(Math.min(...own.map((entry) => entry.touched_from.getTime()))), now);
    });
    await storeStatements(manager, billings, await rateBillings(manager, billings), now);
    await manager.query(
      'DELETE FROM statement s USING subscription b WHERE s.subscription_id = ANY ($1) AND b.id = s.subscription_id AND b.ended_at <= s.period_from',
      [ids],
    );
    await manager.query('DELETE FROM statement_queue WHERE id = ANY ($1)', [taken.map((entry) => entry.id)]);
    return ids.length;
  });
}

/** Queues the statement of every running subscription, so that periods that began since get one and projections follow the clock. */
export async function queueRunningStatements(dataSource: DataSource, now: Date): Promise<void> {
  await dataSource.query(
    `INSERT INTO statement_queue (organization_id, subscription_id, touched_from, touched_to) SELECT organization_id, id, $1, $1 FROM subscription WHERE started_at <= $1 AND (ended_at IS NULL OR ended_at > $1)`,
    [now],
  );
}

/** All periods that a change at `from` can reach: its own, and, since a gauge's value carries over, those after it up to now. */
function billingsSince(billable: Billable, from: Date, now: Date): Billing[] {
  const until = new Date(Math.max(now.getTime(), from.getTime()) + 1);
  return billingPeriods(billable.cycle, Window.of(from, until)).map((period) => ({
    billable,
    window: period.window,
    whole: period.full,
    gauges: 'latest' as const,
  }));
}

/**
 * What a subscription used and owes in the billing period that holds `now`, computed on the spot: for one whose statement has not been made yet.
 *
 * @returns null when the subscription does not run at that time.
 */
export async function computeStatement(
  manager: EntityManager,
  billable: Billable,
  now: Date,
): Promise<{ window: Window; amounts: StatementAmounts } | null> {
  const period = billingPeriodAt(billable.cycle, now);
  if (period === null) return null;
  const [amounts] = await rateBillings(manager, [{ billable, window: period.window, whole: period.full, gauges: 'latest' }]);
  return { window: period.window, amounts: amounts! };
}

/** The stored statement of the billing period that begins at an instant; null when none has been made yet. */
export async function readStatement(
  manager: EntityManager,
  subscriptionId: string,
  periodFrom: Date,
): Promise<{ amounts: StatementAmounts; asOf: Date } | null> {
  const row = await manager.findOneBy(StatementRow, { subscriptionId, periodFrom });
  return row === null ? null : { amounts: parseStatementAmounts(row.amounts), asOf: row.asOf };
}

/** Usage expected by the end of the window for each metric that adds up over time, in priced units. */
export function projectStatement(billable: Billable, amounts: StatementAmounts, window: Window, now: Date): Map<string, string> {
  const projections = new Map<string, string>();
  for (const line of amounts.lines) {
    const meter = billable.meters.get(line.meterCode);
    if (meter === undefined || !isCumulative(meter.aggregation)) continue;
    projections.set(
      line.metric,
      formatDecimal(roundDecimal(projectRunRate({ used: line.used, window, now }), PROJECTION_DIGITS, 'half_up')),
    );
  }
  return projections;
}

async function storeStatements(
  manager: EntityManager,
  billings: readonly Billing[],
  amounts: readonly StatementAmounts[],
  now: Date,
): Promise<void> {
  if (billings.length === 0) return;
  const records = billings.map(({ billable, window }, index) => ({
    subscription_id: billable.subscription.id,
    period_from: window.from,
    period_to: window.to,
    organization_id: billable.subscription.organizationId,
    customer_id: billable.subscription.customerId,
    plan_version_id: billable.planVersion.id,
    currency: amounts[index]!.currency,
    total: formatDecimal(amounts[index]!.total),
    amounts: serializeStatementAmounts(amounts[index]!),
    projections: Object.fromEntries(projectStatement(billable, amounts[index]!, window, now)),
  }));
  await manager.query(
    `INSERT INTO statement AS s (subscription_id, period_from, period_to, organization_id, customer_id, plan_version_id, status, currency, total, amounts, projections, as_of, revision)
     SELECT r.subscription_id, r.period_from, r.period_to, r.organization_id, r.customer_id, r.plan_version_id, 'open', r.currency, r.total, r.amounts, r.projections, $2, 1
     FROM jsonb_to_recordset($1) AS r (subscription_id uuid, period_from timestamptz, period_to timestamptz, organization_id uuid, customer_id uuid, plan_version_id uuid, currency text, total numeric, amounts jsonb, projections jsonb)
     ON CONFLICT (subscription_id, period_from) DO UPDATE SET period_to = excluded.period_to, plan_version_id = excluded.plan_version_id, currency = excluded.currency,
       total = excluded.total, amounts = excluded.amounts, projections = excluded.projections, as_of = excluded.as_of, revision = s.revision + 1`,
    [JSON.stringify(records), now],
  );
}
