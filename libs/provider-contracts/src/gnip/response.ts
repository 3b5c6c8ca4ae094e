import { formatGnipTimestamp, parseGnipTimestamp } from '@tallymark/date-window';
import { type Decimal, decimalFromInteger, DomainError } from '@tallymark/domain';
import { z } from 'zod';
import { readBody } from '../read-body.js';
import type { GnipCounts, GnipLevel, GnipReport, GnipUsageRow } from './canonical.js';
import { type GnipLevelMetrics, gnipProductMetrics, gnipPublisherMetrics } from './product-family.js';

/** Twelve digits and a date that exists; hours and minutes are cut off. */
const timestamp = z
  .string()
  .refine(isGnipTimestamp, { error: 'expected YYYYMMDDHHMM' })
  .transform((text) => formatGnipTimestamp(parseGnipTimestamp(text)));

/** A bucket's numbers, under names that depend on the level. */
const bucketSchema = z.object({ timePeriod: timestamp }).catchall(z.unknown());
const levelSchema = { used: z.array(bucketSchema), projected: bucketSchema.optional() };

/** The 200 body, as any server of this contract writes it. */
export const gnipUsageSchema = z.object({
  account: z.object({ name: z.string() }),
  publishers: z.array(
    z.object({
      type: z.string(),
      ...levelSchema,
      products: z.array(
        z.object({
          type: z.string(),
          ...levelSchema,
          endpoints: z.array(z.object({ type: z.string(), label: z.string().nullish(), ...levelSchema })).optional(),
        }),
      ),
    }),
  ),
  bucket: z.enum(['day', 'month']),
  fromDate: timestamp,
  toDate: timestamp,
});

/** What one level holds, whichever level it is. */
interface WireLevel {
  readonly used: readonly WireBucket[];
  readonly projected?: WireBucket | undefined;
}
interface WireBucket {
  readonly timePeriod: string;
  readonly [metric: string]: unknown;
}

/**
 * Reads what any server of this contract answered. Rows come in the order of the body: publisher, its products, each followed by
 * its endpoints. Metrics that a level does not have by contract are ignored; one that is missing is 0.
 *
 * @throws DomainError `invalid_request` that says what is wrong with the body.
 */
export function readGnipUsage(body: unknown): GnipReport {
  const { account, publishers, bucket, fromDate, toDate } = readBody(gnipUsageSchema, body, 'a Gnip usage answer');
  const rows: GnipUsageRow[] = [];
  const projected: GnipUsageRow[] = [];
  const read = (level: GnipLevel, metrics: GnipLevelMetrics, wire: WireLevel): void => {
    rows.push(...wire.used.map((wireBucket) => rowOf(level, metrics, wireBucket)));
    if (wire.projected !== undefined) projected.push(rowOf(level, metrics, wire.projected));
  };
  for (const publisher of publishers) {
    const level = { publisher: publisher.type, product: null, endpoint: null, label: null };
    read(level, gnipPublisherMetrics(publisher.type), publisher);
    for (const product of publisher.products) {
      read({ ...level, product: product.type }, gnipProductMetrics(product.type), product);
      for (const endpoint of product.endpoints ?? []) {
        const at = { ...level, product: product.type, endpoint: endpoint.type, label: endpoint.label ?? null };
        read(at, gnipProductMetrics(endpoint.type), endpoint);
      }
    }
  }
  const timePeriods = [...new Set(rows.map((row) => row.timePeriod))].sort();
  return { usage: { account: account.name, bucket, fromDate, toDate, timePeriods, rows }, projected };
}

function rowOf(level: GnipLevel, metrics: GnipLevelMetrics, wire: WireBucket): GnipUsageRow {
  const counts: GnipCounts = Object.fromEntries(metrics.map(([metric, name]) => [metric, countOf(wire[name] ?? 0, name)]));
  return { ...level, timePeriod: wire.timePeriod, counts };
}

function countOf(value: unknown, name: string): Decimal {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
    throw new DomainError('invalid_request', `not a Gnip usage answer: ${name} is ${JSON.stringify(value)}; expected a whole number ≥ 0`);
  }
  return decimalFromInteger(value);
}

function isGnipTimestamp(text: string): boolean {
  try {
    parseGnipTimestamp(text);
    return true;
  } catch {
    return false;
  }
}
