import { Inject, Injectable } from '@nestjs/common';
import { Window } from '@tallymark/date-window';
import {
  CustomerRepository,
  type CustomerWithSubjects,
  DataSource,
  MeterRepository,
  inOrganization,
  usageAsOf,
} from '@tallymark/persistence';
import { CLOCK, type Clock, type CursorContext, type Principal, decodeCursor, encodeCursor } from '@tallymark/service-kit';
import { CatalogueSettings } from '../catalogue/catalogue-settings.js';
import { requireFound } from '../catalogue/not-found.js';
import { convertRow } from './convert.js';
import { filtersOf, groupByOf } from './dimensions.js';
import type { UsageBody, UsageQuery } from './schemas.js';
import { seriesOf } from './series.js';
import { readUsagePage, usagePosition } from './usage-page.js';

/** Answers usage queries over any window, exact at any bound, with a row for every window: also for those in which nothing was used. */
@Injectable()
export class UsageService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly customers: CustomerRepository,
    private readonly meters: MeterRepository,
    private readonly settings: CatalogueSettings,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async read(principal: Principal, query: UsageQuery): Promise<UsageBody> {
    const { organizationId } = principal;
    const { cursor, limit, format: _, ...filters } = query;
    const secret = this.settings.tokenSecret;
    const context: CursorContext = {
      organizationId,
      route: 'GET /platform/v1/usage',
      filters: { ...filters, principal: principal.customerId ?? undefined },
    };
    const from = cursor === undefined ? null : decodeCursor(secret, context, cursor, usagePosition);
    const customers = await this.findCustomers(principal, query.customer);
    const series = seriesOf(customers, query);
    const meter = requireFound(await this.meters.find(organizationId, query.meter), 'meter', query.meter);
    const timeZone = query.time_zone ?? zoneOf(customers);
    const table = {
      organizationId,
      meter,
      series: series.map(({ subjects }) => subjects),
      groupBy: groupByOf(meter, query.group_by),
      filters: filtersOf(meter, query.filter),
      range: Window.of(new Date(query.from), new Date(query.to)),
      window: query.window ?? null,
      timeZone,
    };
    return inOrganization(this.dataSource, organizationId, async (manager) => {
      const asOf = await usageAsOf(manager, this.clock());
      const { rows, next } = await readUsagePage(manager, table, { from, limit });
      return {
        meter: meter.code,
        unit: meter.unit,
        aggregation: meter.aggregation,
        from: query.from,
        to: query.to,
        window: table.window,
        time_zone: timeZone,
        as_of: asOf.toISOString(),
        complete: meter.folded,
        data: rows.map((row) => convertRow(row, series)),
        next_cursor: next === null ? null : encodeCursor(secret, context, next),
      };
    });
  }

  /** A credential of one customer answers for that one, whatever it asks for: another is not there. */
  private async findCustomers(principal: Principal, references: readonly string[] | undefined): Promise<CustomerWithSubjects[]> {
    const wanted = references ?? (principal.customerId === null ? [] : [principal.customerId]);
    const found = new Map<string, CustomerWithSubjects>();
    for (const reference of wanted) {
      const customer = requireFound(await this.customers.find(principal.organizationId, reference), 'customer', reference);
      if (principal.customerId !== null && customer.id !== principal.customerId) requireFound(null, 'customer', reference);
      found.set(customer.id, customer);
    }
    return [...found.values()];
  }
}

/** The zone that all of them have; UTC where they differ, or there are none. */
function zoneOf(customers: readonly CustomerWithSubjects[]): string {
  const [zone, ...others] = new Set(customers.map((customer) => customer.timeZone));
  return zone === undefined || others.length > 0 ? 'UTC' : zone;
}
