import { Window } from '@tallymark/date-window';
import { ZERO } from '@tallymark/domain';
import { parseStatementAmounts, sumStatement } from '@tallymark/rating';
import type { EntityManager } from 'typeorm';
import { type Billable, type Billing, loadBillables, rateBillings } from './billable.js';
import { billingPartAt, planVersionAt } from './billing-parts.js';
import type { DueStatement } from './closing.js';
import { StatementRow } from './rows/statement-row.js';
import { type StatementBasis, basisOf } from './statement-basis.js';
import { readAdjustments, readClosedUntil, readOldestKept } from './statement-recounts.js';
import type { MadeStatement } from './statement-store.js';

/** A statement as it will close. */
export interface Closing {
  readonly made: MadeStatement;
  readonly asOf: Date;
  /** Null where its events are not all kept: it closes as it was stored. */
  readonly basis: StatementBasis | null;
  /** Of the stored statement when this one was made. */
  readonly revision: number;
}

/** What a round of closing is to do. */
export interface ClosePlan {
  readonly closings: readonly Closing[];
  /** Subscriptions whose statements have to be made anew from an instant on before they can close: one is missing, or cut otherwise. */
  readonly incomplete: readonly { readonly organizationId: string; readonly subscriptionId: string; readonly from: Date }[];
}

/** Makes due statements as they will close, from what is folded at their organization's cut-off. Reads alone. */
export async function planClosings(
  manager: EntityManager,
  due: readonly DueStatement[],
  cutoffs: ReadonlyMap<string, Date>,
): Promise<ClosePlan> {
  const ids = due.map((statement) => statement.subscriptionId);
  const rows = await readRows(manager, due);
  const billables = new Map((await loadBillables(manager, { ids })).map((billable) => [billable.subscription.id, billable]));
  const closedUntil = await readClosedUntil(manager, ids);
  const adjustments = await readAdjustments(manager, [...closedUntil.keys()]);
  const oldestKept = await readOldestKept(manager);
  const drafts = rows.map((row) =>
    draft({ row, billable: billables.get(row.subscriptionId)!, closedUntil: closedUntil.get(row.subscriptionId) ?? null, oldestKept }),
  );
  const billings = drafts.flatMap((one) => ('billing' in one && one.isBilled ? [one.billing] : []));
  const rated = (await rateBillings(manager, billings)).values();
  const closings: Closing[] = [];
  const incomplete: ClosePlan['incomplete'][number][] = [];
  for (const [index, one] of drafts.entries()) {
    const row = rows[index]!;
    const billable = billables.get(row.subscriptionId)!;
    const common = { asOf: cutoffs.get(row.organizationId)!, revision: row.revision };
    if ('incompleteFrom' in one) {
      incomplete.push({ organizationId: row.organizationId, subscriptionId: row.subscriptionId, from: one.incompleteFrom });
    } else if ('billing' in one) {
      const { window, whole = window, planVersion } = one.billing;
      const { currency } = planVersion;
      const usage = one.isBilled ? rated.next().value! : sumStatement({ currency, base: ZERO, lines: [] });
      const amounts = sumStatement({ ...usage, adjustments: adjustments.get(row.subscriptionId) ?? [] });
      closings.push({
        ...common,
        made: { billable, planVersionId: planVersion.id, window, whole, amounts },
        basis: basisOf(one.billing, one.isBilled),
      });
    } else if ('stored' in one) {
      closings.push({ ...common, made: asStored(row, billable), basis: null });
    }
  }
  return { closings, incomplete };
}

type Draft =
  | { readonly billing: Billing; readonly isBilled: boolean }
  /** Past retention: what is stored is all there is. */
  | { readonly stored: true }
  /** A meter was defined anew since the statement was found to be due. */
  | { readonly postponed: true }
  | { readonly incompleteFrom: Date };

interface DraftInput {
  readonly row: StatementRow;
  readonly billable: Billable;
  readonly closedUntil: Date | null;
  readonly oldestKept: Date;
}

function draft({ row, billable, closedUntil, oldestKept }: DraftInput): Draft {
  const part = billingPartAt(billable, row.periodFrom);
  const expectedFrom = closedUntil ?? billable.cycle.startedAt;
  if (part === null) {
    const bearsAdjustments = closedUntil !== null && parseStatementAmounts(row.amounts).adjustments.length > 0;
    if (!bearsAdjustments) return { incompleteFrom: row.periodFrom };
    const window = Window.of(row.periodFrom, row.periodTo);
    const whole = Window.of(row.billingPeriodFrom, row.billingPeriodTo);
    return {
      billing: { billable, planVersion: planVersionAt(billable, row.periodFrom), window, whole, baseWindow: null, gauges: 'latest' },
      isBilled: false,
    };
  }
  if (row.periodFrom < oldestKept) return { stored: true };
  if (row.periodFrom > expectedFrom && expectedFrom >= oldestKept) return { incompleteFrom: expectedFrom };
  if (!part.window.equals(Window.of(row.periodFrom, row.periodTo)) || part.planVersion.id !== row.planVersionId)
    return { incompleteFrom: row.periodFrom };
  const isFolding = part.planVersion.charges.some(({ meterCode }) => {
    const meter = billable.meters.get(meterCode);
    return meter !== undefined && meter.deletedAt === null && !meter.folded;
  });
  return isFolding ? { postponed: true } : { billing: { billable, ...part, gauges: 'latest' }, isBilled: true };
}

function asStored(row: StatementRow, billable: Billable): MadeStatement {
  return {
    billable,
    planVersionId: row.planVersionId,
    window: Window.of(row.periodFrom, row.periodTo),
    whole: Window.of(row.billingPeriodFrom, row.billingPeriodTo),
    amounts: parseStatementAmounts(row.amounts),
  };
}

async function readRows(manager: EntityManager, due: readonly DueStatement[]): Promise<StatementRow[]> {
  const rows = await manager
    .createQueryBuilder(StatementRow, 'statement')
    .where(
      `(statement.subscriptionId, statement.periodFrom) IN (SELECT * FROM unnest(:ids::uuid[], :froms::timestamptz[])) AND statement.status <> 'closed'`,
      {
        ids: due.map((one) => one.subscriptionId),
        froms: due.map((one) => one.periodFrom),
      },
    )
    .getMany();
  return rows;
}
