import type { Charge, MeterFilter, MeterRounding, PriceModel, TimeUnit, UsageEvent } from '@tallymark/domain';
import {
  type DataSource,
  EventLog,
  closeDueStatements,
  foldNewMeters,
  foldPendingCommits,
  newId,
  queueRunningStatements,
  refreshQueuedStatements,
} from '@tallymark/persistence';
import type { TestDatabase } from './test-database.js';
import { addOrganization } from './organization.js';

interface MeterOptions {
  readonly eventType?: string;
  readonly aggregation?: string;
  readonly valueProperty?: string | null;
  readonly filters?: readonly MeterFilter[];
  readonly groupBy?: Readonly<Record<string, string>>;
  readonly recurring?: boolean;
  readonly operationProperty?: string | undefined;
  readonly amountProperty?: string | undefined;
  readonly timeUnit?: TimeUnit | undefined;
  readonly rounding?: MeterRounding | undefined;
}

interface ChargeOptions extends Partial<Pick<Charge, 'minAmount' | 'maxAmount' | 'filters' | 'pricingGroups' | 'prorated'>> {
  readonly metric: string;
  readonly meterCode?: string;
  readonly unit?: string;
  readonly unitSize?: string;
  readonly includedUnits?: string;
  readonly price?: PriceModel;
}

interface SubscriptionOptions {
  readonly customerId: string;
  readonly charges: readonly ChargeOptions[];
  readonly baseAmount?: string;
  readonly minimumCommitment?: string;
  readonly trialDays?: number;
  readonly currency?: string;
  readonly startedAt?: string;
  readonly timeZone?: string;
  readonly interval?: string;
}

/** An organization in a test database, with short ways to give it meters, customers and events, and to have them counted. */
export class UsageWorld {
  /** One for all that is sent: while the clock stands, only its own count keeps commit ids apart. */
  private readonly log: EventLog;

  private constructor(
    readonly organizationId: string,
    readonly owner: DataSource,
    ingest: DataSource,
    private readonly calc: DataSource,
    private now: Date,
  ) {
    this.log = new EventLog(ingest);
  }

  /** @param organizationId one that exists; a new one is made where it is left out. */
  static async create(database: TestDatabase, now: Date, organizationId?: string): Promise<UsageWorld> {
    const [owner, ingest, calc] = await Promise.all([database.connect('owner'), database.connect('ingest'), database.connect('calc')]);
    return new UsageWorld(organizationId ?? (await addOrganization(owner)), owner, ingest, calc, now);
  }

  async addMeter(code: string, options: MeterOptions = {}): Promise<string> {
    const id = newId(this.now);
    await this.owner.query(
      `INSERT INTO meter (id, organization_id, code, name, unit, event_type, aggregation, value_property, filters, group_by, recurring, operation_property, amount_property, time_unit, rounding)
       VALUES ($1, $2, $3, $3, 'units', $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
      [
        id,
        this.organizationId,
        code,
        options.eventType ?? 'api.request',
        options.aggregation ?? 'count',
        options.valueProperty ?? null,
        JSON.stringify(options.filters ?? []),
        JSON.stringify(options.groupBy ?? {}),
        options.recurring ?? false,
        options.operationProperty ?? null,
        options.amountProperty ?? null,
        options.timeUnit ?? null,
        options.rounding === undefined ? null : JSON.stringify(options.rounding),
      ],
    );
    return id;
  }

  /** A customer whose only subject is its external id. @returns its id. */
  async addCustomer(externalId: string, more: { type?: string; country?: string } = {}): Promise<string> {
    const id = newId(this.now);
    await this.owner.query('INSERT INTO customer (id, organization_id, external_id, name, type, country) VALUES ($1, $2, $3, $3, $4, $5)', [
      id,
      this.organizationId,
      externalId,
      more.type ?? null,
      more.country ?? null,
    ]);
    await this.owner.query('INSERT INTO customer_subject (organization_id, subject, customer_id) VALUES ($1, $2, $3)', [
      this.organizationId,
      externalId,
      id,
    ]);
    return id;
  }

  /** A plan of its own and a subscription to it, created as it starts and billed by calendar month unless told otherwise. @returns the subscription's id. */
  async subscribe(options: SubscriptionOptions): Promise<string> {
    const [planId, versionId, subscriptionId] = [newId(this.now), newId(this.now), newId(this.now)];
    const charges = options.charges.map((charge) => ({
      name: charge.metric,
      meterCode: charge.metric,
      unit: 'units',
      unitSize: '1',
      includedUnits: '0',
      price: { model: 'standard', unitAmount: '1' },
      minAmount: null,
      maxAmount: null,
      ...charge,
    }));
    await this.owner.query('INSERT INTO plan (id, organization_id, code, name) VALUES ($1, $2, $3, $3)', [
      planId,
      this.organizationId,
      `plan-${planId}`,
    ]);
    await this.owner.query(
      'INSERT INTO plan_version (id, organization_id, plan_id, version, currency, "interval", base_amount, charges, minimum_commitment, trial_days) VALUES ($1, $2, $3, 1, $4, $5, $6, $7, $8, $9)',
      [
        versionId,
        this.organizationId,
        planId,
        options.currency ?? 'USD',
        options.interval ?? 'monthly',
        options.baseAmount ?? '0',
        JSON.stringify(charges),
        options.minimumCommitment ?? null,
        options.trialDays ?? 0,
      ],
    );
    await this.owner.query(
      `INSERT INTO subscription (id, organization_id, external_id, customer_id, plan_version_id, billing_time, time_zone, started_at, created_at) VALUES ($1, $2, $3, $4, $5, 'calendar', $6, $7, $7)`,
      [
        subscriptionId,
        this.organizationId,
        `subscription-${subscriptionId}`,
        options.customerId,
        versionId,
        options.timeZone ?? 'UTC',
        options.startedAt ?? '2025-11-01T00:00:00Z',
      ],
    );
    return subscriptionId;
  }

  /** Sends events and has them counted and priced. A `time` of the event is RFC 3339; ids are made where absent. */
  async use(
    events: readonly (Partial<Omit<UsageEvent, 'dataJson'>> & { readonly subject: string; readonly data?: unknown })[],
  ): Promise<void> {
    await this.send(events);
    await this.settle();
  }

  /** Sends events and leaves them unfolded. */
  async send(
    events: readonly (Partial<Omit<UsageEvent, 'dataJson'>> & { readonly subject: string; readonly data?: unknown })[],
  ): Promise<void> {
    const complete = events.map(({ data, ...event }) => ({
      organizationId: this.organizationId,
      event: {
        id: newId(new Date()),
        source: '/test',
        type: 'api.request',
        time: this.now.toISOString(),
        ...event,
        dataJson: data === undefined ? null : JSON.stringify(data),
      },
    }));
    for (let start = 0; start < complete.length; start += 1_000) await this.log.append(complete.slice(start, start + 1_000), [], this.now);
  }

  /** Folds all that is pending and refreshes the statements it touches. */
  async settle(): Promise<void> {
    await foldNewMeters(this.calc);
    while ((await foldPendingCommits(this.calc)).commits > 0);
    while ((await refreshQueuedStatements(this.calc, this.now)) > 0);
  }

  /** Lets the clock go on to an instant, and has done what is due by then: statements of new periods made, those whose grace is over closed. */
  async passTime(until: string): Promise<void> {
    this.now = new Date(until);
    await queueRunningStatements(this.calc, this.now);
    do await this.settle();
    while ((await closeDueStatements(this.calc, this.now)) > 0);
    await this.settle();
  }
}
