import type { GnipBucket } from '@tallymark/date-window';
import type { Decimal } from '@tallymark/domain';
import type { GnipMetric } from './product-family.js';

/** How much of the current month the counted usage covers, for the projection of that month. */
export interface GnipProjection {
  /** The current month's index among the buckets. */
  readonly bucketIndex: number;
  /** Length of the span whose usage is counted, at most up to now; 0 at the very start of a month. */
  readonly elapsedMs: number;
  /** Length of the whole month. */
  readonly monthMs: number;
}

/** What frames a request and its answer alike. Dates are `YYYYMMDD0000`, midnight UTC. */
export interface GnipFrame {
  /** Case-sensitive. */
  readonly account: string;
  readonly bucket: 'day' | 'month';
  /** As requested or defaulted, inclusive. */
  readonly fromDate: string;
  /** As requested or defaulted, exclusive; also where data end earlier. */
  readonly toDate: string;
}

/** A request, read. */
export interface GnipUsageQuery extends GnipFrame {
  /** What to count, ascending: `timePeriod` labels the bucket, `window` is the part of it inside the request. */
  readonly buckets: readonly GnipBucket[];
  /** Null unless buckets are months and the current one is among them. */
  readonly projection: GnipProjection | null;
}

/** What a number was counted for. With product null it is the publisher, with endpoint null the product. */
export interface GnipLevel {
  /** Such as `twitter`. */
  readonly publisher: string;
  /** Such as `PowerTrack` or `Search API (Full-Archive)`. */
  readonly product: string | null;
  /** Such as `PowerTrack 2.0`. */
  readonly endpoint: string | null;
  /** The endpoint's stream, such as `prod`; null above the endpoint. */
  readonly label: string | null;
}

/** Whole numbers ≥ 0; a metric that is absent counts as 0. */
export type GnipCounts = Readonly<Partial<Record<GnipMetric, Decimal>>>;

/**
 * Usage of one level in one bucket. Every level carries counts of its own: `activities` are the distinct posts of each UTC day, so a
 * product's are at most the sum of its endpoints', and no level's can be added up from the one below.
 */
export interface GnipUsageRow extends GnipLevel {
  /** The bucket's first day, one of {@link GnipUsage.timePeriods}. */
  readonly timePeriod: string;
  readonly counts: GnipCounts;
}

/** An account's usage in a window. */
export interface GnipUsage extends GnipFrame {
  /** First day of each bucket, ascending. */
  readonly timePeriods: readonly string[];
  /** At most one per level and bucket; a bucket without a row is zero. */
  readonly rows: readonly GnipUsageRow[];
}

/** What another server of this contract answered: usage, and per level what it expects the current month to come to. */
export interface GnipReport {
  readonly usage: GnipUsage;
  readonly projected: readonly GnipUsageRow[];
}
