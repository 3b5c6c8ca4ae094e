import { type Decimal, type StatementAdjustment, type StatementAmounts, ZERO } from '@tallymark/domain';

/** A closed statement, as far as later ones adjust it. */
export interface AdjustableStatement {
  readonly periodFrom: Date;
  readonly periodTo: Date;
  /** As closed, with the adjustments of earlier statements that it bears itself. */
  readonly amounts: StatementAmounts;
}

/** How adjustments name what is no line. */
const BASE_NAME = 'Base amount';
const COMMITMENT_NAME = 'Minimum commitment';

/**
 * What is still owed, or to be credited, for a subscription's closed statements: for each what it would say now, less what it said when it closed,
 * less what closed statements have adjusted already. In order of time, and of the lines; equal items are left out. So each closed statement and all
 * adjustments of it add up to what the events say.
 *
 * @param closed all closed statements of the subscription that have a recount, and all that bear adjustments.
 * @param recounts what closed statements would say now, by the time their period begins. One without a recount is as it was.
 */
export function deriveAdjustments(
  closed: readonly AdjustableStatement[],
  recounts: ReadonlyMap<number, StatementAmounts>,
): StatementAdjustment[] {
  const settled = closed.flatMap((statement) => statement.amounts.adjustments);
  return [...closed]
    .sort((a, b) => a.periodFrom.getTime() - b.periodFrom.getTime())
    .flatMap((statement) => {
      const recount = recounts.get(statement.periodFrom.getTime());
      return recount === undefined ? [] : adjustmentsOf(statement, recount, settled);
    });
}

/** Whether two statements owe and show the same, adjustments apart. */
export function owesTheSame(one: StatementAmounts, other: StatementAmounts): boolean {
  const [items, others] = [itemsOf(one), itemsOf(other)];
  return (
    items.length === others.length &&
    items.every(
      (item, index) => item.key === others[index]!.key && item.units.eq(others[index]!.units) && item.amount.eq(others[index]!.amount),
    )
  );
}

function adjustmentsOf(
  { periodFrom, periodTo, amounts }: AdjustableStatement,
  recount: StatementAmounts,
  settled: readonly StatementAdjustment[],
): StatementAdjustment[] {
  const from = periodFrom.toISOString();
  const before = new Map(itemsOf(amounts).map((item) => [item.key, item]));
  return itemsOf(recount).flatMap(({ key, metric, name, units, amount }) => {
    const earlier = settled.filter((one) => one.periodFrom === from && keyOf(one) === key);
    const closed = before.get(key);
    const restOf = (now: Decimal, member: 'units' | 'amount'): Decimal =>
      earlier.reduce((rest, one) => rest.minus(one[member]), now.minus(closed?.[member] ?? ZERO));
    const rest = { units: restOf(units, 'units'), amount: restOf(amount, 'amount') };
    if (rest.units.eq(ZERO) && rest.amount.eq(ZERO)) return [];
    return [{ periodFrom: from, periodTo: periodTo.toISOString(), metric, name, ...rest }];
  });
}

/** What a statement owes for one thing. */
export interface StatementItem {
  /** Unlike any other on the statement. */
  readonly key: string;
  /** Null for what is no line: the base amount and the commitment. */
  readonly metric: string | null;
  readonly name: string;
  readonly units: Decimal;
  readonly amount: Decimal;
}

/**
 * All that a statement's total is made of, adjustments apart. The plan version of a closed statement stays what it was, so that what it says now has
 * the same items.
 */
export function itemsOf({ base, commitmentTrueUp, lines }: Pick<StatementAmounts, 'base' | 'commitmentTrueUp' | 'lines'>): StatementItem[] {
  return [
    { metric: null, name: BASE_NAME, units: ZERO, amount: base },
    ...lines.map(({ metric, name, used, amount }) => ({ metric, name, units: used, amount })),
    { metric: null, name: COMMITMENT_NAME, units: ZERO, amount: commitmentTrueUp },
  ].map((item) => ({ ...item, key: keyOf(item) }));
}

function keyOf({ metric, name }: { readonly metric: string | null; readonly name: string }): string {
  return metric === null ? `-${name}` : metric;
}
