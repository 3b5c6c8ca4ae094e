import { type Decimal, ZERO, maxDecimal, roundDecimal } from '@tallymark/domain';
import type { GnipLevel, GnipMetric, GnipUsageRow } from '@tallymark/provider-contracts';
import { GNIP_DIMENSIONS } from './gnip-meters.js';

/** Values of {@link GNIP_DIMENSIONS}; null or absent where events, or the level, have none. */
export type GnipGroup = Readonly<Record<string, string | null>>;

/** The dimensions that each level keeps apart, from the publisher down. */
export const GNIP_LEVELS: readonly (readonly string[])[] = [['publisher'], ['publisher', 'product'], GNIP_DIMENSIONS];

/** Something counted at one level in one bucket. */
export interface GnipCount {
  readonly level: GnipLevel;
  readonly timePeriod: string;
  readonly metric: GnipMetric;
  readonly count: Decimal;
}

/** Index of the endpoint among {@link GNIP_LEVELS}. */
const ENDPOINT = 2;

/** A group as a level of the answer, or null when events lack what the level is called by: they count for the levels above alone. */
export function gnipLevelOf(level: number, group: GnipGroup): GnipLevel | null {
  const { publisher = null, product = null, endpoint = null, label = null } = group;
  const isEndpoint = level === ENDPOINT;
  if (publisher === null || (level > 0 && product === null) || (isEndpoint && endpoint === null)) return null;
  return { publisher, product: level > 0 ? product : null, endpoint: isEndpoint ? endpoint : null, label: isEndpoint ? label : null };
}

/** Every level to which a group's usage adds up, from the publisher down. */
export function gnipLevelsOf(group: GnipGroup): GnipLevel[] {
  return GNIP_LEVELS.map((_, level) => gnipLevelOf(level, group)).filter((level) => level !== null);
}

/**
 * One row per level and bucket, its counts added up. The contract has whole numbers from 0 on alone: a sum with a fraction is rounded half up,
 * and one that corrections took below zero is zero.
 */
export function gnipRowsOf(counts: readonly GnipCount[]): GnipUsageRow[] {
  const rows = new Map<string, { level: GnipLevel; timePeriod: string; sums: Map<GnipMetric, Decimal> }>();
  for (const { level, timePeriod, metric, count } of counts) {
    const key = JSON.stringify([timePeriod, level.publisher, level.product, level.endpoint, level.label]);
    const row = rows.get(key) ?? { level, timePeriod, sums: new Map<GnipMetric, Decimal>() };
    rows.set(key, row);
    row.sums.set(metric, (row.sums.get(metric) ?? ZERO).plus(count));
  }
  return [...rows.values()].map(({ level, timePeriod, sums }) => ({
    ...level,
    timePeriod,
    counts: Object.fromEntries([...sums].map(([metric, sum]) => [metric, roundDecimal(maxDecimal(sum, ZERO), 0, 'half_up')])),
  }));
}
