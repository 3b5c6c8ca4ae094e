import type { PriceModel, UsageEvent } from '@tallymark/domain';
import { type DataSource, EventLog, foldNewMeters, foldPendingCommits, newId, refreshQueuedStatements } from '@tallymark/persistence';
import type { TestDatabase } from './test-database.js';
import { addOrganization } from './organization.js';

interface MeterOptions {
  readonly eventType?: string;
  readonly aggregation?: string;
  readonly valueProperty?: string | null;
  readonly groupBy?: Readonly<Record<string, string>>;
  readonly recurring?: boolean;
}

interface ChargeOptions {
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
  readonly currency?: string;
  readonly startedAt?: string;
  readonly timeZone?: string;
  readonly interval?: string;
}

/** An organization in a test database, with short ways to give it meters, customers and events, and to have them counted. */
export class UsageWorld {
  private constructor(
    readonly organizationId: string,
    readonly owner: DataSource,
    private readonly ingest: DataSource,
    private readonly calc: DataSource,
    private readonly now: Date,
  ) {}

  static async create(database: TestDatabase, now: Date): Promise<UsageWorld> {
    const [owner, ingest, calc] = await Promise.all([database.connect('owner'), database.connect('ingest'), database.connect('calc')]);
    return new UsageWorld(await addOrganization(owner), owner, ingest, calc, now);
  }

  async addMeter(code: string, options: MeterOptions = {}): Promise<string> {
    const id = newId(this.now);
    await this.owner.query(
      `INSERT INTO meter (id, organization_id, code, name, unit, event_type, aggregation, value_property, group_by, recurring) VALUES ($1, $2, $3, $3, 'units', $4, $5, $6, $7, $8)`,
      [
        id,
        this.organizationId,
        code,
        options.eventType ?? 'api.request',
        options.aggregation ?? 'count',
        options.valueProperty ?? null,
        JSON.stringify(options.groupBy ?? {}),
        options.recurring ?? false,
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

  /** A plan of its own and a subscription to it, billed by calendar month unless told otherwise. @returns the subscription's id. */
  async subscribe(options: SubscriptionOptions): Promise<string> {
    const [planId, versionId, subscriptionId] = [newId(this.now), newId(this.now), newId(this.now)];
    const charges = options.charges.map((charge) => ({
      metric: charge.metric,
      name: charge.metric,
      meterCode: charge.meterCode ?? charge.metric,
      unit: charge.unit ?? 'units',
      unitSize: charge.unitSize ?? '1',
      includedUnits: charge.includedUnits ?? '0',
      price: charge.price ?? { model: 'standard', unitAmount: '1' },
      minAmount: null,
      maxAmount: null,
    }));
    await this.owner.query('INSERT INTO plan (id, organization_id, code, name) VALUES ($1, $2, $3, $3)', [
      planId,
      this.organizationId,
      `plan-${planId}`,
    ]);
    await this.owner.query(
      'INSERT INTO plan_version (id, organization_id, plan_id, version, currency, "interval", base_amount, charges) VALUES ($1, $2, $3, 1, $4, $5, $6, $7)',
      [
        versionId,
        this.organizationId,
        planId,
        options.currency ?? 'USD',
        options.interval ?? 'monthly',
        options.baseAmount ?? '0',
        JSON.stringify(charges),
      ],
    );
    await this.owner.query(
      `INSERT INTO subscription (id, organization_id, external_id, customer_id, plan_version_id, billing_time, time_zone, started_at) VALUES ($1, $2, $3, $4, $5, 'calendar', $6, $7)`,
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
    const log = new EventLog(this.ingest);
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
    for (let start = 0; start < complete.length; start += 1_000) await log.append(complete.slice(start, start + 1_000), [], this.now);
  }

  /** Folds all that is pending and refreshes the statements it touches. */
  async settle(): Promise<void> {
    await foldNewMeters(this.calc);
    while ((await foldPendingCommits(this.calc)).commits > 0);
    while ((await refreshQueuedStatements(this.calc, this.now)) > 0);
  }
}
