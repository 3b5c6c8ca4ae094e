import { Window } from '@tallymark/date-window';
import { type StatementAdjustment, type StatementAmounts, ZERO } from '@tallymark/domain';
import { parseStatementAmounts, serializeStatementAmounts, sumStatement } from '@tallymark/rating';
import type { DataSource, EntityManager } from 'typeorm';
import { type AdjustableStatement, deriveAdjustments, owesTheSame } from './adjustments.js';
import { type Billing, rateBillings } from './billable.js';
import { LATEST_INSTANT } from './events-as-of.js';
import { type ClosedBilling, type ClosedStatement, loadClosedBillings } from './statement-basis.js';
import type { UsageSource } from './usage-source.js';

/** Up to when the statements of subscriptions are closed; none for those that have no closed one. */
export async function readClosedUntil(manager: EntityManager, subscriptionIds: readonly string[]): Promise<ReadonlyMap<string, Date>> {
  const rows: { id: string; closed_until: Date | null }[] = await manager.query(
    `SELECT i.id, (SELECT s.period_to FROM statement s WHERE s.subscription_id = i.id AND s.status = 'closed' ORDER BY s.period_to DESC LIMIT 1) AS closed_until
     FROM unnest($1::uuid[]) AS i (id)`,
    [subscriptionIds],
  );
  return new Map(rows.flatMap((row) => (row.closed_until === null ? [] : [[row.id, row.closed_until] as const])));
}

/** The first instant of the oldest month whose events are kept. */
export async function readOldestKept(manager: EntityManager): Promise<Date> {
  const [row]: { oldest: string | null }[] = await manager.query(
    `SELECT to_char(min(to_date(right(child.relname, 7), 'YYYY_MM')), 'YYYY-MM-DD') AS oldest
     FROM pg_inherits JOIN pg_class child ON child.oid = inhrelid WHERE inhparent = 'event'::regclass`,
  );
  return new Date(row!.oldest ?? 0);
}

/**
 * Counts closed statements anew that a change of usage reaches, and notes those that would now say something else. The statements themselves stay as
 * they are, and so do those whose events are not all kept any more. To be called with their lock held.
 *
 * @param touched by subscription: from when on usage changed. A standing value carries on, so that all statements since are counted.
 */
export async function recountClosedStatements(manager: EntityManager, touched: ReadonlyMap<string, Date>, now: Date): Promise<void> {
  if (touched.size === 0) return;
  const statements = await readClosedSince(manager, touched);
  const closed = await loadClosedBillings(manager, statements);
  const recounts = await rateAsNow(manager, closed);
  const records = closed.map(({ statement, billing }, index) => ({
    subscription_id: statement.subscriptionId,
    period_from: statement.periodFrom,
    organization_id: billing.billable.subscription.organizationId,
    amounts: serializeStatementAmounts(recounts[index]!),
    differs: !owesTheSame(parseStatementAmounts(statement.amounts), recounts[index]!),
  }));
  await manager.query(
    `INSERT INTO statement_recount AS c (subscription_id, period_from, organization_id, amounts, as_of)
     SELECT r.subscription_id, r.period_from, r.organization_id, r.amounts, $2
     FROM jsonb_to_recordset($1) AS r (subscription_id uuid, period_from timestamptz, organization_id uuid, amounts jsonb, differs boolean)
     WHERE r.differs OR EXISTS (SELECT FROM statement_recount o WHERE o.subscription_id = r.subscription_id AND o.period_from = r.period_from)
     ON CONFLICT (subscription_id, period_from) DO UPDATE SET amounts = excluded.amounts, as_of = excluded.as_of`,
    [JSON.stringify(records), now],
  );
}

/** What is still to be adjusted for the closed statements of subscriptions; see {@link deriveAdjustments}. None for those that owe nothing more. */
export async function readAdjustments(
  manager: EntityManager,
  subscriptionIds: readonly string[],
): Promise<ReadonlyMap<string, readonly StatementAdjustment[]>> {
  if (subscriptionIds.length === 0) return new Map();
  const rows: { subscription_id: string; period_from: Date; period_to: Date; closed: unknown; recount: unknown }[] = await manager.query(
    `SELECT s.subscription_id, s.period_from, s.period_to, s.amounts AS closed, c.amounts AS recount
     FROM (SELECT subscription_id, min(period_from) AS first FROM statement_recount WHERE subscription_id = ANY ($1) GROUP BY subscription_id) AS f
     JOIN statement s ON s.subscription_id = f.subscription_id AND s.period_from >= f.first AND s.status = 'closed'
     LEFT JOIN statement_recount c ON c.subscription_id = s.subscription_id AND c.period_from = s.period_from`,
    [subscriptionIds],
  );
  const closed = new Map<string, AdjustableStatement[]>();
  const recounts = new Map<string, Map<number, StatementAmounts>>();
  for (const row of rows) {
    const { subscription_id: id, period_from: periodFrom, period_to: periodTo } = row;
    closed.set(id, [...(closed.get(id) ?? []), { periodFrom, periodTo, amounts: parseStatementAmounts(row.closed) }]);
    if (row.recount === null) continue;
    recounts.set(
      id,
      (recounts.get(id) ?? new Map<number, StatementAmounts>()).set(periodFrom.getTime(), parseStatementAmounts(row.recount)),
    );
  }
  return new Map(
    [...closed].flatMap(([id, statements]) => {
      const adjustments = deriveAdjustments(statements, recounts.get(id)!);
      return adjustments.length === 0 ? [] : [[id, adjustments] as const];
    }),
  );
}

/**
 * What closed statements would say now, adjustments apart, in order: with the subscription's end, where it was set to an earlier time since.
 *
 * @param sourceOf where to read what rests on meters that are in use.
 */
export async function rateAsNow(
  manager: EntityManager,
  closed: readonly ClosedBilling[],
  sourceOf: (billing: Billing) => UsageSource = () => 'buckets',
): Promise<StatementAmounts[]> {
  return rateClosed(
    manager,
    closed.map((one) => ({ ...one, billing: untilEnd(one.billing) })),
    // The buckets of a meter are kept up for as long as it is in use.
    (billing, one) => (one.hasDeletedMeter ? { eventsAsOf: LATEST_INSTANT } : sourceOf(billing)),
  );
}

/** What closed statements said when they closed, adjustments apart, in order: from the log as of their close. */
export async function rateAsClosed(manager: EntityManager, closed: readonly ClosedBilling[]): Promise<StatementAmounts[]> {
  return rateClosed(manager, closed, (_billing, one) => ({ eventsAsOf: one.statement.asOf }));
}

type Rated = Omit<ClosedBilling, 'billing'> & { readonly billing: Billing | null };

async function rateClosed(
  manager: EntityManager,
  closed: readonly Rated[],
  sourceOf: (billing: Billing, one: Rated) => UsageSource,
): Promise<StatementAmounts[]> {
  const amounts = new Array<StatementAmounts>(closed.length);
  const bySource = new Map<string, { readonly source: UsageSource; readonly indexes: number[] }>();
  closed.forEach((one, index) => {
    if (one.billing === null || !one.statement.basis.isBilled) {
      amounts[index] = nothingOwed(parseStatementAmounts(one.statement.amounts));
      return;
    }
    const source = sourceOf(one.billing, one);
    const key = typeof source === 'string' ? source : source.eventsAsOf.toISOString();
    const group = bySource.get(key) ?? { source, indexes: [] };
    group.indexes.push(index);
    bySource.set(key, group);
  });
  for (const { source, indexes } of bySource.values()) {
    const rated = await rateBillings(
      manager,
      indexes.map((index) => closed[index]!.billing!),
      source,
    );
    indexes.forEach((index, position) => (amounts[index] = rated[position]!));
  }
  return amounts;
}

/** A statement of the same lines on which nothing was used and nothing is owed. */
function nothingOwed({ currency, lines }: StatementAmounts): StatementAmounts {
  const unused = lines.map((line) => ({ ...line, used: ZERO, overage: ZERO, percentage: ZERO, amount: ZERO, details: [] }));
  return sumStatement({ currency, base: ZERO, lines: unused });
}

/** Null where the subscription ends before the statement begins. */
function untilEnd(billing: Billing): Billing | null {
  const { endedAt } = billing.billable.cycle;
  if (endedAt === null || endedAt >= billing.window.to) return billing;
  if (endedAt <= billing.window.from) return null;
  const window = Window.of(billing.window.from, endedAt);
  const { baseWindow = billing.window } = billing;
  return { ...billing, window, baseWindow: baseWindow === null ? null : baseWindow.intersect(window) };
}

async function readClosedSince(manager: EntityManager, touched: ReadonlyMap<string, Date>): Promise<ClosedStatement[]> {
  return manager.query(
    `SELECT s.subscription_id AS "subscriptionId", s.period_from AS "periodFrom", s.period_to AS "periodTo", s.amounts, s.as_of AS "asOf", s.basis
     FROM unnest($1::uuid[], $2::timestamptz[]) AS t (id, since)
     JOIN statement s ON s.subscription_id = t.id AND s.status = 'closed' AND s.period_to > t.since AND s.period_from >= $3 AND s.basis IS NOT NULL
     ORDER BY s.subscription_id, s.period_from`,
    [[...touched.keys()], [...touched.values()], await readOldestKept(manager)],
  );
}

/**
 * Queues the closed statements to be counted anew which events may reach without touching their subscription: where the customer no longer has a subject
 * that it had then, or a meter is no longer in use. For a job that runs once a day.
 */
export async function queueSilentRecounts(dataSource: DataSource, now: Date): Promise<void> {
  await dataSource.query(
    `INSERT INTO statement_queue (organization_id, subscription_id, touched_from, touched_to)
     SELECT s.organization_id, s.subscription_id, min(s.period_from), $1
     FROM statement s
     WHERE s.status = 'closed' AND s.period_from >= $2 AND (
       EXISTS (
         SELECT FROM jsonb_array_elements_text(s.basis -> 'subjects') AS b (subject)
         WHERE NOT EXISTS (SELECT FROM customer_subject c WHERE c.organization_id = s.organization_id AND c.subject = b.subject AND c.customer_id = s.customer_id))
       OR EXISTS (SELECT FROM jsonb_each(s.basis -> 'meters') AS b (code, meter) JOIN meter m ON m.id = (b.meter ->> 'id')::uuid WHERE m.deleted_at IS NOT NULL))
     GROUP BY s.organization_id, s.subscription_id`,
    [now, await readOldestKept(dataSource.manager)],
  );
}
