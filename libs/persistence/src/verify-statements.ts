import { isDeepStrictEqual } from 'node:util';
import { DomainError, type StatementAmounts, ZERO } from '@tallymark/domain';
import { type StatementAmountsJson, parseStatementAmounts, serializeStatementAmounts, sumStatement } from '@tallymark/rating';
import type { DataSource, EntityManager } from 'typeorm';
import { type AdjustableStatement, deriveAdjustments } from './adjustments.js';
import { type Billable, type Billing, loadBillables, rateBillings } from './billable.js';
import { billingPartAt, planVersionAt } from './billing-parts.js';
import { type ClosedBilling, type ClosedStatement, type StatementBasis, loadClosedBillings } from './statement-basis.js';
import { rateAsClosed, rateAsNow, readOldestKept } from './statement-recounts.js';

/** How the stored statements of one organization compare with what the raw events say. */
export interface StatementVerification {
  readonly organization: string;
  /** Open and closed ones. */
  readonly recomputed: number;
  /** Of the recomputed ones: open, and priced from buckets that had been found equal to the events in the same snapshot. */
  readonly fromBuckets: number;
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
 * Prices every statement again and compares to the minor unit and the last digit, inside one snapshot: open ones from the log as it is, closed ones from
 * the log as it was at their close. And each closed one and all adjustments of it have to add up to what usage says now.
 */
export async function verifyStatements(dataSource: DataSource): Promise<StatementVerification[]> {
  return dataSource.transaction('REPEATABLE READ', (manager) => verifyStatementsIn(manager, new Set()));
}

/**
 * {@link verifyStatements} inside a transaction that has its snapshot already.
 *
 * @param provenMeters ids of meters of which, in this very snapshot, every bucket was found to be what the log yields. What rests on such meters alone
 *   is read from their buckets, which says the same as reading the events a second time. What rests on any other is read from the events.
 */
export async function verifyStatementsIn(manager: EntityManager, provenMeters: ReadonlySet<string>): Promise<StatementVerification[]> {
  const subscriptions: { id: string }[] = await manager.query('SELECT DISTINCT subscription_id AS id FROM statement ORDER BY id');
  const snapshot: Snapshot = { manager, provenMeters, oldestKept: await readOldestKept(manager) };
  const results = new Map<string, StatementVerification>();
  for (let start = 0; start < subscriptions.length; start += SUBSCRIPTIONS_PER_ROUND) {
    const ids = subscriptions.slice(start, start + SUBSCRIPTIONS_PER_ROUND).map((row) => row.id);
    const rows: StoredStatement[] = await manager.query(READ, [ids]);
    const found = await verifyRows(snapshot, rows);
    for (const row of rows) addTo(results, row, snapshot, found);
  }
  return [...results.values()].sort((a, b) => (a.organization < b.organization ? -1 : 1));
}

/** What all statements are recomputed in. */
interface Snapshot {
  readonly manager: EntityManager;
  readonly provenMeters: ReadonlySet<string>;
  readonly oldestKept: Date;
}

interface Findings {
  readonly differences: ReadonlyMap<StoredStatement, StatementDifference>;
  readonly fromBuckets: ReadonlySet<StoredStatement>;
}

function addTo(results: Map<string, StatementVerification>, row: StoredStatement, { oldestKept }: Snapshot, findings: Findings): void {
  const { organization } = row;
  const none = { recomputed: 0, fromBuckets: 0, closed: 0, pastRetention: 0, queued: 0, different: [] };
  const sum = results.get(organization) ?? { organization, ...none };
  const difference = findings.differences.get(row);
  const isPast = row.status === 'closed' && !isRecomputable(row, oldestKept);
  const isQueued = row.status !== 'closed' && row.queued;
  results.set(organization, {
    organization,
    recomputed: sum.recomputed + (isPast || isQueued ? 0 : 1),
    fromBuckets: sum.fromBuckets + (findings.fromBuckets.has(row) ? 1 : 0),
    closed: sum.closed + (row.status === 'closed' && !isPast ? 1 : 0),
    pastRetention: sum.pastRetention + (isPast ? 1 : 0),
    queued: sum.queued + (isQueued ? 1 : 0),
    different: difference === undefined ? sum.different : [...sum.different, difference],
  });
}

async function verifyRows(snapshot: Snapshot, rows: readonly StoredStatement[]): Promise<Findings> {
  const { manager, oldestKept } = snapshot;
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
  const owed = await adjustmentsNow(snapshot, rows, billings, untold);
  const fromBuckets = new Set<StoredStatement>();
  for (const { row, amounts, source } of await rateOpen(snapshot, open, billables)) {
    if (source === 'buckets') fromBuckets.add(row);
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
  return { differences, fromBuckets };
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
  { manager, provenMeters }: Snapshot,
  rows: readonly StoredStatement[],
  billings: readonly ClosedBilling[],
  unsettled: ReadonlySet<string>,
): Promise<ReadonlyMap<string, StatementAmounts['adjustments']>> {
  const untold = new Set([...unsettled, ...billings.filter((one) => !one.isAnnounced).map((one) => one.statement.subscriptionId)]);
  const told = billings.filter((one) => !untold.has(one.statement.subscriptionId));
  const amounts = await rateAsNow(manager, told, (billing) => sourceFor(billing, provenMeters));
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

interface RatedStatement {
  readonly row: StoredStatement;
  readonly amounts: StatementAmounts;
  /** Null where there was no usage to be read. */
  readonly source: 'buckets' | 'events' | null;
}

async function rateOpen(
  { manager, provenMeters }: Snapshot,
  open: readonly StoredStatement[],
  billables: ReadonlyMap<string, Billable>,
): Promise<RatedStatement[]> {
  const rated: RatedStatement[] = [];
  const billed: { readonly row: StoredStatement; readonly billing: Billing; readonly source: 'buckets' | 'events' }[] = [];
  for (const row of open) {
    const billable = billables.get(row.subscriptionId)!;
    const part = billingPartAt(billable, row.periodFrom);
    if (part === null) {
      // Past the subscription's end there are statements of adjustments alone.
      const { currency } = planVersionAt(billable, row.periodFrom);
      rated.push({ row, amounts: sumStatement({ currency, base: ZERO, lines: [] }), source: null });
    } else {
      const billing: Billing = { billable, ...part, gauges: 'latest' };
      billed.push({ row, billing, source: sourceFor(billing, provenMeters) });
    }
  }
  for (const source of ['buckets', 'events'] as const) {
    const group = billed.filter((one) => one.source === source);
    const billings = group.map(({ billing }) => billing);
    const amounts = await rateBillings(manager, billings, source);
    group.forEach(({ row }, index) => rated.push({ row, amounts: amounts[index]!, source }));
  }
  return rated;
}

/** Where to read what a statement rests on; see {@link verifyStatementsIn}. */
function sourceFor({ billable, planVersion }: Billing, provenMeters: ReadonlySet<string>): 'buckets' | 'events' {
  const meters = planVersion.charges.map(({ meterCode }) => billable.meters.get(meterCode));
  return meters.every((meter) => meter === undefined || provenMeters.has(meter.id)) ? 'buckets' : 'events';
}

function isRecomputable(row: StoredStatement, oldestKept: Date): boolean {
  return row.basis !== null && row.periodFrom >= oldestKept;
}

function differenceOf(row: StoredStatement, stored: unknown, recomputed: unknown): StatementDifference {
  return { subscription: row.subscriptionId, periodFrom: row.periodFrom.toISOString(), stored, recomputed };
}
