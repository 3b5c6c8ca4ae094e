import type { Window } from '@tallymark/date-window';
import { type Decimal, type PriceDetail, type StatementAmounts, type StatementLine, ZERO, sumDecimals } from '@tallymark/domain';
import type { FocusRow } from './columns.js';
import { type FocusFrame, costs } from './frame.js';
import { lineRows } from './line-rows.js';
import { type FocusStatement, baseRows, chargeOf, commitmentRows, correctionRows, frameOf } from './statement-rows.js';

/** A day of a statement's period. */
export interface FocusDay {
  readonly window: Window;
  /** What the period comes to from its begin to the end of the day. */
  readonly amounts: StatementAmounts;
}

/** A statement and how it came about. */
export interface FocusUsage extends FocusStatement {
  /** In order, tiling the period, or the part of it that has passed. */
  readonly days: readonly FocusDay[];
  /** Whether the days reach to the end of the period, so that their rows are all of the statement. */
  readonly isOver: boolean;
}

/**
 * The rows of a statement day by day: what each day added to what the period comes to, tier by tier, with the base amount as it accrues.
 * Of a period that is over `Σ BilledCost` is the statement's total, exactly.
 *
 * A day may take back what earlier ones added: where a volume price falls for all units, the old tier's units leave and the new one's come. What the
 * days of today add up to beyond or below the statement, because events came after it had closed, is an adjustment on the last day.
 */
export function focusUsageRows(usage: FocusUsage): FocusRow[] {
  const { days, amounts, isOver } = usage;
  const frame = frameOf(usage);
  const rows = days.flatMap((day, index) => dayRows(usage, inDay(frame, day.window), day.amounts, days[index - 1]?.amounts));
  const last = days.at(-1);
  if (isOver && last !== undefined) rows.push(...remainderRows(inDay(frame, last.window), amounts, rows));
  return [...rows, ...correctionRows(frame, usage)];
}

function inDay(frame: FocusFrame, { from, to }: Window): FocusFrame {
  return { ...frame, ChargePeriodStart: from, ChargePeriodEnd: to };
}

function dayRows({ charges }: FocusUsage, frame: FocusFrame, after: StatementAmounts, before: StatementAmounts | undefined): FocusRow[] {
  return [
    ...baseRows(frame, after.base.minus(before?.base ?? ZERO)),
    ...after.lines.flatMap((line, index) => lineRows(frame, addedBy(line, before?.lines[index]), chargeOf(charges, line.metric))),
    ...commitmentRows(frame, after.commitmentTrueUp.minus(before?.commitmentTrueUp ?? ZERO)),
  ];
}

function remainderRows(frame: FocusFrame, { total, adjustmentAmount }: StatementAmounts, rows: readonly FocusRow[]): FocusRow[] {
  const remainder = total.minus(adjustmentAmount).minus(sumDecimals(rows.map((row) => row.BilledCost)));
  if (remainder.eq(ZERO)) return [];
  return [
    {
      ...frame,
      ...costs(remainder),
      ChargeCategory: 'Adjustment',
      ChargeDescription: `${frame.ServiceName}: difference to the statement`,
      ChargeFrequency: 'One-Time',
      SkuId: null,
      SkuPriceId: null,
    },
  ];
}

/** What lies between a line and the same line a day before. Both are made from the same charges, in the same order. */
function addedBy(after: StatementLine, before: StatementLine | undefined): StatementLine {
  if (before === undefined) return after;
  const earlier = new Map(before.details.map((detail) => [priceKey(detail), detail]));
  const later = new Map(after.details.map((detail) => [priceKey(detail), detail]));
  const keys = [...new Set([...earlier.keys(), ...later.keys()])];
  return {
    ...after,
    used: after.used.minus(before.used),
    overage: after.overage.minus(before.overage),
    amount: after.amount.minus(before.amount),
    details: keys.map((key) => detailBetween(earlier.get(key), later.get(key))),
  };
}

/** Details of one key have one price: what lies between them can be told as units at that price. */
function priceKey({ description, dimensions, unitAmount }: PriceDetail): string {
  return JSON.stringify([description, Object.entries(dimensions), unitAmount.toFixed()]);
}

function detailBetween(before: PriceDetail | undefined, after: PriceDetail | undefined): PriceDetail {
  const added = (of: (detail: PriceDetail) => Decimal): Decimal => (after ? of(after) : ZERO).minus(before ? of(before) : ZERO);
  return {
    ...(after ?? before)!,
    quantity: added((detail) => detail.quantity),
    flatAmount: added((detail) => detail.flatAmount),
    amount: added((detail) => detail.amount),
  };
}
