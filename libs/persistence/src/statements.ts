import { Window, billingPeriodAt } from '@tallymark/date-window';
import { type StatementAdjustment, type StatementAmounts, ZERO } from '@tallymark/domain';
import { parseStatementAmounts, sumStatement } from '@tallymark/rating';
import type { DataSource, EntityManager } from 'typeorm';
import { type Billable, type Billing, loadBillables, rateBillings } from './billable.js';
import { billingPartAt, billingParts, planVersionAt } from './billing-parts.js';
import type { PreparedStatement, Read } from './read-batch.js';
import { queueSilentStatements } from './meter-statements.js';
import { type SetAside, workInHalves } from './set-aside.js';
import { isTransient } from './sql-state.js';
import { readStatementsAsOf } from './statement-as-of.js';
import { lockStatements } from './statement-lock.js';
import { readAdjustments, readClosedUntil, recountClosedStatements } from './statement-recounts.js';
import { type MadeStatement, storeStatements } from './statement-store.js';

/** Queue entries that one transaction takes: many may speak of the same subscription. */
const ENTRIES_PER_ROUND = 5_000;
/** Subscriptions that one transaction prices, so that the first is fresh before the last is begun. */
const SUBSCRIPTIONS_PER_ROUND = 200;
/** About the most statements that one transaction makes: a daily subscription that began years ago has thousands. */
const STATEMENTS_PER_ROUND = 2_000;

interface QueueEntry {
  readonly id: string;
  readonly organization_id: string;
  readonly subscription_id: string;
  readonly touched_from: Date;
}

const claimOf = (condition: string): string =>
  `SELECT id, organization_id, subscription_id, touched_from FROM statement_queue WHERE ${condition} ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED`;
const CLAIM_OLDEST = claimOf('subscription_id <> ALL ($2::uuid[])');
const CLAIM_THESE = claimOf('subscription_id = ANY ($2::uuid[])');

/**
 * Makes the statements of subscriptions whose usage changed anew, in one transaction: claim queue entries, read, price, store. What changed in periods
 * that are closed becomes adjustments on the earliest statement that is not.
 *
 * An instance holds a lock on each subscription while it reads and stores, so that an older reading can't overwrite a newer one.
 *
 * @param aside takes the subscriptions whose statements can't be made, which stay queued, while the others' are; without it one of them makes the round
 *   throw.
 * @returns how many subscriptions were refreshed; 0 when the queue is empty, or holds none that can be.
 */
export async function refreshQueuedStatements(dataSource: DataSource, now: Date, aside?: SetAside): Promise<number> {
  let claimed: ReadonlyMap<string, QueueEntry> = new Map();
  const refresh = (condition: string, ids: readonly string[]): Promise<number> =>
    dataSource.transaction(async (manager) => {
      const entries: QueueEntry[] = await manager.query(condition, [ENTRIES_PER_ROUND, ids]);
      claimed = new Map(entries.map((entry) => [entry.subscription_id, entry]));
      return refreshEntries(manager, entries, now);
    });
  try {
    return await refresh(
      CLAIM_OLDEST,
      (aside?.items() ?? []).map((item) => item.id),
    );
  } catch (error) {
    if (aside === undefined || claimed.size === 0 || isTransient(error)) throw error;
    const refreshed = await workInHalves(
      [...claimed.values()].slice(0, SUBSCRIPTIONS_PER_ROUND),
      (some) =>
        refresh(
          CLAIM_THESE,
          some.map((entry) => entry.subscription_id),
        ),
      ({ organization_id: organizationId, subscription_id: id }, failure) => aside.add({ organizationId, id }, failure),
    );
    return refreshed.reduce((sum, count) => sum + count, 0);
  }
}

async function refreshEntries(manager: EntityManager, entries: readonly QueueEntry[], now: Date): Promise<number> {
  if (entries.length === 0) return 0;
  const ids = new Set([...new Set(entries.map((entry) => entry.subscription_id))].slice(0, SUBSCRIPTIONS_PER_ROUND));
  const touched = new Map<string, Date>();
  for (const { subscription_id: id, touched_from: from } of entries) {
    if (!ids.has(id)) continue;
    const earlier = touched.get(id);
    touched.set(id, earlier === undefined || from < earlier ? from : earlier);
  }
  await lockStatements(manager, [...ids]);
  for (const id of await refreshStatements(manager, touched, now)) ids.delete(id);
  const done = entries.filter((entry) => ids.has(entry.subscription_id));
  await manager.query('DELETE FROM statement_queue WHERE id = ANY ($1)', [done.map((entry) => entry.id)]);
  return ids.size;
}

/**
 * Queues the statement of every running subscription, so that periods that began since get one and projections follow the clock. Where periods were
 * left without a statement, while nothing ran, they are queued too; and so are statements that events may reach unnoticed.
 */
export async function queueRunningStatements(dataSource: DataSource, now: Date): Promise<void> {
  await dataSource.query(
    `INSERT INTO statement_queue (organization_id, subscription_id, touched_from, touched_to)
     SELECT b.organization_id, b.id, least($1, coalesce(made.until, b.started_at)), $1
     FROM subscription b
     LEFT JOIN LATERAL (SELECT s.period_to AS until FROM statement s WHERE s.subscription_id = b.id ORDER BY s.period_from DESC LIMIT 1) AS made ON true
     WHERE b.started_at <= $1 AND (b.ended_at IS NULL OR b.ended_at > $1)`,
    [now],
  );
  await queueSilentStatements(dataSource);
}

/**
 * @param touched by subscription: from when on its usage or its terms changed.
 * @returns subscriptions that are left for another round.
 */
async function refreshStatements(manager: EntityManager, touched: ReadonlyMap<string, Date>, now: Date): Promise<readonly string[]> {
  const ids = [...touched.keys()];
  const closedUntil = await readClosedUntil(manager, ids);
  const billables = new Map((await loadBillables(manager, { ids })).map((billable) => [billable.subscription.id, billable]));
  const organizationIds = [...billables.values()].map(({ subscription }) => subscription.organizationId);
  // Before any usage is read.
  const asOf = await readStatementsAsOf(manager, organizationIds, now);
  // In the order of the queue, so that what is left is first next time.
  const refreshables = [...touched].flatMap(([id, touchedFrom]): Refreshable[] => {
    const billable = billables.get(id);
    return billable === undefined ? [] : [{ billable, closedUntil: closedUntil.get(id) ?? null, touchedFrom, now }];
  });
  const { planned, left } = planBillings(refreshables);
  const idsPlanned = planned.map(({ billable }) => billable.subscription.id);
  const reached = planned.filter((one) => one.closedUntil !== null && one.touchedFrom < one.closedUntil);
  await recountClosedStatements(manager, new Map(reached.map((one) => [one.billable.subscription.id, one.touchedFrom])), now);
  const adjustments = await readAdjustments(
    manager,
    idsPlanned.filter((id) => closedUntil.has(id)),
  );
  const refreshes = planned.map((one): Refresh => ({ ...one, adjustments: adjustments.get(one.billable.subscription.id) ?? [] }));
  const billed = refreshes.flatMap((refresh) => refresh.billings.map((billing) => ({ refresh, billing })));
  const amounts = await rateBillings(
    manager,
    billed.map(({ billing }) => billing),
  );
  const made = billed.map(({ refresh, billing }, index) => withAdjustments(refresh, billing, amounts[index]!));
  for (const refresh of refreshes) made.push(...(await adjustEnded(manager, refresh)));
  await dropStaleStatements(manager, refreshes, made);
  await storeStatements(manager, made, now, asOf);
  return left.map(({ billable }) => billable.subscription.id);
}

/** As many as one round makes statements of, at least one. */
function planBillings(refreshables: readonly Refreshable[]): { planned: Planned[]; left: readonly Refreshable[] } {
  const planned: Planned[] = [];
  let count = 0;
  for (const [index, one] of refreshables.entries()) {
    if (count >= STATEMENTS_PER_ROUND) return { planned, left: refreshables.slice(index) };
    const billings = billingsSince(one);
    count += billings.length;
    planned.push({ ...one, billings });
  }
  return { planned, left: [] };
}

interface Refreshable {
  readonly billable: Billable;
  /** Null where none of its statements is closed. */
  readonly closedUntil: Date | null;
  readonly touchedFrom: Date;
  readonly now: Date;
}

type PartBilling = Billing & Required<Pick<Billing, 'whole'>>;

interface Planned extends Refreshable {
  readonly billings: readonly PartBilling[];
}

interface Refresh extends Planned {
  /** What is owed for closed statements. */
  readonly adjustments: readonly StatementAdjustment[];
}

/** All parts of periods that a change can reach and that are not closed: its own, and, since a gauge's value carries over, those after it up to now. */
function billingsSince({ billable, closedUntil, touchedFrom, now }: Refreshable): PartBilling[] {
  const from = closedUntil === null || touchedFrom > closedUntil ? touchedFrom : closedUntil;
  const until = new Date(Math.max(now.getTime(), from.getTime()) + 1);
  return billingParts(billable, Window.of(from, until))
    .filter((part) => closedUntil === null || part.window.from >= closedUntil)
    .map((part) => ({ billable, ...part, gauges: 'latest' as const }));
}

/** The earliest statement that is not closed bears the adjustments of those that are. */
function withAdjustments(
  { billable, closedUntil, adjustments }: Refresh,
  { planVersion, window, whole }: PartBilling,
  amounts: StatementAmounts,
): MadeStatement {
  const bears = closedUntil !== null && window.from.getTime() === closedUntil.getTime();
  return { billable, planVersionId: planVersion.id, window, whole, amounts: bears ? sumStatement({ ...amounts, adjustments }) : amounts };
}

/** A subscription that has ended, and has no statement left to bear adjustments, gets one of adjustments alone, in the period in which they are noticed. */
async function adjustEnded(manager: EntityManager, { billable, closedUntil, adjustments, now }: Refresh): Promise<MadeStatement[]> {
  if (closedUntil === null || adjustments.length === 0 || billingPartAt(billable, closedUntil) !== null) return [];
  const { currency, id: planVersionId } = planVersionAt(billable, closedUntil);
  const [begun]: { period_from: Date; period_to: Date }[] = await manager.query(
    `SELECT period_from, period_to FROM statement WHERE subscription_id = $1 AND status <> 'closed' AND period_from >= $2 ORDER BY period_from LIMIT 1`,
    [billable.subscription.id, closedUntil],
  );
  const whole = billingPeriodAt({ ...billable.cycle, endedAt: null }, now)!.full;
  const window = begun
    ? Window.of(begun.period_from, begun.period_to)
    : Window.of(new Date(Math.max(whole.fromMs, closedUntil.getTime())), whole.to);
  return [{ billable, planVersionId, window, whole, amounts: sumStatement({ currency, base: ZERO, lines: [], adjustments }) }];
}

/** Removes what is no statement any more: of periods after an end that was set to an earlier time, and of parts that are cut otherwise since. */
async function dropStaleStatements(manager: EntityManager, refreshes: readonly Refresh[], made: readonly MadeStatement[]): Promise<void> {
  const records = refreshes.map(({ billable, now }) => {
    const own = made.filter((one) => one.billable === billable).map((one) => one.window.from);
    return { subscription_id: billable.subscription.id, since: own[0] ?? null, until: now, ended_at: billable.cycle.endedAt, made: own };
  });
  await manager.query(
    `DELETE FROM statement s
     USING jsonb_to_recordset($1) AS r (subscription_id uuid, since timestamptz, until timestamptz, ended_at timestamptz, made timestamptz[])
     WHERE s.subscription_id = r.subscription_id AND s.status <> 'closed' AND s.period_from <> ALL (r.made)
       AND ((s.period_from >= r.since AND s.period_from <= r.until) OR s.period_from >= r.ended_at)`,
    [JSON.stringify(records)],
  );
}

/**
 * What a subscription used and owes in the part of a billing period that holds `now`, computed on the spot: for one whose statement has not been made
 * yet. Without adjustments of closed statements.
 *
 * @returns null when the subscription does not run at that time.
 */
export async function computeStatement(
  manager: EntityManager,
  billable: Billable,
  now: Date,
): Promise<{ window: Window; amounts: StatementAmounts } | null> {
  const part = billingPartAt(billable, now);
  if (part === null) return null;
  const [amounts] = await rateBillings(manager, [{ billable, ...part, gauges: 'latest' }]);
  return { window: part.window, amounts: amounts! };
}

/** A statement as it is stored. */
export interface StoredStatement {
  readonly amounts: StatementAmounts;
  readonly asOf: Date;
  /** Whether something has changed since, that it is to be made anew for. */
  readonly isQueued: boolean;
}

const STORED: PreparedStatement = {
  name: 'stored_statement',
  sql: `
    SELECT s.amounts, s.as_of AS "asOf", EXISTS (SELECT FROM statement_queue q WHERE q.subscription_id = s.subscription_id) AS "isQueued"
    FROM statement s WHERE s.subscription_id = $1 AND s.period_from = $2`,
};

/** The question for the stored statement of the billing period, or the part of one, that begins at an instant; null when none has been made yet. */
export function storedStatementRead(subscriptionId: string, periodFrom: Date): Read<StoredStatement | null> {
  return {
    statement: STORED,
    values: [subscriptionId, periodFrom],
    answer: ([row]: readonly (Omit<StoredStatement, 'amounts'> & { readonly amounts: unknown })[]) =>
      row === undefined ? null : { ...row, amounts: parseStatementAmounts(row.amounts) },
  };
}
