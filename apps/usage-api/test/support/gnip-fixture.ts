import type { UsageWorld } from '@tallymark/testing';

/** 11.375 of the 31 days of March have passed. */
export const GNIP_NOW = new Date('2026-03-12T09:00:00Z');
export const GNIP_ACCOUNT = 'acme-analytics';

const PLACES = { publisher: '$.publisher', product: '$.product', endpoint: '$.endpoint', label: '$.label' };
const PRODUCTS = { publisher: '$.publisher', product: '$.product' };

interface Place {
  readonly publisher?: string;
  readonly product?: string;
  readonly endpoint?: string;
  readonly label?: string;
}
interface Event {
  readonly type: string;
  readonly subject: string;
  readonly time: string;
  readonly data: unknown;
}

const STREAM: Place = { publisher: 'twitter', product: 'PowerTrack', endpoint: 'PowerTrack 2.0', label: 'prod' };
const REPLAY: Place = { publisher: 'twitter', product: 'PowerTrack', endpoint: 'PowerTrack Replay 2.0', label: 'dev' };
const MONTH_SEARCH: Place = {
  publisher: 'twitter',
  product: 'Search API (30-Day) 2.0',
  endpoint: 'Search API (30-Day) 2.0',
  label: 'prod',
};
const ARCHIVE: Place = { publisher: 'twitter', product: 'Search API (Full-Archive)', endpoint: 'Search API (Full-Archive)', label: 'prod' };
const HISTORY: Place = { publisher: 'twitter', product: 'Historical PowerTrack Subscription' };
const BLOGS: Place = { publisher: 'automattic', product: 'PowerTrack', endpoint: 'PowerTrack', label: 'dev' };

/** An activity that came over a stream, or of a search when `type` says so. */
export function activity(activityId: string, time: string, place: Place, type = 'stream.activity', subject = GNIP_ACCOUNT): Event {
  return { type, subject, time, data: { activityId, ...place } };
}

const found = (activityId: string, time: string, place: Place): Event => activity(activityId, time, place, 'search.activity');
const request = (time: string, place: Place): Event => ({ type: 'search.request', subject: GNIP_ACCOUNT, time, data: place });
const job = (time: string, days: number, place: Place = HISTORY): Event => ({
  type: 'historical.job',
  subject: GNIP_ACCOUNT,
  time,
  data: { ...place, days },
});

/** Meters of the contract, and one of unique counts that is not. */
export async function addGnipMeters(world: UsageWorld): Promise<void> {
  const unique = { aggregation: 'unique_count', valueProperty: '$.activityId' };
  await world.addMeter('stream_activities', { eventType: 'stream.activity', ...unique, groupBy: PLACES });
  await world.addMeter('search_activities', { eventType: 'search.activity', ...unique, groupBy: PLACES });
  await world.addMeter('activities_by_product_alone', { eventType: 'stream.activity', ...unique, groupBy: { product: '$.product' } });
  await world.addMeter('search_requests', { eventType: 'search.request', groupBy: PLACES });
  await world.addMeter('historical_jobs', { eventType: 'historical.job', groupBy: PRODUCTS });
  await world.addMeter('historical_days', { eventType: 'historical.job', aggregation: 'sum', valueProperty: '$.days', groupBy: PRODUCTS });
}

/** What {@link GNIP_ACCOUNT} did, and others beside it, from January to {@link GNIP_NOW}. {@link GNIP_ANSWER} says what it comes to. */
export const GNIP_EVENTS: readonly Event[] = [
  // 5 January: three posts, of which one came twice over a stream, one over two streams, and one over a stream and a search.
  activity('a1', '2026-01-05T10:00:00Z', STREAM),
  activity('a1', '2026-01-05T11:00:00Z', STREAM),
  activity('a2', '2026-01-05T10:00:00Z', STREAM),
  activity('a1', '2026-01-05T12:00:00Z', REPLAY),
  found('a2', '2026-01-05T13:00:00Z', ARCHIVE),
  found('a3', '2026-01-05T13:00:00Z', ARCHIVE),
  // Another UTC day is another delivery.
  activity('a1', '2026-01-06T00:00:00Z', STREAM),
  // A job, and what it found.
  job('2026-02-10T08:00:00Z', 4),
  activity('h1', '2026-02-10T08:01:00Z', HISTORY),
  activity('h2', '2026-02-10T08:01:00Z', HISTORY),
  // The last instant of February, the first of March.
  found('z1', '2026-02-28T23:59:59.999999Z', ARCHIVE),
  found('z1', '2026-03-01T00:00:00Z', ARCHIVE),
  request('2026-02-28T23:59:59.999999Z', ARCHIVE),
  request('2026-03-01T00:00:00Z', ARCHIVE),
  request('2026-03-03T00:00:00Z', { ...ARCHIVE, label: 'dev' }),
  request('2026-03-03T00:00:00Z', MONTH_SEARCH),
  // Today.
  request('2026-03-12T08:00:00Z', MONTH_SEARCH),
  found('m1', '2026-03-12T08:00:00Z', MONTH_SEARCH),
  found('m2', '2026-03-12T08:00:00Z', MONTH_SEARCH),
  activity('b1', '2026-03-02T00:00:00Z', BLOGS),
  // What lacks a publisher is nobody's; what lacks a product is the publisher's alone.
  activity('p1', '2026-03-05T00:00:00Z', { product: 'PowerTrack' }),
  activity('p2', '2026-03-05T00:00:00Z', { publisher: 'twitter', endpoint: 'PowerTrack 2.0' }),
  // Products that report no such thing.
  request('2026-03-05T00:00:00Z', STREAM),
  job('2026-03-05T00:00:00Z', 9, STREAM),
  activity('theirs', '2026-03-05T00:00:00Z', STREAM, 'stream.activity', 'another-account'),
];

const MONTHS = ['202601010000', '202602010000', '202603010000'];

/** Buckets of {@link MONTHS}, and what March comes to at 248/91 of what it is. */
function level(metrics: Readonly<Record<string, readonly number[]>>): { used: object[]; projected: object } {
  const bucket = (index: number, convert: (count: number) => number): object => ({
    timePeriod: MONTHS[index],
    ...Object.fromEntries(Object.entries(metrics).map(([name, counts]) => [name, convert(counts[index]!)])),
  });
  return {
    used: MONTHS.map((_, index) => bucket(index, (count) => count)),
    projected: bucket(2, (count) => Math.floor((count * 248) / 91)),
  };
}

/** The answer without parameters at {@link GNIP_NOW}. */
export const GNIP_ANSWER = {
  account: { name: GNIP_ACCOUNT },
  publishers: [
    {
      type: 'automattic',
      ...level({ activities: [0, 0, 1] }),
      products: [
        {
          type: 'PowerTrack',
          ...level({ activities: [0, 0, 1] }),
          endpoints: [{ type: 'PowerTrack', label: 'dev', ...level({ activities: [0, 0, 1] }) }],
        },
      ],
    },
    {
      type: 'twitter',
      ...level({
        activities: [4, 3, 4],
        searchRequests30Day: [0, 0, 2],
        searchRequestsFullArchive: [0, 1, 2],
        historicalPowertrackDays: [0, 4, 0],
        historicalPowertrackJobs: [0, 1, 0],
      }),
      products: [
        { type: 'Historical PowerTrack Subscription', ...level({ activities: [0, 2, 0], days: [0, 4, 0], jobs: [0, 1, 0] }) },
        {
          type: 'PowerTrack',
          ...level({ activities: [3, 0, 0] }),
          endpoints: [
            { type: 'PowerTrack 2.0', label: 'prod', ...level({ activities: [3, 0, 0] }) },
            { type: 'PowerTrack Replay 2.0', label: 'dev', ...level({ activities: [1, 0, 0] }) },
          ],
        },
        {
          type: 'Search API (30-Day) 2.0',
          ...level({ activities: [0, 0, 2], searchRequests30Day: [0, 0, 2] }),
          endpoints: [
            { type: 'Search API (30-Day) 2.0', label: 'prod', ...level({ activities: [0, 0, 2], searchRequests30Day: [0, 0, 2] }) },
          ],
        },
        {
          type: 'Search API (Full-Archive)',
          ...level({ activities: [2, 1, 1], searchRequestsFullArchive: [0, 1, 2] }),
          endpoints: [
            { type: 'Search API (Full-Archive)', label: 'dev', ...level({ activities: [0, 0, 0], searchRequestsFullArchive: [0, 0, 1] }) },
            { type: 'Search API (Full-Archive)', label: 'prod', ...level({ activities: [2, 1, 1], searchRequestsFullArchive: [0, 1, 1] }) },
          ],
        },
      ],
    },
  ],
  bucket: 'month',
  fromDate: '202601010000',
  toDate: '202604010000',
};
