import { isDeepStrictEqual } from 'node:util';
import { DomainError, type StatementAmounts } from '@tallymark/domain';
import { type StatementAmountsJson, parseStatementAmounts, serializeStatementAmounts, sumStatement } from '@tallymark/rating';
import type { DataSource, EntityManager } from 'typeorm';
import { type AdjustableStatement, deriveAdjustments } from './adjustments.js';
import { loadBillables } from './billable.js';
import { IS_SILENT } from './meter-statements.js';
import { type ClosedBilling, type ClosedStatement, type StatementBasis, loadClosedBillings } from './statement-basis.js';
import { rateAsClosed, rateAsNow, readOldestKept } from './statement-recounts.js';
import { type OpenSources, type Reading, drawOpenStatements, rateOpen, sourceFor } from './verify-open-statements.js';

/** How the stored statements of one organization compare with what the raw events say. */
export interface StatementVerification {
  readonly organization: string;
  /** Open and closed ones. */
  readonly recomputed: number;
  /** Of the recomputed ones: open, and priced from buckets that had been found equal to the events in the same snapshot. */
  readonly fromBuckets: number;
  /** Of the recomputed ones: open, and drawn by lot to be priced from the events although their buckets had been found equal. */
  readonly drawn: number;
  /** Of the recomputed ones: closed, from the log as it was at their close. */
  readonly closed: number;
  /** Closed ones that can't be recomputed, since their events are not all kept any more. */
  readonly pastRetention: number;
  /** Left out, since their refresh is still queued. */
  readonly queued: number;
  /** Left out, open and not queued: they charge by a deleted meter, so that late events reach them without being told of, within a quarter of an hour. */
  readonly silent: number;
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
  readonly silent: boolean;
}

/** Subscriptions whose statements are in memory at once. */
const SUBSCRIPTIONS_PER_ROUND = 100;

const READ = `
  SELECT s.subscription_id AS "subscriptionId", s.period_from AS "periodFrom", s.period_to AS "periodTo", o.external_id AS organization, s.status, s.amounts,
    s.as_of AS "asOf", s.basis, EXISTS (SELECT FROM statement_queue q WHERE q.subscription_id = s.subscription_id) AS queued, ${IS_SILENT} AS silent
  FROM statement s JOIN organization o ON o.id = s.organization_id
  WHERE s.subscription_id = ANY ($1) ORDER BY s.subscription_id, s.period_from`;

/**
 * Prices every statement again and compares to the minor unit and the last digit, inside one snapshot: open ones from the log as it is, closed ones from
 * the log as it was at their close. And each closed one and all adjustments of it have to add up to what usage says now.
 */
export async function verifyStatements(dataSource: DataSource): Promise<StatementVerification[]> {
  return dataSource.transaction('REPEATABLE READ', (manager) => verifyStatementsIn(manager, new Set(), 0));
}

/**
 * {@link verifyStatements} inside a transaction that has its snapshot already.
 *
 * @param provenMeters ids of meters of which, in this very snapshot, every bucket was found to be what the log yields. What rests on such meters alone
 *   is read from their buckets, which says the same as reading the events a second time. What rests on any other is read from the events.
 * @param draws how many open statements, drawn by lot, are read from the events whatever they rest on, so that a fault of reading buckets, which
 *   made what is stored too, does not go unseen for ever.
 */
export async function verifyStatementsIn(
  manager: EntityManager,
  provenMeters: ReadonlySet<string>,
  draws: number,
): Promise<StatementVerification[]> {
  const drawn = await drawOpenStatements(manager, draws);
  const subscriptions: { id: string }[] = await manager.query('SELECT DISTINCT subscription_id AS id FROM statement ORDER BY id');
  const snapshot: Snapshot = { manager, provenMeters, drawn: drawn.keys, oldestKept: await readOldestKept(manager) };
  // Those that are drawn first, in a round of their own: their events are asked for in one question.
  const first = drawn.subscriptionIds;
  const others = subscriptions.map(({ id }) => id).filter((id) => !first.has(id));
  const rounds = [[...first], ...chunksOf(others, SUBSCRIPTIONS_PER_ROUND)].filter((ids) => ids.length > 0);
  const results = new Map<string, StatementVerification>();
  for (const ids of rounds) {
    const rows: StoredStatement[] = await manager.query(READ, [ids]);
    const found = await verifyRows(snapshot, rows);
    for (const row of rows) addTo(results, row, snapshot, found);
  }
  return [...results.values()].sort((a, b) => (a.organization < b.organization ? -1 : 1));
}

function chunksOf<T>(all: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, index) => all.slice(index * size, (index + 1) * size));
}

/** What all statements are recomputed in. */
interface Snapshot extends OpenSources {
  readonly manager: EntityManager;
  readonly oldestKept: Date;
}

interface Findings {
  readonly differences: ReadonlyMap<StoredStatement, StatementDifference>;
  /** How the open ones were read. */
  readonly readings: ReadonlyMap<StoredStatement, Reading>;
}

function addTo(results: Map<string, StatementVerification>, row: StoredStatement, { oldestKept }: Snapshot, findings: Findings): void {
  const { organization } = row;
  const none = { recomputed: 0, fromBuckets: 0, drawn: 0, closed: 0, pastRetention: 0, queued: 0, silent: 0, different: [] };
  const sum = results.get(organization) ?? { organization, ...none };
  const difference = findings.differences.get(row);
  const isPast = row.status === 'closed' && !isRecomputable(row, oldestKept);
  const isQueued = row.status !== 'closed' && row.queued;
  const isSilent = row.silent && !isQueued;
  const reading = findings.readings.get(row);
  results.set(organization, {
    organization,
    recomputed: sum.recomputed + (isPast || isQueued || isSilent ? 0 : 1),
    fromBuckets: sum.fromBuckets + (reading === 'buckets' ? 1 : 0),
    drawn: sum.drawn + (reading === 'drawn' ? 1 : 0),
    closed: sum.closed + (row.status === 'closed' && !isPast ? 1 : 0),
    pastRetention: sum.pastRetention + (isPast ? 1 : 0),
    queued: sum.queued + (isQueued ? 1 : 0),
    silent: sum.silent + (isSilent ? 1 : 0),
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
  const open = rows.filter((row) => row.status !== 'closed' && !isUnsettled(row));
  const untold = new Set(rows.filter((row) => isUnsettled(row) || bearing.get(row) === null).map((row) => row.subscriptionId));
  const owed = await adjustmentsNow(snapshot, rows, billings, untold);
  const readings = new Map<StoredStatement, Reading>();
  for (const { row, amounts, reading } of await rateOpen(manager, open, billables, snapshot)) {
    if (reading !== null) readings.set(row, reading);
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
  return { differences, readings };
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

/** Whether something may have changed that the open statement does not say yet. */
function isUnsettled({ queued, silent }: StoredStatement): boolean {
  return queued || silent;
}

function isRecomputable(row: StoredStatement, oldestKept: Date): boolean {
  return row.basis !== null && row.periodFrom >= oldestKept;
}

function differenceOf(row: StoredStatement, stored: unknown, recomputed: unknown): StatementDifference {
  return { subscription: row.subscriptionId, periodFrom: row.periodFrom.toISOString(), stored, recomputed };
}
