import { isDeepStrictEqual } from 'node:util';
import { DomainError, type StatementAmounts, ZERO } from '@tallymark/domain';
import { type StatementAmountsJson, parseStatementAmounts, serializeStatementAmounts, sumStatement } from '@tallymark/rating';
import type { DataSource, EntityManager } from 'typeorm';
import { type AdjustableStatement, deriveAdjustments } from './adjustments.js';
import { type Billable, loadBillables, rateBillings } from './billable.js';
import { billingPartAt, planVersionAt } from './billing-parts.js';
import { type ClosedBilling, type ClosedStatement, type StatementBasis, loadClosedBillings } from './statement-basis.js';
import { rateAsClosed, rateAsNow, readOldestKept } from './statement-recounts.js';

/** How the stored statements of one organization compare with those priced from the raw events. */
export interface StatementVerification {
  readonly organization: string;
  /** Open and closed ones. */
  readonly recomputed: number;
  /** Of the recomputed ones: closed, from the log as it was at their close. */
  readonly closed: number;
  /** Closed ones that can't be recomputed, since their events are not all kept any more. */
  readonly pastRetention: number;
  /** Left out, since their refresh is still queued. */
  readonly queued: number;
  readonly different: readonly StatementDifference[];
}

export interface StatementDifference {
  readonly subscription: string;
  readonly periodFrom: string;
  readonly stored: unknown;
  readonly recomputed: unknown;
}

interface StoredStatement {
  readonly subscriptionId: string;
  readonly periodFrom: Date;
  readonly periodTo: Date;
  readonly organization: string;
  readonly status: string;
  readonly amounts: unknown;
  readonly asOf: Date;
  readonly basis: StatementBasis | null;
  readonly queued: boolean;
}

/** Subscriptions whose statements are in memory at once. */
const SUBSCRIPTIONS_PER_ROUND = 100;

const READ = `
  SELECT s.subscription_id AS "subscriptionId", s.period_from AS "periodFrom", s.period_to AS "periodTo", o.external_id AS organization, s.status, s.amounts,
    s.as_of AS "asOf", s.basis, EXISTS (SELECT FROM statement_queue q WHERE q.subscription_id = s.subscription_id) AS queued
  FROM statement s JOIN organization o ON o.id = s.organization_id
  WHERE s.subscription_id = ANY ($1) ORDER BY s.subscription_id, s.period_from`;

/**
 * Prices every statement again from the raw events and compares to the minor unit and the last digit, inside one snapshot: open ones from the log as it
 * is, closed ones from the log as it was at their close. And each closed one and all adjustments of it have to add up to what usage says now.
 */
export async function verifyStatements(dataSource: DataSource): Promise<StatementVerification[]> {
  return dataSource.transaction('REPEATABLE READ', async (manager) => {
    const subscriptions: { id: string }[] = await manager.query('SELECT DISTINCT subscription_id AS id FROM statement ORDER BY id');
    const oldestKept = await readOldestKept(manager);
    const results = new Map<string, StatementVerification>();
    for (let start = 0; start < subscriptions.length; start += SUBSCRIPTIONS_PER_ROUND) {
      const ids = subscriptions.slice(start, start + SUBSCRIPTIONS_PER_ROUND).map((row) => row.id);
      const rows: StoredStatement[] = await manager.query(READ, [ids]);
      const differences = await verifyRows(manager, rows, oldestKept);
      for (const row of rows) addTo(results, row, oldestKept, differences.get(row) ?? null);
    }
    return [...results.values()].sort((a, b) => (a.organization < b.organization ? -1 : 1));
  });
}

function addTo(
  results: Map<string, StatementVerification>,
  row: StoredStatement,
  oldestKept: Date,
  difference: StatementDifference | null,
): void {
  const { organization } = row;
  const sum = results.get(organization) ?? { organization, recomputed: 0, closed: 0, pastRetention: 0, queued: 0, different: [] };
  const isPast = row.status === 'closed' && !isRecomputable(row, oldestKept);
  const isQueued = row.status !== 'closed' && row.queued;
  results.set(organization, {
    organization,
    recomputed: sum.recomputed + (isPast || isQueued ? 0 : 1),
    closed: sum.closed + (row.status === 'closed' && !isPast ? 1 : 0),
    pastRetention: sum.pastRetention + (isPast ? 1 : 0),
    queued: sum.queued + (isQueued ? 1 : 0),
    different: difference === null ? sum.different : [...sum.different, difference],
  });
}

async function verifyRows(
  manager: EntityManager,
  rows: readonly StoredStatement[],
  oldestKept: Date,
): Promise<ReadonlyMap<StoredStatement, StatementDifference>> {
  const bearing = new Map(rows.map((row) => [row, adjustmentsOf(row)]));
  const closed = rows.filter((row): row is StoredStatement & ClosedStatement => row.status === 'closed' && isRecomputable(row, oldestKept));
  const legible = closed.filter((row) => bearing.get(row) !== null || row.basis.isBilled);
  const billings = await loadClosedBillings(manager, legible);
  const asClosed = await rateAsClosed(manager, billings);
  const expected = new Map<StoredStatement, StatementAmounts>(
    legible.map((row, index) => [row, { ...asClosed[index]!, adjustments: bearing.get(row) ?? [] }]),
  );
  const billables = new Map(
    (await loadBillables(manager, { ids: [...new Set(rows.map((row) => row.subscriptionId))] })).map((one) => [one.subscription.id, one]),
  );
  const open = rows.filter((row) => row.status !== 'closed' && !row.queued);
  const untold = new Set(rows.filter((row) => row.queued || bearing.get(row) === null).map((row) => row.subscriptionId));
  const owed = await adjustmentsNow(manager, rows, billings, untold);
  for (const [row, amounts] of await rateOpen(manager, open, billables)) {
    const earliest = rows.find((one) => one.subscriptionId === row.subscriptionId && one.status !== 'closed');
    const told = owed.get(row.subscriptionId);
    const stored = bearing.get(row) ?? [];
    // What can't be counted any more, or not be told for certain now, is taken as it stands. It is of the earliest periods.
    const past = stored.filter((one) => new Date(one.periodFrom) < oldestKept);
    const adjustments = told === undefined ? stored : earliest === row ? [...past, ...told] : [];
    expected.set(row, { ...amounts, adjustments });
  }
  const differences = new Map<StoredStatement, StatementDifference>();
  for (const row of closed) if (!legible.includes(row)) differences.set(row, differenceOf(row, row.amounts, 'a statement that adds up'));
  for (const [row, amounts] of expected) {
    const recomputed: StatementAmountsJson = serializeStatementAmounts(sumStatement(amounts));
    if (!isDeepStrictEqual(row.amounts, recomputed)) differences.set(row, differenceOf(row, row.amounts, recomputed));
  }
  for (const [id, adjustments] of owed) {
    const own = rows.filter((row) => row.subscriptionId === id);
    if (adjustments.length === 0 || own.some((row) => row.status !== 'closed')) continue;
    const last = own.at(-1)!;
    if (!differences.has(last)) differences.set(last, differenceOf(last, 'no statement that bears adjustments', adjustments));
  }
  return differences;
}

/** Null where what is stored was damaged, and is no statement that adds up. */
function adjustmentsOf({ amounts }: StoredStatement): StatementAmounts['adjustments'] | null {
  try {
    return parseStatementAmounts(amounts).adjustments;
  } catch (error) {
    if (error instanceof DomainError) return null;
    throw error;
  }
}

/** What is owed for closed statements by subscription, as usage says now. Left out where a refresh is queued, or comes within a day without being asked for. */
async function adjustmentsNow(
  manager: EntityManager,
  rows: readonly StoredStatement[],
  billings: readonly ClosedBilling[],
  unsettled: ReadonlySet<string>,
): Promise<ReadonlyMap<string, StatementAmounts['adjustments']>> {
  const untold = new Set([...unsettled, ...billings.filter((one) => !one.isAnnounced).map((one) => one.statement.subscriptionId)]);
  const told = billings.filter((one) => !untold.has(one.statement.subscriptionId));
  const amounts = await rateAsNow(manager, told);
  const recounts = new Map<string, Map<number, StatementAmounts>>();
  told.forEach(({ statement }, index) => {
    const own = recounts.get(statement.subscriptionId) ?? new Map<number, StatementAmounts>();
    recounts.set(statement.subscriptionId, own.set(statement.periodFrom.getTime(), amounts[index]!));
  });
  return new Map(
    [...recounts].map(([id, own]) => {
      const closed = rows
        .filter((row) => row.subscriptionId === id && row.status === 'closed')
        .map((row): AdjustableStatement => ({ ...row, amounts: parseStatementAmounts(row.amounts) }));
      return [id, deriveAdjustments(closed, own)];
    }),
  );
}

async function rateOpen(
  manager: EntityManager,
  open: readonly StoredStatement[],
  billables: ReadonlyMap<string, Billable>,
): Promise<[StoredStatement, StatementAmounts][]> {
  const parts = open.map((row) => billingPartAt(billables.get(row.subscriptionId)!, row.periodFrom));
  const billed = open.flatMap((row, index) => (parts[index] === null ? [] : [{ row, part: parts[index]! }]));
  const rated = await rateBillings(
    manager,
    billed.map(({ row, part }) => ({ billable: billables.get(row.subscriptionId)!, ...part, gauges: 'latest' as const })),
    'events',
  );
  // Past the subscription's end there are statements of adjustments alone.
  const adjusting = open.flatMap((row, index): [StoredStatement, StatementAmounts][] => {
    if (parts[index] !== null) return [];
    const { currency } = planVersionAt(billables.get(row.subscriptionId)!, row.periodFrom);
    return [[row, sumStatement({ currency, base: ZERO, lines: [] })]];
  });
  return [...billed.map(({ row }, index): [StoredStatement, StatementAmounts] => [row, rated[index]!]), ...adjusting];
}

function isRecomputable(row: StoredStatement, oldestKept: Date): boolean {
  return row.basis !== null && row.periodFrom >= oldestKept;
}

function differenceOf(row: StoredStatement, stored: unknown, recomputed: unknown): StatementDifference {
  return { subscription: row.subscriptionId, periodFrom: row.periodFrom.toISOString(), stored, recomputed };
}
