import { Inject, Injectable } from '@nestjs/common';
import { Window } from '@tallymark/date-window';
import { DomainError } from '@tallymark/domain';
import {
  type AccumulatedUsage,
  CatalogueReader,
  type CustomerCatalogue,
  type CustomerQuestion,
  DataSource,
  type EntityManager,
  type SettledUsage,
  type SubscriptionFilter,
  customerQuestion,
  findSubscriptionIds,
  inOrganization,
  listDeletedMeterCodes,
  loadBillables,
  passesFilter,
  readUsageSeries,
  usageAsOf,
  usageSeriesRead,
} from '@tallymark/persistence';
import { type LagoUsageQuery, type LagoUsageRow, type RawQuery, parseLagoUsageRequest } from '@tallymark/provider-contracts';
import { CLOCK, type Clock, type Principal } from '@tallymark/service-kit';
import { readDividedUsage } from './divided-usage.js';
import { type MeteredStretch, type StretchShare, isDivided, sharesOf, stretchesOf } from './metered-stretch.js';

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
    private readonly catalogue: CatalogueReader,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** @throws DomainError `forbidden` for a credential of one customer; `invalid_request` with one detail per problem */
  async read(principal: Principal, query: RawQuery): Promise<LagoAnswer> {
    const { organizationId } = principal;
    if (principal.customerId !== null)
      throw new DomainError('forbidden', 'the key belongs to one customer; expected a key of the organization');
    const now = this.clock();
    const request = parseLagoUsageRequest(query, { now, timeZone: TIME_ZONE });
    const { externalCustomerId: externalId } = request.filters;
    if (externalId !== null) {
      const answer = await this.catalogue.read(organizationId, { externalId }, now, (catalogue, settled) =>
        askOfCustomer(catalogue, { request, settled }, now),
      );
      if (answer !== null) return answer;
    }
    return inOrganization(this.dataSource, organizationId, async (manager) => {
      const asOf = await usageAsOf(manager, now);
      const deletedCodes = await listDeletedMeterCodes(manager);
      const rows = new RowSums(request, organizationId, deletedCodes);
      const ids = await findSubscriptionIds(manager, wholeOf(request), filterOf(request));
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

function filterOf({ filters }: LagoUsageQuery): SubscriptionFilter {
  return { ...filters, meterCode: filters.metricCode };
}

/** Usage of one customer's subscriptions, asked at once; null where some are priced by more than sums, or too many. */
function askOfCustomer(
  { organization, customer, billables }: CustomerCatalogue,
  { request, settled }: { readonly request: LagoUsageQuery; readonly settled: SettledUsage | undefined },
  now: Date,
): CustomerQuestion<LagoAnswer> | null {
  const asked = billables.filter(({ subscription }) => passesFilter({ subscription, customer }, wholeOf(request), filterOf(request)));
  const stretches = asked.flatMap((billable) => stretchesOf(billable, request, now));
  if (asked.length > SUBSCRIPTIONS_AT_ONCE || stretches.some(({ charges }) => charges.some(isDivided))) return null;
  const deletedCodes = new Set(organization.meters.filter(({ deletedAt }) => deletedAt !== null).map(({ code }) => code));
  const rows = new RowSums(request, customer.organizationId, deletedCodes);
  if (stretches.length === 0) return customerQuestion<[], LagoAnswer>([], (_, usageAsOf) => ({ rows: [], asOf: usageAsOf(now) }));
  const series = usageSeriesRead(
    stretches.map((stretch) => stretch.series),
    settled,
  );
  if (series === null) return null;
  return customerQuestion<[AccumulatedUsage[][]], LagoAnswer>([series], ([accumulated], usageAsOf) => {
    stretches.forEach((stretch, index) => {
      for (const share of sharesOf(stretch, accumulated[index]!, new Map())) rows.add(stretch, share);
    });
    return { rows: rows.list(), asOf: usageAsOf(now) };
  });
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
