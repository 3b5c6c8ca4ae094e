/** A metric of this contract, under the name that the publisher level gives it. All are whole numbers. */
export const GNIP_METRICS = [
  'activities',
  'searchRequests30Day',
  'searchRequestsFullArchive',
  'historicalPowertrackDays',
  'historicalPowertrackJobs',
] as const;
/** See {@link GNIP_METRICS}. */
export type GnipMetric = (typeof GNIP_METRICS)[number];

/** Metrics of one level, in the order of the wire: our name and the level's own. */
export type GnipLevelMetrics = readonly (readonly [metric: GnipMetric, name: string])[];

const ACTIVITIES = ['activities', 'activities'] as const;

const PRODUCT_METRICS = {
  historical: [ACTIVITIES, ['historicalPowertrackDays', 'days'], ['historicalPowertrackJobs', 'jobs']],
  search_30_day: [ACTIVITIES, ['searchRequests30Day', 'searchRequests30Day']],
  search_full_archive: [ACTIVITIES, ['searchRequestsFullArchive', 'searchRequestsFullArchive']],
  stream: [ACTIVITIES],
} as const satisfies Record<string, GnipLevelMetrics>;

/** What a product counts besides activities. `stream` is PowerTrack and everything unknown. */
export type GnipProductFamily = keyof typeof PRODUCT_METRICS;

/** The family of a product or endpoint by its `type`. "Search API" without more is the 30-day search. */
export function gnipProductFamily(type: string): GnipProductFamily {
  if (type.startsWith('Historical PowerTrack')) return 'historical';
  if (!type.startsWith('Search API')) return 'stream';
  return type.includes('(Full-Archive)') ? 'search_full_archive' : 'search_30_day';
}

/** Metrics that a product and its endpoints report. */
export function gnipProductMetrics(type: string): GnipLevelMetrics {
  return PRODUCT_METRICS[gnipProductFamily(type)];
}

/** Metrics that a publisher reports: all of them for `twitter`, activities alone for any other. */
export function gnipPublisherMetrics(type: string): GnipLevelMetrics {
  return type === 'twitter' ? GNIP_METRICS.map((metric) => [metric, metric] as const) : [ACTIVITIES];
}
