import { Window } from '@tallymark/date-window';
import { type StatementAmounts, formatDecimal } from '@tallymark/domain';
import type { EntityManager } from 'typeorm';
import { itemsOf } from './adjustments.js';
import { type Billable, type Billing, loadBillables, rateBillings } from './billable.js';
import { billingParts } from './billing-parts.js';
import type { AddedEvent, CorrectionAtHand } from './correction-plan.js';
import type { CorrectionImpact, MetricImpact, StatementImpact } from './correction-types.js';
import { type ClosedBilling, type ClosedStatement, type StatementBasis, loadClosedBillings } from './statement-basis.js';
import { rateAsNow } from './statement-recounts.js';

/** Statements that one correction rates, before and after: folding waits meanwhile. */
export const MAX_RATED_STATEMENTS = 1_000;
/** Subscriptions that are loaded at once. */
const SUBSCRIPTIONS_PER_QUERY = 100;

/** The statements that a correction may change. */
export interface TouchedStatements {
  readonly billings: readonly Billing[];
  readonly isComplete: boolean;
  /** By key, the closed ones among them: as they closed, which is what adjusts them. Null where that is not known any more. */
  readonly closed: ReadonlyMap<string, ClosedBilling | null>;
}

const TOUCHED_SUBJECTS = `
  SELECT t.subject, min(t.occurred_at) AS "from", max(t.occurred_at) AS "to" FROM (
    SELECT e.subject, e.occurred_at FROM correction_event c
    JOIN event e ON e.shard_key = c.shard_key AND e.occurred_at = c.occurred_at AND e.identity = c.identity
    WHERE c.correction_id = $1 AND c.action = 'void'
    UNION ALL
    SELECT * FROM unnest($2::text[], $3::timestamptz[])
  ) AS t (subject, occurred_at) GROUP BY t.subject`;

/** Finds the statements of everybody whose events are about to change: those of the periods touched, and the later ones where a value carries over. */
export async function findTouchedStatements(
  manager: EntityManager,
  correction: CorrectionAtHand,
  added: readonly AddedEvent[],
  now: Date,
): Promise<TouchedStatements> {
  const touched: { subject: string; from: Date; to: Date }[] = await manager.query(TOUCHED_SUBJECTS, [
    correction.id,
    added.map((event) => event.subject),
    added.map((event) => event.occurredAt),
  ]);
  const subscriptions: { id: string; subjects: string[] }[] = await manager.query(
    `SELECT s.id, array_agg(c.subject) AS subjects FROM customer_subject c JOIN subscription s ON s.customer_id = c.customer_id
     WHERE c.organization_id = $1 AND c.subject = ANY ($2) GROUP BY s.id ORDER BY s.id`,
    [correction.organizationId, touched.map((one) => one.subject)],
  );
  const bySubject = new Map(touched.map((one) => [one.subject, one]));
  const billings: Billing[] = [];
  let next = 0;
  while (next < subscriptions.length && billings.length <= MAX_RATED_STATEMENTS) {
    const some = subscriptions.slice(next, (next += SUBSCRIPTIONS_PER_QUERY));
    const billables = await loadBillables(manager, { ids: some.map((one) => one.id) });
    for (const billable of billables.sort((a, b) => (a.subscription.id < b.subscription.id ? -1 : 1))) {
      const own = some.find((one) => one.id === billable.subscription.id)!.subjects.map((subject) => bySubject.get(subject)!);
      billings.push(...touchedBillings(billable, own, now));
    }
  }
  const some = billings.slice(0, MAX_RATED_STATEMENTS);
  return {
    billings: some,
    isComplete: next >= subscriptions.length && billings.length <= MAX_RATED_STATEMENTS,
    closed: await readClosed(manager, some),
  };
}

async function readClosed(manager: EntityManager, billings: readonly Billing[]): Promise<ReadonlyMap<string, ClosedBilling | null>> {
  const rows: (Omit<ClosedStatement, 'basis'> & { readonly basis: StatementBasis | null })[] = await manager.query(
    `SELECT s.subscription_id AS "subscriptionId", s.period_from AS "periodFrom", s.period_to AS "periodTo", s.amounts, s.as_of AS "asOf", s.basis
     FROM unnest($1::uuid[], $2::timestamptz[]) AS t (id, period_from)
     JOIN statement s ON s.subscription_id = t.id AND s.period_from = t.period_from AND s.status = 'closed'`,
    [billings.map(({ billable }) => billable.subscription.id), billings.map(({ window }) => window.from)],
  );
  const closings = await loadClosedBillings(
    manager,
    rows.flatMap(({ basis, ...row }) => (basis === null ? [] : [{ ...row, basis }])),
  );
  return new Map<string, ClosedBilling | null>([
    ...rows.map((row) => [statementKey(row.subscriptionId, row.periodFrom), null] as const),
    ...closings.map((one) => [statementKey(one.statement.subscriptionId, one.statement.periodFrom), one] as const),
  ]);
}

/** Prices them as things stand in the transaction; the closed ones by the meters and subjects that they closed with. */
export async function rateTouched(manager: EntityManager, { billings, closed }: TouchedStatements): Promise<StatementAmounts[]> {
  const closings = billings.map((billing) => closed.get(keyOf(billing)) ?? null);
  const recounts = (
    await rateAsNow(
      manager,
      closings.filter((one) => one !== null),
    )
  ).values();
  const open = billings.filter((_, index) => closings[index] === null);
  const others = (await rateBillings(manager, open)).values();
  return closings.map((one) => (one === null ? others : recounts).next().value!);
}

/** What differs, statement by statement. */
export function compareAmounts(
  touched: TouchedStatements,
  before: readonly StatementAmounts[],
  after: readonly StatementAmounts[],
): CorrectionImpact {
  const statements = touched.billings.flatMap((billing, index): StatementImpact[] => {
    const { billable, window } = billing;
    const [was, is] = [before[index]!, after[index]!];
    const metrics = compareItems(was, is);
    if (metrics.length === 0 && was.total.eq(is.total)) return [];
    return [
      {
        subscriptionId: billable.subscription.id,
        subscriptionExternalId: billable.subscription.externalId,
        periodFrom: window.from.toISOString(),
        periodTo: window.to.toISOString(),
        isClosed: touched.closed.has(keyOf(billing)),
        currency: is.currency,
        totalBefore: formatDecimal(was.total),
        totalAfter: formatDecimal(is.total),
        metrics,
      },
    ];
  });
  return { statements, isComplete: touched.isComplete };
}

/** What differs, the commitment included: where use meets it, the total does not follow the lines. */
function compareItems(before: StatementAmounts, after: StatementAmounts): MetricImpact[] {
  const earlier = new Map(itemsOf(before).map((item) => [item.key, item]));
  return itemsOf(after).flatMap(({ key, metric, name, units, amount }): MetricImpact[] => {
    const was = earlier.get(key)!;
    if (was.units.eq(units) && was.amount.eq(amount)) return [];
    return [
      {
        metric,
        name,
        unitsBefore: formatDecimal(was.units),
        unitsAfter: formatDecimal(units),
        amountBefore: formatDecimal(was.amount),
        amountAfter: formatDecimal(amount),
      },
    ];
  });
}

function touchedBillings(billable: Billable, touched: readonly { readonly from: Date; readonly to: Date }[], now: Date): Billing[] {
  const from = new Date(Math.min(...touched.map((one) => one.from.getTime())));
  const last = Math.max(...touched.map((one) => one.to.getTime()));
  const until = new Date((carriesOver(billable) ? Math.max(last, now.getTime()) : last) + 1);
  return billingParts(billable, Window.of(from, until)).map((part) => ({
    billable,
    planVersion: part.planVersion,
    window: part.window,
    whole: part.whole,
    baseWindow: part.baseWindow,
    gauges: 'latest' as const,
  }));
}

/** Whether what was used in one period can show in a later one. */
function carriesOver({ meters }: Billable): boolean {
  return [...meters.values()].some((meter) => meter.recurring || meter.aggregation === 'latest');
}

function keyOf({ billable, window }: Billing): string {
  return statementKey(billable.subscription.id, window.from);
}

function statementKey(subscriptionId: string, periodFrom: Date): string {
  return `${subscriptionId} ${periodFrom.toISOString()}`;
}
