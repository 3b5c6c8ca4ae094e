import { Inject, Injectable } from '@nestjs/common';
import { type GnipBucket, Window } from '@tallymark/date-window';
import { DomainError } from '@tallymark/domain';
import {
  CatalogueReader,
  type CustomerCatalogue,
  type CustomerQuestion,
  type CustomerWithSubjects,
  type DailyUniques,
  type DailyUniquesRequest,
  type Read,
  type SettledUsage,
  type UsageAnswer,
  customerQuestion,
  dailyUniqueSetsRead,
  dailyUniquesRead,
  metersGroupedBy,
  usageRead,
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
    private readonly catalogue: CatalogueReader,
    private readonly limit: SlidingWindowLimit,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** @throws DomainError `not_found` unless the account is the key's own; `rate_limited`; `invalid_request` */
  async read({ organizationId, customerId }: Principal, account: string, query: RawQuery): Promise<GnipAnswer> {
    const now = this.clock();
    // Credentials belong to an account: a key of the whole organization has none, and every other account is not there.
    if (customerId === null) throw noAccount(account);
    let isAdmitted = false;
    const ask = (countUniques: CountUniquesFrom): Promise<GnipAnswer | null> =>
      this.catalogue.read(organizationId, { id: customerId }, now, (catalogue, settled) => {
        if (catalogue.customer.externalId !== account) throw noAccount(account);
        // Counted once, though the question may be put twice.
        if (!isAdmitted) this.limit.admit(customerId, now);
        isAdmitted = true;
        return askUsage(catalogue, { account, query, countUniques: (request) => countUniques(request, settled) }, now);
      });
    const answer = (await ask(dailyUniqueSetsRead)) ?? (await ask(dailyUniquesRead));
    if (answer === null) throw noAccount(account);
    return answer;
  }
}

function noAccount(account: string): DomainError {
  return new DomainError('not_found', `no account ${JSON.stringify(account)} for these credentials`);
}

/** Null where it can't be told that way. */
type Counts = readonly GnipCount[] | null;
type CountUniques = (request: DailyUniquesRequest) => Read<DailyUniques[] | null> | null;
type CountUniquesFrom = (request: DailyUniquesRequest, settled?: SettledUsage) => ReturnType<CountUniques>;

interface Asked {
  readonly account: string;
  readonly query: RawQuery;
  readonly countUniques: CountUniques;
}

function askUsage(
  { organization, customer }: CustomerCatalogue,
  { countUniques, ...request }: Asked,
  now: Date,
): CustomerQuestion<GnipAnswer | null> {
  const { buckets, projection, ...frame } = parseGnipRequest(request, { now });
  const meters = recogniseGnipMeters(metersGroupedBy(organization.meters, GNIP_REQUIRED_DIMENSIONS));
  const reads = [
    activitiesRead(customer, { ...activityMetersOf(organization, meters.activityMeterIds), buckets, countUniques }),
    sumsRead(customer, { meters: meters.summed, buckets }),
  ].filter((read) => read !== null);
  return customerQuestion<Counts[], GnipAnswer | null>(reads, (answers, usageAsOf) => {
    const counts = answers.filter((one) => one !== null);
    if (counts.length < answers.length) return null;
    const timePeriods = buckets.map(({ timePeriod }) => timePeriod);
    return { usage: { ...frame, timePeriods, rows: gnipRowsOf(counts.flat()) }, projection, asOf: usageAsOf(now) };
  });
}

type ActivityMeters = Required<Pick<DailyUniquesRequest, 'meterIds' | 'dimensions'>>;

/** Some meters group by more than the contract asks for. */
function activityMetersOf({ meters }: CustomerCatalogue['organization'], meterIds: readonly string[]): ActivityMeters {
  const dimensions = meters.flatMap(({ id, groupBy }) => (meterIds.includes(id) ? Object.keys(groupBy) : []));
  return { meterIds, dimensions };
}

/** Each activity counts once a day and level, as the contract publishes it; a bucket adds up its days. */
function activitiesRead(
  { organizationId, subjects }: CustomerWithSubjects,
  { buckets, countUniques, ...meters }: ActivityMeters & { readonly buckets: readonly GnipBucket[] } & Pick<Asked, 'countUniques'>,
): Read<Counts> | null {
  if (buckets.length === 0) return null;
  const window = Window.of(buckets[0]!.window.from, buckets.at(-1)!.window.to);
  const read = countUniques({ organizationId, ...meters, subjects, window, levels: GNIP_LEVELS });
  return read === null ? null : { ...read, answer: (rows) => toActivities(read.answer(rows), buckets) };
}

function toActivities(uniques: readonly DailyUniques[] | null, buckets: readonly GnipBucket[]): Counts {
  if (uniques === null) return null;
  return uniques.flatMap(({ day, level: index, group, count }) => {
    const level = gnipLevelOf(index, group);
    const { timePeriod } = buckets.find((bucket) => bucket.window.contains(day))!;
    return level === null ? [] : [{ level, timePeriod, metric: 'activities' as const, count }];
  });
}

function sumsRead(
  { organizationId, subjects }: CustomerWithSubjects,
  { meters, buckets }: { readonly meters: readonly GnipSummedMeter[]; readonly buckets: readonly GnipBucket[] },
): Read<Counts> | null {
  const asked = meters.flatMap(({ meter, metricOf }) => buckets.map((bucket) => ({ meter, metricOf, bucket })));
  if (asked.length === 0) return null;
  const read = usageRead(
    asked.map(({ meter, bucket }) => ({ organizationId, meter, subjects, window: bucket.window, groupBy: GNIP_DIMENSIONS })),
  );
  return { ...read, answer: (rows) => toCounts(asked, read.answer(rows)) };
}

function toCounts(
  asked: readonly (Pick<GnipSummedMeter, 'metricOf'> & { readonly bucket: GnipBucket })[],
  answers: readonly (readonly UsageAnswer[])[],
): Counts {
  return asked.flatMap(({ metricOf, bucket: { timePeriod } }, index) =>
    answers[index]!.flatMap(({ group, value }) => {
      const { product = null } = group;
      const metric = product === null ? null : metricOf(product);
      if (metric === null || value === null) return [];
      return gnipLevelsOf(group).map((level) => ({ level, timePeriod, metric, count: value }));
    }),
  );
}
