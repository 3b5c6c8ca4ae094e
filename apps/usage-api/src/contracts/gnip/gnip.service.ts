import { Inject, Injectable } from '@nestjs/common';
import { type GnipBucket, Window } from '@tallymark/date-window';
import { DomainError } from '@tallymark/domain';
import {
  CustomerRepository,
  type CustomerWithSubjects,
  DataSource,
  type EntityManager,
  countDailyUniques,
  inOrganization,
  listMetersGroupedBy,
  readUsage,
  usageAsOf,
} from '@tallymark/persistence';
import { type GnipProjection, type GnipUsage, type RawQuery, parseGnipRequest } from '@tallymark/provider-contracts';
import { CLOCK, type Clock, type Principal } from '@tallymark/service-kit';
import { GNIP_DIMENSIONS, GNIP_REQUIRED_DIMENSIONS, type GnipSummedMeter, recogniseGnipMeters } from './gnip-meters.js';
import { GNIP_LEVELS, type GnipCount, gnipLevelOf, gnipLevelsOf, gnipRowsOf } from './gnip-rows.js';
import { SlidingWindowLimit } from './sliding-window-limit.js';

/** What the contract's answer is made of. */
export interface GnipAnswer {
  readonly usage: GnipUsage;
  readonly projection: GnipProjection | null;
  readonly asOf: Date;
}

/** Usage of an account by publisher, product and endpoint. An account is a customer, by its external id. */
@Injectable()
export class GnipService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly customers: CustomerRepository,
    private readonly limit: SlidingWindowLimit,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** @throws DomainError `not_found` unless the account is the key's own; `rate_limited`; `invalid_request` */
  async read(principal: Principal, account: string, query: RawQuery): Promise<GnipAnswer> {
    const now = this.clock();
    const customer = await this.findAccount(principal, account);
    this.limit.admit(customer.id, now);
    const { buckets, projection, ...frame } = parseGnipRequest({ account, query }, { now });
    return inOrganization(this.dataSource, principal.organizationId, async (manager) => {
      const asOf = await usageAsOf(manager, now);
      const rows = gnipRowsOf(await countUsage(manager, customer, buckets));
      return { usage: { ...frame, timePeriods: buckets.map(({ timePeriod }) => timePeriod), rows }, projection, asOf };
    });
  }

  /** Credentials belong to an account: a key of the whole organization has none, and every other account is not there. */
  private async findAccount({ organizationId, customerId }: Principal, account: string): Promise<CustomerWithSubjects> {
    const own = customerId === null ? null : await this.customers.find(organizationId, customerId);
    if (own?.externalId !== account) throw new DomainError('not_found', `no account ${JSON.stringify(account)} for these credentials`);
    return own;
  }
}

async function countUsage(manager: EntityManager, customer: CustomerWithSubjects, buckets: readonly GnipBucket[]): Promise<GnipCount[]> {
  if (buckets.length === 0) return [];
  const meters = recogniseGnipMeters(await listMetersGroupedBy(manager, GNIP_REQUIRED_DIMENSIONS));
  const activities = await countActivities(manager, customer, { meterIds: meters.activityMeterIds, buckets });
  return [...activities, ...(await sumMeters(manager, customer, { meters: meters.summed, buckets }))];
}

/** Each activity counts once a day and level, as the contract publishes it; a bucket adds up its days. */
async function countActivities(
  manager: EntityManager,
  { organizationId, subjects }: CustomerWithSubjects,
  { meterIds, buckets }: { readonly meterIds: readonly string[]; readonly buckets: readonly GnipBucket[] },
): Promise<GnipCount[]> {
  const window = Window.of(buckets[0]!.window.from, buckets.at(-1)!.window.to);
  const uniques = await countDailyUniques(manager, { organizationId, meterIds, subjects, window, levels: GNIP_LEVELS });
  return uniques.flatMap(({ day, level: index, group, count }) => {
    const level = gnipLevelOf(index, group);
    const { timePeriod } = buckets.find((bucket) => bucket.window.contains(day))!;
    return level === null ? [] : [{ level, timePeriod, metric: 'activities' as const, count }];
  });
}

async function sumMeters(
  manager: EntityManager,
  { organizationId, subjects }: CustomerWithSubjects,
  { meters, buckets }: { readonly meters: readonly GnipSummedMeter[]; readonly buckets: readonly GnipBucket[] },
): Promise<GnipCount[]> {
  const asked = meters.flatMap(({ meter, metricOf }) => buckets.map((bucket) => ({ meter, metricOf, bucket })));
  const answers = await readUsage(
    manager,
    asked.map(({ meter, bucket }) => ({ organizationId, meter, subjects, window: bucket.window, groupBy: GNIP_DIMENSIONS })),
  );
  return asked.flatMap(({ metricOf, bucket: { timePeriod } }, index) =>
    answers[index]!.flatMap(({ group, value }) => {
      const { product = null } = group;
      const metric = product === null ? null : metricOf(product);
      if (metric === null || value === null) return [];
      return gnipLevelsOf(group).map((level) => ({ level, timePeriod, metric, count: value }));
    }),
  );
}
