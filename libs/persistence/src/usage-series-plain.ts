import { isBucketAligned } from '@tallymark/date-window';
import { knownShardKey } from './known-shards.js';
import type { PreparedStatement, Read } from './read-batch.js';
import type { PartRecord } from './usage-parts.js';
import { carries } from './usage-scans.js';
import type { UsageSeriesRequest } from './usage-series.js';

/** Sums of whole buckets alone: nothing has to be told of each request but its meter, nothing is joined, and nothing sorted. */
const PLAIN: PreparedStatement = {
  name: 'series_plain',
  sql: `
    SELECT x.meter_id, width_bucket(x.bucket_start, $6::timestamptz[]) AS part, sum(x.event_count) AS event_count, sum(x.value_count) AS value_count,
      sum(x.sum) AS sum, min(x.min) AS min, max(x.max) AS max, NULL::numeric AS latest, sum(x.weighted) AS weighted, sum(x.amount) AS amount, 0::bigint AS new_values
    FROM usage_bucket x
    WHERE x.shard_key = $1::bigint AND x.subject = $2 AND x.meter_id = ANY ($3::uuid[]) AND x.bucket_start >= $4::timestamptz AND x.bucket_start < $5::timestamptz
    GROUP BY 1, 2`,
};

interface PlainRecord extends Omit<PartRecord, 'no'> {
  readonly meter_id: string;
}

/**
 * The question of `readUsageSeries` in its fast form, for what is asked most: meters of one subject, at the same bounds, each on the grid of buckets. Null
 * for anything else, and for what needs more than sums: distinct values, the latest one, what was before the first bound.
 */
export function plainSeriesRead(requests: readonly UsageSeriesRequest[]): Read<PartRecord[]> | null {
  const [first] = requests;
  if (first === undefined || first.subjects.length !== 1 || !first.bounds.every(isBucketAligned)) return null;
  if (!requests.every((request) => isSummed(request) && isAskedAlike(request, first))) return null;
  const { organizationId, subjects, bounds } = first;
  const subject = subjects[0]!;
  const meterIds = [...new Set(requests.map(({ meter }) => meter.id))];
  return {
    statement: PLAIN,
    values: [knownShardKey(organizationId, subject), subject, meterIds, bounds[0]!, bounds.at(-1)!, bounds],
    answer: (records: readonly PlainRecord[]) => {
      const ofMeter = new Map<string, PlainRecord[]>(meterIds.map((id) => [id, []]));
      for (const record of records) ofMeter.get(record.meter_id)!.push(record);
      return requests.flatMap(({ meter }, no) => ofMeter.get(meter.id)!.map((record) => ({ ...record, no })));
    },
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
