import { Inject, Injectable } from '@nestjs/common';
import { type Window, billingPeriodAt } from '@tallymark/date-window';
import { DomainError, type StatementAmounts, decimal } from '@tallymark/domain';
import {
  type Billable,
  CatalogueReader,
  type CustomerQuestion,
  DataSource,
  type EntityManager,
  billingPartAt,
  computeStatement,
  customerQuestion,
  inOrganization,
  loadBillables,
  planVersionAt,
  type StoredStatement,
  projectStatement,
  rateBillings,
  storedStatementRead,
  usageAsOf,
} from '@tallymark/persistence';
import {
  BILLING_METRIC_TYPES,
  type BillingMetricType,
  type BillingUsage,
  type BillingUsageMetric,
  type BillingUsageRequest,
  type RawQuery,
  parseBillingUsageRequest,
  unusedBillingMetric,
} from '@tallymark/provider-contracts';
import { usedPercentage } from '@tallymark/rating';
import { CLOCK, type Clock, type Principal } from '@tallymark/service-kit';

/** Usage of a customer's plan in a window: from the statement that is kept fresh for the current billing period, priced on the spot for any other. */
@Injectable()
export class BillingUsageService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly catalogue: CatalogueReader,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async read(principal: Principal, query: RawQuery): Promise<BillingUsage> {
    const { customerId } = principal;
    if (customerId === null)
      throw new DomainError('forbidden', 'the credential stands for a whole organization; expected a session token or key of one customer');
    const now = this.clock();
    const { organizationId } = principal;
    const stored = await this.catalogue.read(organizationId, { id: customerId }, now, ({ billables }) =>
      askCurrentPeriod(billables, query, now),
    );
    if (stored !== null) return stored;
    return inOrganization(this.dataSource, organizationId, async (manager) => {
      const billable = runningSubscription(await loadBillables(manager, { customerId }), now);
      const request = parseRequest(billable, query, now);
      const { amounts, asOf } = request.isCurrentPeriod
        ? await computeCurrentPeriod(manager, billable, now)
        : await priceWindow(manager, billable, request.window, now);
      return toBillingUsage({ billable, request, amounts, asOf, now });
    });
  }
}

/** The statement that is kept fresh says all of the current period; null for any other window. The answer is null while none has been made. */
function askCurrentPeriod(billables: readonly Billable[], query: RawQuery, now: Date): CustomerQuestion<BillingUsage | null> | null {
  const billable = runningSubscription(billables, now);
  const request = parseRequest(billable, query, now);
  if (!request.isCurrentPeriod) return null;
  const statement = storedStatementRead(billable.subscription.id, request.window.from);
  return customerQuestion<[StoredStatement | null], BillingUsage | null>([statement], ([stored], usageAsOf) => {
    if (stored === null) return null;
    const complete = usageAsOf(now);
    const asOf = stored.isQueued && stored.asOf < complete ? stored.asOf : complete;
    return toBillingUsage({ billable, request, amounts: stored.amounts, asOf, now });
  });
}

function parseRequest(billable: Billable, query: RawQuery, now: Date): BillingUsageRequest {
  return parseBillingUsageRequest(query, {
    now,
    currentPeriod: periodAt(billable, now),
    periodContaining: (instant) => periodAt(billable, instant),
    knownMetrics: [...new Set([...pricedMetrics(billable), ...Object.keys(BILLING_METRIC_TYPES)])],
  });
}

/** The contract knows one plan a customer: of several subscriptions that run, the one that started first. */
function runningSubscription(billables: readonly Billable[], now: Date): Billable {
  const running = billables.filter((billable) => billingPartAt(billable, now) !== null);
  running.sort(
    (a, b) => a.subscription.startedAt.getTime() - b.subscription.startedAt.getTime() || (a.subscription.id < b.subscription.id ? -1 : 1),
  );
  const [first] = running;
  if (first === undefined) throw new DomainError('not_found', 'the customer has no running subscription');
  return first;
}

/** Of every plan that the subscription was, is or will be on: which of them a request concerns, only its dates tell. */
function pricedMetrics({ phases }: Billable): string[] {
  return phases.flatMap(({ planVersion }) => planVersion.charges.map((charge) => charge.metric));
}

/**
 * The billing period that holds an instant, or the part of it that one plan covers: what one statement is about. Before the subscription began, and
 * after it ended, the contract still asks which period a date lies in: as if it had always run.
 */
function periodAt(billable: Billable, instant: Date): Window {
  const part = billingPartAt(billable, instant);
  if (part !== null) return part.window;
  const { cycle } = billable;
  return billingPeriodAt({ ...cycle, startedAt: instant < cycle.startedAt ? instant : cycle.startedAt, endedAt: null }, instant)!.full;
}

async function computeCurrentPeriod(
  manager: EntityManager,
  billable: Billable,
  now: Date,
): Promise<{ amounts: StatementAmounts; asOf: Date }> {
  // Asked first: what is folded meanwhile is in the amounts, and more than was promised.
  const asOf = await usageAsOf(manager, now);
  const computed = await computeStatement(manager, billable, now);
  return { amounts: computed!.amounts, asOf };
}

async function priceWindow(
  manager: EntityManager,
  billable: Billable,
  window: Window,
  now: Date,
): Promise<{ amounts: StatementAmounts; asOf: Date }> {
  // A window of several plans shows the one that its last instant, or now, is under.
  const planVersion = planVersionAt(billable, new Date(Math.min(window.toMs - 1, now.getTime())));
  const asOf = await usageAsOf(manager, now);
  const [amounts] = await rateBillings(manager, [{ billable, planVersion, window, gauges: 'peak' }]);
  return { amounts: amounts!, asOf };
}

interface Answer {
  readonly billable: Billable;
  readonly request: BillingUsageRequest;
  readonly amounts: StatementAmounts;
  readonly asOf: Date;
  readonly now: Date;
}

function toBillingUsage({ billable, request, amounts, asOf, now }: Answer): BillingUsage {
  const projections = request.isCurrentPeriod ? projectStatement(billable, amounts, request.window, now) : new Map<string, string>();
  const metrics = amounts.lines.map((line): BillingUsageMetric => {
    const projection = projections.get(line.metric);
    const units = projection === undefined ? null : decimal(projection);
    return { ...line, projected: units === null ? null : { units, percentage: usedPercentage(units, line.included) } };
  });
  // The request was read against the plan's metrics and the documented types: what is no line of the plan is one of those.
  const wanted =
    request.metrics?.map((metric) => metrics.find((one) => one.metric === metric) ?? unusedBillingMetric(metric as BillingMetricType)) ??
    metrics;
  // The contract's total is base plus overage, of this period: what lacks to a commitment is owed beyond the base, adjustments are of earlier ones.
  const overage = amounts.overageAmount.plus(amounts.commitmentTrueUp);
  return {
    period: request.window,
    asOf,
    metrics: wanted,
    cost: { base: amounts.base, overage, total: amounts.base.plus(overage), currency: amounts.currency },
  };
}
