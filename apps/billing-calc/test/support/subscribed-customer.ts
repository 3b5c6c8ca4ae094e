import { Window, billingPeriodAt } from '@tallymark/date-window';
import {
  type DataSource,
  PlanRepository,
  SubscriptionRepository,
  courseOf,
  newId,
  verifyStatements,
  verifyUsage,
} from '@tallymark/persistence';
import { type TestDatabase, UsageWorld, startTestDatabase } from '@tallymark/testing';

/** A monthly plan with one charge, for API calls. */
interface Terms {
  readonly baseAmount: string;
  readonly includedCalls?: string;
  readonly callPrice: string;
  readonly trialDays?: number;
}

/** One customer, `acme`, who makes API calls, and whose subscriptions change over time as the platform API changes them. */
export class SubscribedCustomer {
  private constructor(
    private readonly database: TestDatabase,
    readonly world: UsageWorld,
    private readonly calc: DataSource,
    private readonly plans: PlanRepository,
    private readonly subscriptions: SubscriptionRepository,
    private readonly customerId: string,
  ) {}

  /** @param until the last instant of the story, for which there is room in the log. */
  static async create(start: string, until: string): Promise<SubscribedCustomer> {
    const database = await startTestDatabase({ now: new Date(until) });
    const [calc, api] = await Promise.all([database.connect('calc'), database.connect('api')]);
    const world = await UsageWorld.create(database, new Date(start));
    await world.addMeter('calls');
    const customerId = await world.addCustomer('acme');
    return new SubscribedCustomer(database, world, calc, new PlanRepository(api), new SubscriptionRepository(api), customerId);
  }

  /** A new plan, or the next version of one. @returns the version's id. */
  async price(code: string, { baseAmount, includedCalls = '0', callPrice, trialDays = 0 }: Terms): Promise<string> {
    const { organizationId } = this.world;
    const charge = {
      metric: 'calls',
      name: 'Calls',
      meterCode: 'calls',
      unit: 'calls',
      unitSize: '1',
      includedUnits: includedCalls,
      price: { model: 'standard' as const, unitAmount: callPrice },
      minAmount: null,
      maxAmount: null,
      filters: [],
      pricingGroups: [],
      prorated: false,
    };
    const terms = {
      currency: 'USD',
      interval: 'monthly' as const,
      baseAmount,
      minimumCommitment: null,
      trialDays,
      charges: [charge],
    };
    const createdAt = new Date();
    const next = { id: newId(createdAt), createdAt, terms, isSame: () => false };
    const { version } =
      (await this.plans.addVersion(organizationId, code, next))?.row ??
      (await this.plans.create({ id: newId(createdAt), organizationId, code, name: code, createdAt }, newId(createdAt), terms)).row;
    return version.id;
  }

  /** @returns the subscription's id. */
  async subscribe(planVersionId: string, startedAt: string, timeZone = 'UTC'): Promise<string> {
    const id = newId(new Date());
    await this.subscriptions.create({
      id,
      organizationId: this.world.organizationId,
      externalId: id,
      customerId: this.customerId,
      planVersionId,
      billingTime: 'calendar',
      timeZone,
      startedAt: new Date(startedAt),
      createdAt: new Date(startedAt),
    });
    return id;
  }

  /** Puts a subscription on a plan version from an instant on, and has its statements made anew. */
  async change(subscriptionId: string, planVersionId: string, at: string): Promise<void> {
    await this.subscriptions.change(this.world.organizationId, subscriptionId, this.by(at), () => ({
      startsAt: new Date(at),
      planVersionId,
    }));
    await this.world.settle();
  }

  /** Moves a subscription to another zone, from the end of the billing period that holds an instant on. */
  async move(subscriptionId: string, timeZone: string, at: string): Promise<void> {
    await this.subscriptions.change(this.world.organizationId, subscriptionId, this.by(at), (current) => ({
      startsAt: billingPeriodAt(courseOf(current).cycle, new Date(at))!.full.to,
      timeZone,
    }));
    await this.world.settle();
  }

  /** Ends a subscription, as of an instant that may lie back, and has its statements made anew. */
  async end(subscriptionId: string, at: string, now: string): Promise<void> {
    await this.subscriptions.terminate(this.world.organizationId, subscriptionId, new Date(now), () => new Date(at));
    await this.world.settle();
  }

  /** A connection in a role, for what the story does beside. */
  connect(role: 'api' | 'calc'): Promise<DataSource> {
    return this.database.connect(role);
  }

  /** Calls of the API at instants. */
  async call(...times: string[]): Promise<void> {
    await this.world.use(times.map((time) => ({ subject: 'acme', time })));
  }

  /** One line for each statement of a subscription, by time: `2026-11-01 to 2026-12-01 basic 1 open: 4 calls, base 30, total 31`. */
  async statements(subscriptionId: string): Promise<string[]> {
    const rows: {
      period_from: Date;
      period_to: Date;
      code: string;
      version: number;
      status: string;
      calls: string;
      base: string;
      total: string;
      adjusted: string;
    }[] = await this.world.owner.query(
      `SELECT s.period_from, s.period_to, p.code, v.version, s.status, s.amounts -> 'lines' -> 0 ->> 'used' AS calls, s.amounts ->> 'base' AS base, s.total,
         s.amounts ->> 'adjustmentAmount' AS adjusted
       FROM statement s JOIN plan_version v ON v.id = s.plan_version_id JOIN plan p ON p.id = v.plan_id WHERE s.subscription_id = $1 ORDER BY s.period_from`,
      [subscriptionId],
    );
    return rows.map((row) => {
      const window = Window.of(row.period_from, row.period_to);
      const adjusted = row.adjusted === '0' ? '' : `, adjusted ${row.adjusted}`;
      return `${short(window.from)} to ${short(window.to)} ${row.code} ${row.version} ${row.status}: ${row.calls} calls, base ${row.base}${adjusted}, total ${row.total}`;
    });
  }

  /** What of buckets and statements, open and closed, is not what the raw events say: statements priced from these buckets, and from the events. */
  async differences(): Promise<unknown[]> {
    const { meters, statements } = await verifyUsage(this.calc, () => undefined);
    const all = [...statements, ...(await verifyStatements(this.calc))];
    return [...meters.filter((result) => result.different > 0), ...all.flatMap((result) => result.different)];
  }

  stop(): Promise<void> {
    return this.database.stop();
  }

  private by(at: string): { by: string; now: Date } {
    return { by: 'scenario', now: new Date(at) };
  }
}

function short(instant: Date): string {
  return instant.toISOString().replace('T00:00:00.000Z', '').replace(':00.000Z', 'Z');
}
