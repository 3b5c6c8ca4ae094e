import { isBucketAligned } from '@tallymark/date-window';
import { knownShardKey } from './known-shards.js';
import type { PreparedStatement, Read } from './read-batch.js';
import type { PartRecord } from './usage-parts.js';
import { type MeterPart, PART_SUMS, settledSeriesRead } from './settled-series.js';
import type { SettledUsage } from './settled-usage.js';
import { carries } from './usage-scans.js';
import type { UsageSeriesRequest } from './usage-series.js';

/** Sums of whole buckets alone: nothing has to be told of each request but its meter, nothing is joined, and nothing sorted. */
const PLAIN: PreparedStatement = { name: 'series_plain', sql: PART_SUMS };

/**
 * The question of `readUsageSeries` in its fast form, for what is asked most: meters of one subject, at the same bounds, each on the grid of buckets. Null
 * for anything else, and for what needs more than sums: distinct values, the latest one, what was before the first bound.
 *
 * @param settled remembers the sums of days long past, where it is given
 */
export function plainSeriesRead(requests: readonly UsageSeriesRequest[], settled?: SettledUsage): Read<PartRecord[]> | null {
  const [first] = requests;
  if (first === undefined || first.subjects.length !== 1 || !first.bounds.every(isBucketAligned)) return null;
  if (!requests.every((request) => isSummed(request) && isAskedAlike(request, first))) return null;
  const { organizationId, subjects, bounds } = first;
  const subject = subjects[0]!;
  const meterIds = [...new Set(requests.map(({ meter }) => meter.id))];
  const answer = (parts: readonly MeterPart[]): PartRecord[] => {
    const ofMeter = new Map<string, MeterPart[]>(meterIds.map((id) => [id, []]));
    for (const part of parts) ofMeter.get(part.meter_id)!.push(part);
    return requests.flatMap(({ meter }, no) => ofMeter.get(meter.id)!.map((part) => ({ ...part, no })));
  };
  const remembered = settled === undefined ? null : settledSeriesRead({ organizationId, subject, meterIds, bounds }, settled);
  if (remembered !== null) return { ...remembered, answer: (records) => answer(remembered.answer(records)) };
  return {
    statement: PLAIN,
    values: [knownShardKey(organizationId, subject), subject, meterIds, bounds[0]!, bounds.at(-1)!, bounds],
    answer,
  };
}

function isSummed({ meter }: UsageSeriesRequest): boolean {
  return meter.aggregation !== 'unique_count' && meter.aggregation !== 'latest' && !carries(meter);
}

function isAskedAlike({ organizationId, subjects, bounds }: UsageSeriesRequest, first: UsageSeriesRequest): boolean {
  if (organizationId !== first.organizationId || subjects.length !== 1 || subjects[0] !== first.subjects[0]) return false;
  if (bounds === first.bounds) return true;
  return bounds.length === first.bounds.length && bounds.every((bound, index) => bound.getTime() === first.bounds[index]!.getTime());
}
