import { isBucketAligned } from '@tallymark/date-window';
import { knownShardKey } from './known-shards.js';
import type { PreparedStatement, Read } from './read-batch.js';
import { type SeenValues, settledValuesRead } from './settled-uniques.js';
import type { SettledUsage } from './settled-usage.js';
import type { AnswerRecord, UsageRequest } from './usage-reader.js';
import { carries } from './usage-scans.js';

/** The distinct values of whole buckets alone: no list of questions to join, nothing to tell apart. */
const PLAIN: PreparedStatement = {
  name: 'usage_plain_unique',
  sql: `
    SELECT 0 AS request, '{}'::jsonb AS group_values, coalesce(sum(x.event_count), 0) AS event_count, 0::bigint AS value_count, 0::numeric AS sum,
      NULL::numeric AS min, NULL::numeric AS max, NULL::numeric AS latest, NULL::numeric AS weighted, NULL::numeric AS amount, count(DISTINCT x.value_hash) AS distinct_count
    FROM usage_unique x
    WHERE x.shard_key = $1::bigint AND x.meter_id = $2::uuid AND x.subject = $3 AND x.bucket_start >= $4::timestamptz AND x.bucket_start < $5::timestamptz
      AND x.last_at IS NULL`,
};

/**
 * The question of `readUsage` in its fast form, for what is asked most of unique counts: all that one subject used in one window on the grid of buckets. Null
 * for anything else: several questions, dimensions, values that are taken out again, what was before the window.
 *
 * @param settled remembers the values of days long past, where it is given
 */
export function plainUsageRead(requests: readonly UsageRequest[], settled?: SettledUsage): Read<readonly AnswerRecord[]> | null {
  const [request, ...others] = requests;
  if (request === undefined || others.length > 0) return null;
  const { organizationId, meter, subjects, window, groupBy = [], filters = {} } = request;
  const [subject, ...otherSubjects] = subjects;
  if (subject === undefined || otherSubjects.length > 0 || groupBy.length > 0 || Object.keys(filters).length > 0) return null;
  if (meter.aggregation !== 'unique_count' || meter.operationProperty !== null || carries(meter)) return null;
  if (!isBucketAligned(window.from) || !isBucketAligned(window.to)) return null;
  const remembered = settled === undefined ? null : settledValuesRead({ organizationId, subject, meterId: meter.id, window }, settled);
  if (remembered !== null) return { ...remembered, answer: (rows) => [recordOf(remembered.answer(rows))] };
  return {
    statement: PLAIN,
    values: [knownShardKey(organizationId, subject), meter.id, subject, window.from, window.to],
    answer: (records: readonly AnswerRecord[]) => records,
  };
}

function recordOf({ eventCount, values }: SeenValues): AnswerRecord {
  return {
    request: 0,
    group_values: {},
    event_count: eventCount,
    value_count: '0',
    sum: '0',
    min: null,
    max: null,
    latest: null,
    weighted: null,
    amount: null,
    distinct_count: String(values.size),
  };
}
