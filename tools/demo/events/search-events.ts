import { createRandom, type Random } from '../random.js';
import { DAY_MS } from '../sources/sources.js';
import { type DemoEvent, demoEvent, type DemoSpan, inOrder } from './demo-event.js';

const MONTHS = 13;
const PUBLISHER = 'twitter';

/** A stream or search that the account has set up. */
interface Endpoint {
  readonly product: string;
  readonly endpoint: string;
  readonly label: string;
  /** Deliveries on a working day. */
  readonly activities: number;
  /** Requests on a working day; a stream has none. */
  readonly requests: number;
}

const STREAMS: readonly Endpoint[] = [
  { product: 'PowerTrack', endpoint: 'PowerTrack 2.0', label: 'prod', activities: 22, requests: 0 },
  { product: 'PowerTrack', endpoint: 'PowerTrack Replay 2.0', label: 'dev', activities: 3, requests: 0 },
];
const SEARCHES: readonly Endpoint[] = [
  { product: 'Search API (30-Day) 2.0', endpoint: 'Search API (30-Day) 2.0', label: 'prod', activities: 6, requests: 2 },
  { product: 'Search API (Full-Archive)', endpoint: 'Search API (Full-Archive)', label: 'dev', activities: 1, requests: 1 },
  { product: 'Search API (Full-Archive)', endpoint: 'Search API (Full-Archive)', label: 'prod', activities: 9, requests: 3 },
];
const HISTORICAL_PRODUCT = 'Historical PowerTrack Subscription';

/**
 * What a social data account consumed in the last 13 months. Posts are drawn from a pool per day, so that the same post comes over several
 * endpoints, and unique counts of a level are below the sum of the level under it.
 */
export function buildSearchEvents(subject: string, span: DemoSpan): DemoEvent[] {
  const events: DemoEvent[] = [];
  const first = Date.UTC(span.to.getUTCFullYear(), span.to.getUTCMonth() - MONTHS + 1, 1);
  for (let day = first; day < span.to.getTime(); day += DAY_MS) {
    const date = new Date(day).toISOString().slice(0, 10);
    const random = createRandom(`search ${date}`);
    const weekend = [0, 6].includes(new Date(day).getUTCDay()) ? 0.4 : 1;
    for (const place of STREAMS) events.push(...buildActivities('stream', place, { day, date, random, weekend, subject }));
    for (const place of SEARCHES) {
      events.push(...buildActivities('search', place, { day, date, random, weekend, subject }));
      events.push(...buildRequests(place, { day, date, random, weekend, subject }));
    }
    if (random.next() < 0.08) events.push(...buildHistoricalJob({ day, date, random, weekend, subject }));
  }
  return inOrder(events, span);
}

interface DayContext {
  readonly day: number;
  /** `2026-03-12`. */
  readonly date: string;
  readonly random: Random;
  /** 1 on a working day, less on others. */
  readonly weekend: number;
  readonly subject: string;
}

const POOL = 60;

function buildActivities(kind: 'stream' | 'search', place: Endpoint, { day, date, random, weekend, subject }: DayContext): DemoEvent[] {
  const { product, endpoint, label } = place;
  const deliveries = random.integer(0, Math.round(place.activities * 2 * weekend));
  return Array.from({ length: deliveries }, (_, index) =>
    demoEvent({
      id: `${kind}-${slug(endpoint)}-${label}-${date}-${index + 1}`,
      type: `${kind}.activity`,
      subject,
      at: day + random.integer(0, DAY_MS - 1),
      data: { activityId: `${date}-${random.integer(1, POOL)}`, publisher: PUBLISHER, product, endpoint, label },
    }),
  );
}

function buildRequests(place: Endpoint, { day, date, random, weekend, subject }: DayContext): DemoEvent[] {
  const { product, endpoint, label } = place;
  return Array.from({ length: random.integer(0, Math.round(place.requests * 2 * weekend)) }, (_, index) =>
    demoEvent({
      id: `request-${slug(endpoint)}-${label}-${date}-${index + 1}`,
      type: 'search.request',
      subject,
      at: day + random.integer(0, DAY_MS - 1),
      data: { publisher: PUBLISHER, product, endpoint, label },
    }),
  );
}

/** A job reads some days of history and delivers what it finds. */
function buildHistoricalJob({ day, date, random, subject }: DayContext): DemoEvent[] {
  const at = day + random.integer(0, DAY_MS - 1);
  const job = demoEvent({
    id: `job-${date}`,
    type: 'historical.job',
    subject,
    at,
    data: { publisher: PUBLISHER, product: HISTORICAL_PRODUCT, days: random.integer(1, 5) },
  });
  const found = Array.from({ length: random.integer(20, 80) }, (_, index) =>
    demoEvent({
      id: `job-${date}-activity-${index + 1}`,
      type: 'stream.activity',
      subject,
      at: Math.min(at + index * 100, day + DAY_MS - 1),
      data: { activityId: `${date}-history-${index + 1}`, publisher: PUBLISHER, product: HISTORICAL_PRODUCT },
    }),
  );
  return [job, ...found];
}

function slug(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/-$/, '');
}
