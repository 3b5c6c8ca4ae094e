import { Window, splitWindow } from '@tallymark/date-window';
import type { StatementAmounts } from '@tallymark/domain';
import type { EntityManager } from 'typeorm';
import { type Billable, type Billing, loadBillables, rateBilling, readBillingUsage } from './billable.js';
import { billingPartAt, timeZoneAt } from './billing-parts.js';
import type { ExportedStatement } from './statement-export.js';

/** A day of a statement's period. */
export interface DailyAmounts {
  /** A local day of the subscription's zone, clipped to the period and to now. */
  readonly window: Window;
  /** What the period comes to from its begin to the end of the day, the base amount as it accrues. */
  readonly amounts: StatementAmounts;
}

/** Days that are priced at a time, so that no query grows with the length of a period. */
const DAYS_PER_QUERY = 200;

/**
 * How statements came about, day by day, from the usage as it is known now: priced anew for each day from the period's begin to the day's end. The last day
 * of a period that is over comes to the statement, unless something came after its close.
 *
 * @returns for each statement its days up to now, in order; none for one that holds adjustments alone.
 */
export async function readDailyAmounts(
  manager: EntityManager,
  statements: readonly ExportedStatement[],
  now: Date,
): Promise<DailyAmounts[][]> {
  const ids = [...new Set(statements.map(({ statement }) => statement.subscriptionId))];
  const billables = new Map((await loadBillables(manager, { ids })).map((billable) => [billable.subscription.id, billable]));
  const days = statements.map((one) => daysOf(one, billables.get(one.statement.subscriptionId)!, now));
  const billings = days.flat();
  const amounts: StatementAmounts[] = [];
  for (let start = 0; start < billings.length; start += DAYS_PER_QUERY) {
    const batch = billings.slice(start, start + DAYS_PER_QUERY).map(({ billing }) => billing);
    const usage = await readBillingUsage(manager, batch);
    amounts.push(...batch.map((billing, index) => rateBilling(billing, usage[index]!)));
  }
  let next = 0;
  return days.map((ofStatement) => ofStatement.map(({ window }) => ({ window, amounts: amounts[next++]! })));
}

interface Day {
  readonly window: Window;
  /** From the period's begin to the day's end. */
  readonly billing: Billing;
}

function daysOf({ statement, planVersion }: ExportedStatement, billable: Billable, now: Date): Day[] {
  const { periodFrom, periodTo } = statement;
  const until = now < periodTo ? now : periodTo;
  const part = billingPartAt(billable, periodFrom);
  if (part === null || until <= periodFrom) return [];
  const whole = Window.of(statement.billingPeriodFrom, statement.billingPeriodTo);
  return splitWindow(Window.of(periodFrom, until), 'day', timeZoneAt(billable, periodFrom)).map(({ covered }) => {
    const window = Window.of(periodFrom, covered.to);
    const baseWindow = part.baseWindow?.intersect(window) ?? null;
    return { window: covered, billing: { billable, planVersion, window, whole, baseWindow, gauges: 'latest' } };
  });
}
