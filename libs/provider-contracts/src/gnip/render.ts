import { type Decimal, decimalFromInteger, divideRounded, ZERO } from '@tallymark/domain';
import { toWireInteger } from '../wire-integer.js';
import type { GnipProjection, GnipUsage, GnipUsageRow } from './canonical.js';
import { type GnipLevelMetrics, gnipProductFamily, gnipProductMetrics, gnipPublisherMetrics } from './product-family.js';

/** A bucket on the wire: `timePeriod` first, then the level's metrics. */
export type GnipWireBucket = { readonly timePeriod: string } & Readonly<Record<string, string | number>>;
interface WireUsage {
  readonly used: readonly GnipWireBucket[];
  readonly projected?: GnipWireBucket;
}
/** The 200 body, members in the order of the wire. */
export interface GnipUsageBody {
  readonly account: { readonly name: string };
  readonly publishers: readonly ({ readonly type: string } & WireUsage & { readonly products: readonly GnipWireProduct[] })[];
  readonly bucket: 'day' | 'month';
  readonly fromDate: string;
  readonly toDate: string;
}
/** A product on the wire. `endpoints` is absent rather than empty. */
export type GnipWireProduct = { readonly type: string } & WireUsage & {
    readonly endpoints?: readonly ({ readonly type: string; readonly label: string } & WireUsage)[];
  };

interface Frame {
  readonly timePeriods: readonly string[];
  readonly projection: GnipProjection | null;
}

/**
 * The 200 body: publishers, products and endpoints by type (and label), ascending; one entry per bucket, zero-filled; zeros written out.
 * Each level shows its own counts and, given a projection, `projected` of its own: floor(used × month ÷ elapsed).
 *
 * @throws RangeError for a row outside the buckets, two rows of one level and bucket, or a count that is no whole number.
 */
export function renderGnipUsage(usage: GnipUsage, projection: GnipProjection | null): GnipUsageBody {
  const frame = { timePeriods: usage.timePeriods, projection };
  return {
    account: { name: usage.account },
    publishers: groups(usage.rows, (row) => row.publisher).map(([type, rows]) => renderPublisher(type, rows, frame)),
    bucket: usage.bucket,
    fromDate: usage.fromDate,
    toDate: usage.toDate,
  };
}

function renderPublisher(type: string, rows: readonly GnipUsageRow[], frame: Frame): GnipUsageBody['publishers'][number] {
  const own = rows.filter((row) => row.product === null);
  const products = groups(rows, (row) => row.product);
  return {
    type,
    ...renderUsage(own, gnipPublisherMetrics(type), frame),
    products: products.map(([product, productRows]) => renderProduct(product, productRows, frame)),
  };
}

function renderProduct(type: string, rows: readonly GnipUsageRow[], frame: Frame): GnipWireProduct {
  const own = rows.filter((row) => row.endpoint === null);
  // A Historical PowerTrack product has no streams, hence nothing that could be an endpoint.
  const endpoints = gnipProductFamily(type) === 'historical' ? [] : groups(rows, (row) => row.endpoint);
  const rendered = endpoints.flatMap(([endpoint, endpointRows]) =>
    groups(endpointRows, (row) => row.label ?? '').map(([label, labelRows]) => ({
      type: endpoint,
      label,
      ...renderUsage(labelRows, gnipProductMetrics(endpoint), frame),
    })),
  );
  return { type, ...renderUsage(own, gnipProductMetrics(type), frame), ...(rendered.length > 0 ? { endpoints: rendered } : {}) };
}

function renderUsage(rows: readonly GnipUsageRow[], metrics: GnipLevelMetrics, { timePeriods, projection }: Frame): WireUsage {
  const byTimePeriod = new Map(rows.map((row) => [row.timePeriod, row]));
  const stray = rows.find((row) => !timePeriods.includes(row.timePeriod) || byTimePeriod.get(row.timePeriod) !== row);
  if (stray !== undefined) {
    const { publisher, product, endpoint, label, timePeriod } = stray;
    throw new RangeError(
      `row ${JSON.stringify({ publisher, product, endpoint, label, timePeriod })}; expected one per level and bucket of ${timePeriods.join(', ')}`,
    );
  }
  const bucketOf = (timePeriod: string, convert: (count: Decimal) => Decimal): GnipWireBucket => {
    const counts = byTimePeriod.get(timePeriod)?.counts ?? {};
    const numbers = metrics.map(([metric, name]) => [name, toWireInteger(convert(counts[metric] ?? ZERO))] as const);
    return { timePeriod, ...Object.fromEntries<number>(numbers) } as GnipWireBucket;
  };
  const used = timePeriods.map((timePeriod) => bucketOf(timePeriod, (count) => count));
  if (projection === null) return { used };
  return { used, projected: bucketOf(timePeriods[projection.bucketIndex]!, (count) => projectCount(count, projection)) };
}

/** floor(used × month ÷ elapsed), exact. */
function projectCount(used: Decimal, { elapsedMs, monthMs }: GnipProjection): Decimal {
  if (elapsedMs === 0) return used;
  return divideRounded(used.times(decimalFromInteger(monthMs)), decimalFromInteger(elapsedMs), 0, 'down');
}

/** Rows by key, keys ascending by UTF-16 units; rows whose key is null belong to the level above and are left out. */
function groups(rows: readonly GnipUsageRow[], keyOf: (row: GnipUsageRow) => string | null): [string, GnipUsageRow[]][] {
  const found = new Map<string, GnipUsageRow[]>();
  for (const row of rows) {
    const key = keyOf(row);
    if (key !== null) found.set(key, [...(found.get(key) ?? []), row]);
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1));
}
