import type { GnipMetric, GnipProductFamily } from '@tallymark/provider-contracts';
import { gnipProductFamily } from '@tallymark/provider-contracts';
import { isCumulative } from '@tallymark/domain';
import type { GroupedMeter } from '@tallymark/persistence';

/** Dimensions without which a meter is none of this contract. */
export const GNIP_REQUIRED_DIMENSIONS = ['publisher', 'product'] as const;
/** Dimensions of an endpoint; a meter that lacks the last two counts for publishers and products alone. */
export const GNIP_DIMENSIONS = [...GNIP_REQUIRED_DIMENSIONS, 'endpoint', 'label'] as const;

type MetricByFamily = Readonly<Partial<Record<GnipProductFamily, GnipMetric>>>;

/** Meters whose usage adds up, by code: the product's family decides which metric it is, or whether it is any. */
const SUMMED_CODES: Readonly<Record<string, MetricByFamily>> = {
  search_requests: { search_30_day: 'searchRequests30Day', search_full_archive: 'searchRequestsFullArchive' },
  historical_days: { historical: 'historicalPowertrackDays' },
  historical_jobs: { historical: 'historicalPowertrackJobs' },
};

/** A meter whose usage adds up. */
export interface GnipSummedMeter {
  readonly meter: GroupedMeter;
  /** What a product's usage of the meter is; null when products of this name do not report it. */
  readonly metricOf: (product: string) => GnipMetric | null;
}

/** The meters behind the metrics. */
export interface GnipMeters {
  /** Ids of the meters whose values are activities. */
  readonly activityMeterIds: readonly string[];
  readonly summed: readonly GnipSummedMeter[];
}

/** Tells the contract's meters among those that have {@link GNIP_REQUIRED_DIMENSIONS}. */
export function recogniseGnipMeters(meters: readonly GroupedMeter[]): GnipMeters {
  return {
    activityMeterIds: meters
      .filter(({ code, aggregation }) => aggregation === 'unique_count' && !Object.hasOwn(SUMMED_CODES, code))
      .map(({ id }) => id),
    summed: meters.flatMap((meter) => {
      const metrics = Object.hasOwn(SUMMED_CODES, meter.code) ? SUMMED_CODES[meter.code] : undefined;
      if (metrics === undefined || !isCumulative(meter.aggregation)) return [];
      return [{ meter, metricOf: (product) => metrics[gnipProductFamily(product)] ?? null }];
    }),
  };
}
