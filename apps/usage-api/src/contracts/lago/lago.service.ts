import { Inject, Injectable } from '@nestjs/common';
import { Window } from '@tallymark/date-window';
import { DomainError } from '@tallymark/domain';
import {
  DataSource,
  type EntityManager,
  findSubscriptionIds,
  inOrganization,
  listDeletedMeterCodes,
  loadBillables,
  readUsageSeries,
  usageAsOf,
} from '@tallymark/persistence';
import { type LagoUsageQuery, type LagoUsageRow, type RawQuery, parseLagoUsageRequest } from '@tallymark/provider-contracts';
import { CLOCK, type Clock, type Principal } from '@tallymark/service-kit';
import { readDividedUsage } from './divided-usage.js';
import { type MeteredStretch, type StretchShare, sharesOf, stretchesOf } from './metered-stretch.js';

/** An organization has no zone of its own yet. */
const TIME_ZONE = 'UTC';
/** Subscriptions that are priced together: few queries, and no more in memory at once than they need. */
const SUBSCRIPTIONS_AT_ONCE = 50;

/** What the contract's answer is made of. */
export interface LagoAnswer {
  readonly rows: readonly LagoUsageRow[];
  readonly asOf: Date;
}

/** Usage and amounts across an organization's subscriptions, by the same rating as their statements. */
@Injectable()
export class LagoService {
  constructor(
    private readonly dataSource: DataSource,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** @throws DomainError `forbidden` for a credential of one customer; `invalid_request` with one detail per problem */
  async read(principal: Principal, query: RawQuery): Promise<LagoAnswer> {
    const { organizationId } = principal;
    if (principal.customerId !== null)
      throw new DomainError('forbidden', 'the key belongs to one customer; expected a key of the organization');
    const now = this.clock();
    const request = parseLagoUsageRequest(query, { now, timeZone: TIME_ZONE });
    return inOrganization(this.dataSource, organizationId, async (manager) => {
      const asOf = await usageAsOf(manager, now);
      const deletedCodes = await listDeletedMeterCodes(manager);
      const rows = new RowSums(request, organizationId, deletedCodes);
      const ids = await findSubscriptionIds(manager, wholeOf(request), { ...request.filters, meterCode: request.filters.metricCode });
      for (let start = 0; start < ids.length; start += SUBSCRIPTIONS_AT_ONCE) {
        await addSubscriptions(manager, rows, { ids: ids.slice(start, start + SUBSCRIPTIONS_AT_ONCE), request, now });
      }
      return { rows: rows.list(), asOf };
    });
  }
}

function wholeOf({ periods }: LagoUsageQuery): Window {
  return Window.of(periods[0]!.window.from, periods.at(-1)!.window.to);
}

async function addSubscriptions(
  manager: EntityManager,
  rows: RowSums,
  { ids, request, now }: { readonly ids: readonly string[]; readonly request: LagoUsageQuery; readonly now: Date },
): Promise<void> {
  const billables = await loadBillables(manager, { ids });
  const stretches = billables.flatMap((billable) => stretchesOf(billable, request, now));
  const accumulated = await readUsageSeries(
    manager,
    stretches.map(({ series }) => series),
  );
  const divided = await readDividedUsage(manager, stretches);
  stretches.forEach((stretch, index) => {
    for (const share of sharesOf(stretch, accumulated[index]!, divided[index]!)) rows.add(stretch, share);
  });
}

/** Adds up what subscriptions share, by period, meter and currency. Exact: rounding comes when rows are rendered. */
class RowSums {
  private readonly rows = new Map<string, LagoUsageRow>();

  constructor(
    private readonly request: LagoUsageQuery,
    private readonly organizationId: string,
    private readonly deletedCodes: ReadonlySet<string>,
  ) {}

  add({ meterCode, currency }: MeteredStretch, { periodIndex, units, amount }: StretchShare): void {
    const key = `${periodIndex} ${currency} ${meterCode}`;
    const before = this.rows.get(key);
    if (before !== undefined) {
      this.rows.set(key, { ...before, units: before.units.plus(units), amount: before.amount.plus(amount) });
      return;
    }
    const { start, end } = this.request.periods[periodIndex]!;
    this.rows.set(key, {
      organizationId: this.organizationId,
      period: { start, end },
      metricCode: meterCode,
      currency,
      amount,
      units,
      isMetricDeleted: this.deletedCodes.has(meterCode),
    });
  }

  list(): LagoUsageRow[] {
    return [...this.rows.values()];
  }
}
