import { type StatementAmounts, ZERO } from '@tallymark/domain';
import { sumStatement } from '@tallymark/rating';
import type { EntityManager } from 'typeorm';
import { type Billable, type Billing, rateBillings } from './billable.js';
import { billingPartAt, planVersionAt } from './billing-parts.js';
import { IS_SILENT } from './meter-statements.js';

/** What an open statement was recomputed from: buckets that are proven, or the events, which it may have been drawn for. */
export type Reading = 'buckets' | 'events' | 'drawn';

/** What decides where open statements are read from. */
export interface OpenSources {
  /** Ids of meters whose buckets are all proven. */
  readonly provenMeters: ReadonlySet<string>;
  /** Keys of the statements to be read from the events, whatever they rest on. */
  readonly drawn: ReadonlySet<string>;
}

interface StatementKey {
  readonly subscriptionId: string;
  readonly periodFrom: Date;
}

function keyOf({ subscriptionId, periodFrom }: StatementKey): string {
  return `${subscriptionId} ${periodFrom.getTime()}`;
}

/** Uniformly of all that are compared: open, not queued for a refresh, and on no deleted meter. */
const DRAW = `
  SELECT s.subscription_id AS "subscriptionId", s.period_from AS "periodFrom" FROM statement s
  WHERE s.status <> 'closed' AND NOT EXISTS (SELECT FROM statement_queue q WHERE q.subscription_id = s.subscription_id) AND NOT ${IS_SILENT}
  ORDER BY random() LIMIT $1`;

/** Draws open statements by lot, or all where there are fewer. */
export async function drawOpenStatements(
  manager: EntityManager,
  draws: number,
): Promise<{ keys: ReadonlySet<string>; subscriptionIds: ReadonlySet<string> }> {
  const drawn: StatementKey[] = draws === 0 ? [] : await manager.query(DRAW, [draws]);
  return { keys: new Set(drawn.map(keyOf)), subscriptionIds: new Set(drawn.map((one) => one.subscriptionId)) };
}

/** An open statement as it is recomputed, adjustments apart. */
export interface RatedStatement<Row> {
  readonly row: Row;
  readonly amounts: StatementAmounts;
  /** Null where there was no usage to be read. */
  readonly reading: Reading | null;
}

/** Prices open statements again: from buckets where these are proven and it was not drawn, else from the events. `billables` are by subscription. */
export async function rateOpen<Row extends StatementKey>(
  manager: EntityManager,
  open: readonly Row[],
  billables: ReadonlyMap<string, Billable>,
  { provenMeters, drawn }: OpenSources,
): Promise<RatedStatement<Row>[]> {
  const rated: RatedStatement<Row>[] = [];
  const billed: { readonly row: Row; readonly billing: Billing; readonly reading: Reading }[] = [];
  for (const row of open) {
    const billable = billables.get(row.subscriptionId)!;
    const part = billingPartAt(billable, row.periodFrom);
    if (part === null) {
      // Past the subscription's end there are statements of adjustments alone.
      const { currency } = planVersionAt(billable, row.periodFrom);
      rated.push({ row, amounts: sumStatement({ currency, base: ZERO, lines: [] }), reading: null });
    } else {
      const billing: Billing = { billable, ...part, gauges: 'latest' };
      const source = sourceFor(billing, provenMeters);
      billed.push({ row, billing, reading: source === 'buckets' && drawn.has(keyOf(row)) ? 'drawn' : source });
    }
  }
  for (const source of ['buckets', 'events'] as const) {
    const group = billed.filter(({ reading }) => (reading === 'buckets') === (source === 'buckets'));
    const billings = group.map(({ billing }) => billing);
    const amounts = await rateBillings(manager, billings, source);
    group.forEach(({ row, reading }, index) => rated.push({ row, amounts: amounts[index]!, reading }));
  }
  return rated;
}

/** Where to read what a statement rests on; see `verifyStatementsIn`. */
export function sourceFor({ billable, planVersion }: Billing, provenMeters: ReadonlySet<string>): 'buckets' | 'events' {
  const meters = planVersion.charges.map(({ meterCode }) => billable.meters.get(meterCode));
  return meters.every((meter) => meter === undefined || provenMeters.has(meter.id)) ? 'buckets' : 'events';
}
