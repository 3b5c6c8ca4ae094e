import { type Decimal, ZERO, decimal } from '@tallymark/domain';
import { type DailyUniques, type DailyUniquesRequest, requireWholeDays } from './daily-uniques.js';
import { knownShardKey } from './known-shards.js';
import type { PreparedStatement, Read } from './read-batch.js';

/** Sets of groups that one answer may have: values nearly always come in one group, or in a few sets of them. */
const MOST_SETS = 2_000;

/**
 * How many values came in which set of groups on each day. Each value is looked at once, whatever the number of levels, and what any level comes to follows
 * from the sets: values are sorted by their hash alone, not by texts, level after level.
 */
const SETS: PreparedStatement = {
  name: 'daily_unique_sets',
  sql: `
    SELECT extract(epoch FROM day)::bigint AS second, to_json(groups) AS groups, count(*) AS uniques
    FROM (
      SELECT date_bin('1 day', u.bucket_start, timestamptz 'epoch') AS day, array_agg(DISTINCT u.dimensions) AS groups
      FROM unnest($1::bigint[], $2::text[]) AS s (shard_key, subject)
      JOIN usage_unique u ON u.shard_key = s.shard_key AND u.subject = s.subject AND u.meter_id = ANY ($3::uuid[])
        AND u.bucket_start >= $4 AND u.bucket_start < $5
      GROUP BY 1, u.value_hash
    ) AS v
    GROUP BY day, groups LIMIT $6`,
};

interface SetRecord {
  /** At which the day begins, since 1970. */
  readonly second: string;
  readonly groups: readonly DailyUniques['group'][];
  readonly uniques: string;
}

/**
 * The question of `countDailyUniques` in its fast form; null where there is nothing to count. The answers come in no particular order. Null in their place
 * where values come in too many sets of groups.
 *
 * @throws RangeError when the window does not consist of whole UTC days.
 */
export function dailyUniqueSetsRead(request: DailyUniquesRequest): Read<DailyUniques[] | null> | null {
  const { organizationId, meterIds, subjects, window, levels } = request;
  requireWholeDays(window);
  if (meterIds.length === 0 || subjects.length === 0 || levels.length === 0) return null;
  const shardKeys = subjects.map((subject) => knownShardKey(organizationId, subject));
  return {
    statement: SETS,
    values: [shardKeys, subjects, meterIds, window.from, window.to, MOST_SETS + 1],
    answer: (records: readonly SetRecord[]) => (records.length > MOST_SETS ? null : countAtLevels(records, levels)),
  };
}

function countAtLevels(records: readonly SetRecord[], levels: DailyUniquesRequest['levels']): DailyUniques[] {
  const found = new Map<string, { readonly of: Omit<DailyUniques, 'count'>; count: Decimal }>();
  for (const { second, groups, uniques } of records) {
    const day = new Date(Number(second) * 1_000);
    levels.forEach((dimensions, level) => {
      // A value that came in several groups of the set is one value of what they have in common.
      for (const [key, group] of groupsAt(dimensions, groups)) {
        const whole = `${second} ${level} ${key}`;
        const row = found.get(whole) ?? { of: { day, level, group }, count: ZERO };
        row.count = row.count.plus(decimal(uniques));
        found.set(whole, row);
      }
    });
  }
  return [...found.values()].map(({ of, count }) => ({ ...of, count }));
}

function groupsAt(dimensions: readonly string[], groups: SetRecord['groups']): ReadonlyMap<string, DailyUniques['group']> {
  return new Map(
    groups.map((whole) => {
      const values = dimensions.map((name) => whole[name] ?? null);
      return [JSON.stringify(values), Object.fromEntries(dimensions.map((name, index) => [name, values[index]!]))];
    }),
  );
}
